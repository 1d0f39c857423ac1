"""What is fuzzed: readers, and the program as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from example_cross_sections import combined
from example_results import fit_result
from table_cases import scenarios

from fuzz import calculations, job_folders, seeds
from fuzz.programs import program
from fuzz.seeds import Folder
from ttjroofit.analysis.toys import Sample, Stored
from ttjroofit.card.grammar import USAGE
from ttjroofit.card.parser import read_card
from ttjroofit.card.settings import CHOICES
from ttjroofit.errors import TtjroofitError
from ttjroofit.inputs.calculation.nnlo import NnloFile, NnloRun
from ttjroofit.inputs.fit_matrix import read_fit_matrix
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.published import read_published
from ttjroofit.inputs.schema import MeasurementFile, PredictionFile
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.blinding import Blinding
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.model.toy_observables import observable_names
from ttjroofit.results.blinding import true_masses
from ttjroofit.results.nuisance_correlation import read_nuisance_correlation
from ttjroofit.results.store import to_json
from ttjroofit.run.blind import _read as read_document
from ttjroofit.run.convert.convino_card import card_from_convino
from ttjroofit.run.convert.hepdata_card import card_from_hepdata
from ttjroofit.run.export.hepdata import submission
from ttjroofit.run.matrix.plan import plan_entries
from ttjroofit.run.methods import METHODS
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges
from ttjroofit.run.plot.opening import open_result
from ttjroofit.run.plot.pictures import Order, write_pictures
from ttjroofit.run.table.kinds import KINDS, table_of
from ttjroofit.run.toys_file import read_toys, write_toys
from ttjroofit.run.workers.address import parse_dask
from ttjroofit.show.tables.formats import FORMATS

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """Something that reads files.

    Attributes:
        seeds: good folders.
        read: is given the folder; it raises ``TtjroofitError`` for a bad one.
        words: of the grammar.
        names_file: whether an error must name a file of the folder.
        cost: how many mutations of the cheapest targets one of these is worth, about.
    """

    seeds: Callable[[], Sequence[Folder]]
    read: Callable[[Path], object]
    words: Sequence[str] = ()
    names_file: bool = True
    cost: int = 1


CARD_WORDS = (*USAGE, *(word for words in CHOICES.values() for word in words), "edit", "freeze", "rename", "=", "+=")
CONVINO_WORDS = (
    "[",
    "]",
    "end",
    "hessian",
    "not fitted",
    "estimates",
    "n_estimates",
    "#!FILE = more.txt",
    "stat",
    "(",
    "&",
)
HEPDATA_WORDS = (
    "symerror",
    "asymerror",
    "plus",
    "minus",
    "label",
    "value",
    "low",
    "high",
    "header",
    "name",
    "errors",
    "%",
)
OPTION_WORDS = ("=", ",", ":", "rgx{", "}", "^", "m_t", "A_s0", "allConstrainedNuisances", "norm_A", "low", "A_s*")


@lru_cache
def _folder_of_options() -> list[Folder]:
    folder = seeds.combinations()[0]
    options = ("A_s0=1,m_t=173", "m_t=160,190:norm_A=0,2", "A_s?,rgx{B_.*},allConstrainedNuisances", "^jets", "A,B")
    return [{**folder, "option.txt": f"{number}\n{text}".encode()} for number, text in enumerate(options)]


def _with_options(folder: Path) -> None:
    """The number of an option, and what is typed after it."""
    content = (folder / "option.txt").read_bytes().decode("utf-8", "surrogateescape")
    number, _, text = content.partition("\n")
    parse: Mapping[str, Callable[[], ModelOptions]] = {
        "0": lambda: ModelOptions(set_parameters=parse_assignments("--setParameters", text)),
        "1": lambda: ModelOptions(ranges=parse_ranges("--setParameterRanges", text)),
        "2": lambda: ModelOptions(freeze_parameters=parse_names(text)),
        "3": lambda: ModelOptions(freeze_groups=parse_names(text)),
        "4": lambda: ModelOptions(measurements=parse_names(text)),
    }
    options = parse.get(number, lambda: ModelOptions(scenario=text))()
    load_combination(read_card(folder / "card.txt"), options)


def _combine(folder: Path) -> None:
    eliminate(load_combination(read_card(folder / "card.txt")))


def _result_seeds() -> list[Folder]:
    results = (fit_result(["CMS_13TeV", "ATLAS_8TeV"]), combined(), scenarios())
    return [{"result.json": to_json(result).encode()} for result in results]


@lru_cache
def _report_seeds() -> list[Folder]:
    from reported import report  # noqa: PLC0415 -- fits, for long runs only

    result = report()
    parts = (result, result.fit, result.cross_sections, result.impacts, result.compatibility, result.scan)
    return [{"result.json": to_json(part).encode()} for part in parts if part is not None]


def _tables(folder: Path) -> None:
    """All that is made of a result without drawing; what a kind of result has not is no error of the file."""
    path = folder / "result.json"
    open_result(path)
    calls: list[Callable[[], object]] = [
        lambda: submission([path]),
        lambda: true_masses(read_document(path), Blinding("salt")),
        *(partial(_table, kind, form, path) for kind in KINDS for form in FORMATS),
    ]
    for call in calls:
        with suppress(TtjroofitError):
            call()


def _table(kind: str, form: str, path: Path) -> str:
    return FORMATS[form](table_of(kind, path))


def _draw(folder: Path) -> None:
    write_pictures(Order("all", [folder / "result.json"]))


@lru_cache
def _combination() -> Combination:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in seeds.combinations()[1].items():
            (folder / file).write_bytes(content)
        return load_combination(read_card(folder / "card.txt"))


def _toys() -> list[Folder]:
    combination = _combination()
    sample = Sample(Stored(None), 20, {"m_t": 172.5}, 1, False)  # type: ignore[arg-type]
    block = {name: np.linspace(90.0, 110.0, 20) for name in observable_names(combination)}
    with tempfile.TemporaryDirectory() as name:
        write_toys(f"{name}/toys.root", [block], sample)
        return [{"toys.root": Path(name, "toys.root").read_bytes()}]


def _read_toys(folder: Path) -> None:
    read_toys(folder / "toys.root", _combination(), ToyOptions(0, 1))


TARGETS: dict[str, Target] = {
    "card": Target(seeds.cards, lambda folder: read_card(folder / "card.txt"), CARD_WORDS),
    "measurement": Target(
        seeds.measurements,
        lambda folder: read_measurement(folder / "A.yaml"),
        tuple(MeasurementFile.model_fields),
        cost=3,
    ),
    "prediction": Target(
        seeds.predictions,
        lambda folder: read_prediction(folder / "A_theory.yaml"),
        tuple(PredictionFile.model_fields),
        cost=4,
    ),
    "published": Target(
        lambda: [{"published.yaml": (seeds.REPOSITORY / "inputs" / "published_masses.yaml").read_bytes()}],
        lambda folder: read_published(folder / "published.yaml"),
        ("exp", "stat", "syst", "scale", "pdf", "fit"),
        cost=6,
    ),
    "convino": Target(seeds.convino, lambda folder: card_from_convino(folder / "config.txt"), CONVINO_WORDS),
    "hepdata": Target(seeds.hepdata, lambda folder: card_from_hepdata(folder, None), HEPDATA_WORDS, cost=6),
    "powheg": Target(calculations.powheg, calculations.convert_powheg, cost=6),
    "nnlo": Target(
        calculations.nnlo,
        calculations.convert_nnlo,
        (*NnloFile.model_fields, *NnloRun.model_fields, "energy_TeV", "muR", "type"),
        cost=6,
    ),
    "csv": Target(
        calculations.csv, calculations.convert_csv, ("mass", "low", "error", "scale_2_1", "pdf_1", "m_170", '"'), cost=3
    ),
    "options": Target(_folder_of_options, _with_options, OPTION_WORDS, names_file=False, cost=20),
    "combination": Target(seeds.combinations, _combine, CARD_WORDS, names_file=False, cost=20),
    "result": Target(_result_seeds, _tables, ("schema", "nan", "null"), cost=20),
    "matrix": Target(
        seeds.matrices,
        lambda folder: plan_entries(read_fit_matrix(folder / "matrix.yaml")),
        (*METHODS, "card", "parallel", "output", "setParameters"),
        cost=4,
    ),
    "nuisances": Target(
        lambda: [{"nuisance_correlation.npz": seeds.correlation_of_nuisances()}],
        lambda folder: read_nuisance_correlation(folder / "nuisance_correlation.npz"),
        cost=2,
    ),
    "toys": Target(_toys, _read_toys, cost=20),
    "scheduler": Target(
        lambda: [{"scheduler.json": b'{"type": "Scheduler", "address": "tcp://127.0.0.1:8786", "workers": {}}'}],
        lambda folder: parse_dask(str(folder / "scheduler.json")),
    ),
    "jobs": Target(job_folders.folders, job_folders.ask, job_folders.WORDS, cost=20),
    "program": Target(
        seeds.combinations,
        program("FOLDER/card.txt", "-M", "CrossSections", "--no-plots", "-o", "FOLDER/out"),
        CARD_WORDS,
        names_file=False,
        cost=50,
    ),
    "plot": Target(_report_seeds, _draw, ("schema", "nan", "null"), names_file=False, cost=2000),
}
"""Name to target."""
