"""``ttjroofit plot``: the figures of each method from its ``result.json`` alone, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import yaml
from example_cross_sections import combined, nuisance_correlation
from example_results import MEASUREMENTS, STATES, fit_result
from matplotlib.figure import Figure

from program import call
from ttjroofit.errors import InputError, OptionError
from ttjroofit.results.nuisance_correlation import NUISANCE_FILE
from ttjroofit.results.store import to_json
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.plot.opening import open_result
from ttjroofit.show.gallery import KINDS, METHODS, draw, figures_of
from ttjroofit.show.style import in_style

Call = Callable[..., int]

CARDS = Path(__file__).parents[2] / "cards"
INPUTS = Path(__file__).parents[2] / "inputs"

UNCERTAIN = "uncertain.txt"
"""``atlas8.txt`` where shifts have a Monte Carlo uncertainty; written by the test."""

# what each method draws is compared with what is drawn from the file it wrote
RUNS: dict[str, Sequence[object]] = {
    "fit/1": ("atlas8_atlas13.txt", "--split", "measurement"),
    "toy_fits/1": ("atlas8.txt", "-t", 20),
    "cross_sections/1": ("atlas8_cms13.txt", "-M", "CrossSections"),
    "impacts/1": ("atlas8.txt", "-M", "Impacts"),
    "scan/1": ("atlas8.txt", "-M", "MultiDimFit", "--algo", "grid", "-P", "m_t", "--points", 5),
    "contour/1": ("atlas8_cms13.txt", "-M", "MultiDimFit", "--algo", "contour2d", "--split", "energy", "--points", 8),
    "compatibility/1": ("atlas8_atlas13.txt", "-M", "Compatibility", "-t", 20),
    "goodness_of_fit/1": ("atlas8.txt", "-M", "GoodnessOfFit", "-t", 20),
    "coverage/1": ("atlas8.txt", "-M", "Coverage", "-t", 20),
    "correlation_scan/1": ("atlas8_cms13.txt", "-M", "CorrelationScan", "--points", 2),
    "shift_statistics/1": (UNCERTAIN, "-M", "ShiftStatistics", "-t", 20),
}
WITHOUT_FIGURES = {"singles/1", "toys/1", "validate/2"}
"""Of their own; those of a report are in its page."""


@in_style
def pixels(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=30)
    return file.getvalue()


def uncertain_card(folder: Path) -> Path:
    content = yaml.safe_load((INPUTS / "atlas_8tev_ljets.yaml").read_text(encoding="utf-8"))
    modelling = [name for name in content["sources"] if "_modelling_" in name]
    for name in modelling:
        sigmas = [0.01 * value for value in content["values"]]
        content["sources"][name] = {"shift": content["sources"][name], "shift_sigma": sigmas}
    (folder / "measurement.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    text = (CARDS / "atlas8.txt").read_text(encoding="utf-8").replace("../inputs", str(INPUTS))
    text = text.replace(str(INPUTS / "atlas_8tev_ljets.yaml"), str(folder / "measurement.yaml"))
    (folder / UNCERTAIN).write_text(text, encoding="utf-8")
    return folder / UNCERTAIN


def missing_kinds(schema: str, stems: set[str]) -> set[str]:
    """Kinds that say they are drawn from results of this schema, and are none of these figures."""
    single = {name: kind for name, kind in KINDS.items() if kind.together is None and not kind.needs_nuisances}
    patterns = {name: kind.stems[schema] for name, kind in single.items() if schema in kind.stems}
    return {name for name, pattern in patterns.items() if not any(fnmatchcase(stem, pattern) for stem in stems)}


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Call:
    return lambda *arguments: call(monkeypatch, "plot", *arguments)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Folders with results: ``fit``, ``alone``, and ``xs`` with the correlation of its nuisances."""
    made = {"fit": fit_result(MEASUREMENTS[1:]), "alone": fit_result(["ATLAS_8TeV"]), "xs": combined()}
    for name, result in made.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(to_json(result), encoding="utf-8")
    nuisances = nuisance_correlation()
    np.savez(tmp_path / "xs" / NUISANCE_FILE, names=np.array(nuisances.names), correlation=nuisances.matrix)
    return tmp_path


def test_every_method_is_compared() -> None:
    assert {f"ttjroofit/{name}" for name in {*RUNS, "report/1", "matrix/1"} | WITHOUT_FIGURES} == set(METHODS)


@pytest.mark.parametrize("name", sorted(RUNS))
def test_figures_of_the_file_are_those_of_the_method(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theory nuisances used to change their order: JSON has sorted keys."""
    drawn: dict[str, list[bytes]] = {}

    def keep(_: OutputFolder, figures: Mapping[str, Figure]) -> None:
        drawn.update({stem: [pixels(figure)] for stem, figure in figures.items()})

    def keep_pages(_: OutputFolder, stem: str, figures: Sequence[Figure]) -> None:
        drawn[stem] = [pixels(figure) for figure in figures]

    with monkeypatch.context() as patched:
        patched.setattr(OutputFolder, "write_figures", keep)
        patched.setattr(OutputFolder, "write_pages", keep_pages)
        card, *options = RUNS[name]
        path = uncertain_card(tmp_path) if card == UNCERTAIN else CARDS / str(card)
        assert call(monkeypatch, path, *options, "-o", tmp_path) == 0
    again = figures_of(open_result(tmp_path))
    assert drawn
    assert set(again) == set(drawn)
    for stem, figure in again.items():
        pages = figure if isinstance(figure, list) else [figure]
        assert [pixels(page) for page in pages] == drawn[stem], stem
    assert missing_kinds(f"ttjroofit/{name}", set(drawn)) <= {"smoothing", "breakdown"}


def test_figures_of_the_parts_of_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = CARDS / "atlas8.txt"
    assert call(monkeypatch, card, "-M", "Report", "--no-plots", "--points", 5, "-o", tmp_path) == 0
    report = open_result(tmp_path)
    for kind, part in {"spectra": report.fit, "impacts": report.impacts, "ratio": report.cross_sections}.items():
        assert set(draw(kind, [report])) == set(draw(kind, [part])) == {kind}
    assert {"fit_spectra", "cross_sections_ratio", "impacts_1"} <= set(figures_of(report))
    with pytest.raises(OptionError, match="figure masses is drawn from -M Compatibility, not from a result of -M Rep"):
        draw("masses", [report])


@pytest.mark.parametrize("state", sorted(STATES))
def test_any_state_of_a_fit_can_be_read(state: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(to_json(STATES[state]()), encoding="utf-8")
    assert list(open_result(path).parameters) == list(STATES[state]().parameters)


def test_failed_fit_can_be_drawn_from_its_file(tmp_path: Path) -> None:
    """It could not be read: its NaN are null."""
    path = tmp_path / "result.json"
    path.write_text(to_json(STATES["failed"]()), encoding="utf-8")
    assert set(figures_of(open_result(path))) == set(figures_of(STATES["failed"]()))


def test_one_kind_is_written_beside_the_result(
    results: Path, program: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program("breakdown", results / "fit") == 0
    assert {path.name for path in (results / "fit" / "plots").iterdir()} == {"breakdown.pdf", "breakdown.png"}
    assert f"written to {results / 'fit' / 'plots'}: breakdown.pdf, breakdown.png" in capsys.readouterr().out
    assert (results / "fit" / "plots" / "breakdown.pdf").read_bytes().startswith(b"%PDF")


def test_several_results_go_to_folders_of_their_names(results: Path, program: Call) -> None:
    files = [results / name / "result.json" for name in ("fit", "alone")]
    assert program("breakdown", *files, "-o", results / "figures") == 0
    written = {str(path.relative_to(results / "figures")) for path in (results / "figures").rglob("*.png")}
    assert written == {"fit/breakdown.png", "alone/breakdown.png"}


def test_all_takes_a_folder_of_output_folders(results: Path, program: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_names(self: OutputFolder, figures: list[str]) -> None:
        for name in figures:
            self.write_text(name, "")

    monkeypatch.setattr(OutputFolder, "write_figures", write_names)
    assert program("all", results) == 0
    assert all((results / name / "plots").is_dir() for name in ("fit", "alone", "xs"))


@pytest.mark.parametrize("kind", ["impact_maps", "nuisance_correlation"])
def test_new_figures_of_cross_sections(kind: str, results: Path, program: Call) -> None:
    assert program(kind, results / "xs", "-o", results / "figures") == 0
    assert (results / "figures" / f"{kind}.pdf").stat().st_size > 5000


def test_summary_draws_published_masses_and_ours(results: Path, program: Call) -> None:
    published = ["--published", INPUTS / "published_masses.yaml", "--published", INPUTS / "talk_masses.yaml"]
    assert program("summary", results / "fit", results / "alone", *published, "-o", results / "figures") == 0
    assert (results / "figures" / "summary.png").exists()
    assert program("summary", *published, "-o", results / "others") == 0


def test_label_stands_in_place_of_the_name_of_the_program(
    results: Path, program: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, Figure] = {}
    monkeypatch.setattr(OutputFolder, "write_figures", lambda _, figures: drawn.update(figures))
    assert program("breakdown", results / "fit", "--label", " ATLAS+CMS  Work in progress ") == 0
    assert drawn["breakdown"].texts[0].get_text().startswith("ATLAS+CMS Work in progress  atlas_cms: ")
    assert program("breakdown", results / "fit") == 0
    assert drawn["breakdown"].texts[0].get_text().startswith("ttjroofit  atlas_cms: ")


def test_list_names_every_kind(program: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert program("--list") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(KINDS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["breakdwn", "fit"], "there is no figure `breakdwn`; nearest: breakdown"),
        (
            ["breakdown", "xs"],
            "figure breakdown is drawn from -M Fit, -M MultiDimFit --algo grid, not from a result of",
        ),
        (
            ["impact_maps", "xs", "fit"],
            "figure impact_maps is drawn from -M CrossSections, not from a result of -M Fit",
        ),
        (["smoothing", "fit"], "figure smoothing: the result of atlas_cms has nothing to show in it"),
        (["breakdown", "nowhere"], "nowhere: cannot be read: No such file or directory"),
        (["breakdown"], "figure breakdown: no result is given"),
        (["summary"], "figure summary: no result is given"),
        (["all", "empty"], "empty: no result.json in this folder or below"),
        (["all", "fit", "--published", "x.yaml"], "--published is an option of `ttjroofit plot summary`, not of all"),
        (["all", "fit", "--label", "  "], "--label is empty"),
        (
            ["nuisance_correlation", "bare"],
            "nuisance_correlation.npz: cannot be read: No such file or directory; -M Cr",
        ),
    ],
)
def test_bad_calls_are_named_and_nothing_is_written(  # noqa: PLR0917 -- fixtures
    arguments: list[str],
    message: str,
    results: Path,
    program: Call,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(results)
    (results / "empty").mkdir()
    (results / "bare").mkdir()
    (results / "bare" / "result.json").write_bytes((results / "xs" / "result.json").read_bytes())
    before = sorted(results.rglob("*"))
    assert program(*arguments) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert sorted(results.rglob("*")) == before


def test_two_results_of_one_folder_name_are_refused(results: Path, program: Call) -> None:
    twin = results / "other" / "fit"
    twin.mkdir(parents=True)
    (twin / "result.json").write_bytes((results / "fit" / "result.json").read_bytes())
    assert program("breakdown", results / "fit", twin, "-o", results / "figures") == 2
    assert not (results / "figures").exists()


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ('{"schema": "ttjroofit/fit/1",\n "card"', InputError, r"result\.json:2: no JSON: Expecting ':' delimiter in"),
        ("", InputError, r"result\.json:1: no JSON: Expecting value in column 1; is the file whole\?"),
        ("[" * 100_000, InputError, r"result\.json(:1)?: no JSON"),
        ("[1, 2]", InputError, r"no result of ttjroofit: there is no text `schema`"),
        ('{"schema": 3}', InputError, r"no result of ttjroofit: there is no text `schema`"),
        (
            '{"schema": "ttjroofit/fitt/1"}',
            OptionError,
            r"schema `ttjroofit/fitt/1` is none that .* nearest: ttjroofit/f",
        ),
        ('{"schema": "ttjroofit/fit/1"}', InputError, r"no FitResult: Field required at engine; written by"),
        ("\udcff", InputError, r"no JSON text: 'utf-8' codec"),
    ],
)
def test_damaged_results_are_named(text: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(error, match=message):
        open_result(path)


def test_cut_files_are_refused_wherever_they_are_cut(tmp_path: Path) -> None:
    path, text = tmp_path / "result.json", to_json(fit_result(["CMS_13TeV"]))
    for size in np.random.default_rng(7).integers(0, len(text) - 2, 20):
        path.write_text(text[:size], encoding="utf-8")
        with pytest.raises(InputError, match="no JSON"):
            open_result(path)


def test_numbers_that_became_words_are_refused(tmp_path: Path) -> None:
    path, document = tmp_path / "result.json", json.loads(to_json(fit_result()))
    document["goodness_of_fit"]["chi2"] = "large"  # a null in its place would be NaN
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=r"valid number.* at goodness_of_fit\.chi2; written by another version\?"):
        open_result(path)
