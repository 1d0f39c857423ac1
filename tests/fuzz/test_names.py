"""Names and texts that mean something elsewhere: to a file system, a terminal, LaTeX, a spreadsheet, a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from example_cross_sections import combined
from example_results import fit_result
from rich.console import Console
from table_cases import cross_sections, scenarios

from built import Built
from fuzz import seeds
from fuzz.guard import guarded
from nonlinear import curved_parts
from program import call
from synthetic import make_measurement, small
from ttjroofit.card.lines import Line
from ttjroofit.card.parser import read_card
from ttjroofit.errors import CardError, InputError, ModelError, OptionError, Place, TtjroofitError
from ttjroofit.files import visible
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.results.store import to_json
from ttjroofit.run.convert.convino_card import card_from_convino
from ttjroofit.run.convert.hepdata_card import card_from_hepdata
from ttjroofit.run.parsing import parse_file_part
from ttjroofit.run.plot.pictures import Order, write_pictures
from ttjroofit.run.progress import Progress
from ttjroofit.run.request import Outcome
from ttjroofit.run.table.kinds import KINDS, table_of
from ttjroofit.run.terminal import say_outcome
from ttjroofit.show.tables.formats import FORMATS, csv_text
from ttjroofit.show.tables.table import Column, Table

PATHS = ("../../x", "/tmp/x", "a/b", "..", "-x", "a.b", "a b", "é", "a:b", "a\\b", "$HOME", "@0", "sin(1)", "1e5", "")


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    "line",
    [
        'measurement "{}" A.yaml',
        'poi "{}" A 172.5 [150,195]',
        'combine "{}" = b',
        'nuisance edit rename A_s0 "{}"',
    ],
)
def test_a_card_gives_plain_names(tmp_path: Path, name: str, line: str) -> None:
    (tmp_path / "card.txt").write_text(line.format(name) + "\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"card\.txt:1: "):
        read_card(tmp_path / "card.txt")


@pytest.mark.parametrize("name", [*PATHS, "a\nb", "a\x00b", "a\n"])
@pytest.mark.parametrize("place", ["name", "bins", "sources", "groups"])
def test_an_input_gives_plain_names(tmp_path: Path, name: str, place: str) -> None:
    document = json.loads(seeds.measurements()[0]["A.yaml"])
    changed: dict[str, Any] = {
        "name": name,
        "bins": [name, *document["bins"][1:]],
        "sources": {name: document["sources"].pop("A_s0"), **document["sources"]},
        "groups": {name: ["A_s0"], **document["groups"]},
    }
    (tmp_path / "A.yaml").write_text(json.dumps(document | {place: changed[place]}), encoding="utf-8")
    with pytest.raises(InputError, match=r"A\.yaml:\d+: "):
        read_measurement(tmp_path / "A.yaml")


@pytest.mark.parametrize("name", ["a/b", "../x", "/x", "a\x00b", "a\nb", "\x1b[31m", "a\\b"])
def test_the_name_of_a_call_is_no_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "card.txt", "-n", name) == 2
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OptionError, match="a part of a file name has no separators"):
        parse_file_part("-n", name)


@pytest.mark.parametrize("name", [".test", "scan_2", "-x", "a=1,b"])
def test_names_that_users_of_combine_give(name: str) -> None:
    assert parse_file_part("-n", name) == name


def test_names_of_convino_stay_in_the_folder(tmp_path: Path) -> None:
    files = dict(seeds.CONVINO)
    for old, new in (("jes_1", "../../jes"), ("low_1", "/low"), ("other_1", "..")):
        files = {file: re.sub(rf"\b{old}\b", new, text) for file, text in files.items()}
    for file, text in files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    texts, _ = card_from_convino(tmp_path / "config.txt")
    assert all(re.fullmatch(r"\w+\.(txt|yaml)", name) for name in texts)
    assert [line for line in texts["card.txt"].splitlines() if "/" in line and not line.startswith("#")] == []


def test_tables_of_a_record_stay_in_the_folder(tmp_path: Path) -> None:
    for file, content in seeds.hepdata()[0].items():
        text = content.decode().replace("Table 1", "../../Table $(id)").replace("lumi", "../../lumi")
        (tmp_path / file).write_text(text, encoding="utf-8")
    texts, _ = card_from_hepdata(tmp_path, None)
    assert all(re.fullmatch(r"\w+\.(txt|yaml)", name) for name in texts)


NAMED = {"card", "quality", "scenario", "unit", "experiment", "channel", "observable", "group", "name", "names", "bins"}
NAMED |= {"measurement", "measurements", "reference", "nuisances"}
OWN_WORDS = {"mass", "norm", "pdf", "tnp", "scale", "nuisance", "interpolation"}


def poisoned(result: Any, poison: str) -> str:
    """The JSON of a result with ``poison`` behind every name, keys included."""
    document = json.loads(to_json(result))
    known = set(_texts(document, "")) - OWN_WORDS
    return json.dumps(_replaced(document, known, poison))


def _texts(value: Any, key: str) -> Iterator[str]:
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _texts(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str) and key in NAMED:
        yield value


def _replaced(value: Any, known: set[str], poison: str) -> Any:
    if isinstance(value, dict):
        return {_replaced(key, known, poison): _replaced(item, known, poison) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, known, poison) for item in value]
    return value + poison if isinstance(value, str) and value in known else value


POISON = r"$\frac$ \input{/etc/passwd} =1 <script> [/b] %s {0} ../../x"


@pytest.mark.parametrize("kind", ["fit", "cross_sections", "scenarios"])
def test_figures_of_hostile_names(tmp_path: Path, kind: str) -> None:
    """Text between two $ that is no formula used to end the program, and names of masses are in names of files."""
    make = {"fit": small_fit, "cross_sections": combined, "scenarios": scenarios}[kind]
    (tmp_path / "result.json").write_text(poisoned(make(), POISON), encoding="utf-8")
    with guarded([tmp_path], 60.0):
        ((folder, names),) = write_pictures(Order("all", [tmp_path / "result.json"]))
    assert folder == tmp_path / "plots"
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == set(names)


def small_fit() -> Any:
    result = fit_result(["ATLAS_8TeV"])
    return replace(result, nuisances=result.nuisances[:5], interpolation_nuisances=[])


LATEX = {"begin", "end", "caption", "centering", "hline", "times", "pm", "mathrm", "endfirsthead", "endhead", "endfoot"}
LATEX |= {"usepackage", "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMATS)
def test_tables_of_hostile_names(tmp_path: Path, kind: str, form: str) -> None:
    for result in (fit_result(["ATLAS_8TeV"]), cross_sections(), scenarios()):
        (tmp_path / "result.json").write_text(poisoned(result, POISON), encoding="utf-8")
        try:
            text = FORMATS[form](table_of(kind, tmp_path / "result.json"))
        except OptionError:  # this kind is made of another result
            continue
        assert "passwd" in text
        if form == "latex":
            assert set(re.findall(r"\\([A-Za-z]+)", text.replace("\\\\", ""))) <= LATEX
        if form == "markdown":
            assert "<script>" not in text.replace(r"\<script\>", "")


@pytest.mark.parametrize("name", ["=cmd|'/C calc'!A0", "+1+1", "-1", "@SUM(1)", "\tx"])
def test_a_spreadsheet_computes_no_name(name: str) -> None:
    table = Table("t", [Column("name", "text"), Column("shift")], [[name, "-1.5"]])
    *_, row = csv.reader(io.StringIO(csv_text(table)))
    assert row == [f"'{name}", "-1.5"]


def test_errors_are_one_line_of_plain_text() -> None:
    error = CardError("name '\x1b[31m\nred\x9b\u202e'", Place(Path("a\nb"), 1))
    assert str(error) == r"a\nb:1: name '\x1b[31m\nred\x9b\u202e'"
    assert str(Line("é 名", Place(Path("card"), 2)).error("'é 名'")) == "card:2: 'é 名'"


def test_long_errors_keep_both_ends() -> None:
    for letter, shown in (("a", "a"), ("\x1b", r"\x1b")):
        text = str(TtjroofitError(f"unknown keyword '{letter * 10**6}'; nearest: b"))
        assert text.startswith(f"unknown keyword '{shown * 3}")
        assert text.endswith(f"{shown * 3}'; nearest: b")
        assert len(text) < 5000


def test_text_on_a_terminal() -> None:
    assert visible("a\tb\nc \x1b[31m \x9b1m \u202e é \x85") == "a\tb\nc \\x1b[31m \\x9b1m \\u202e é \x85"


def test_a_result_cannot_move_the_cursor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "result.json").write_text(poisoned(small_fit(), "\x1b[2J"), encoding="utf-8")
    assert call(monkeypatch, "table", "nuisances", tmp_path) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert r"\x1b[2J" in shown.replace("\\[", "[")


def test_the_name_of_a_folder_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    """By default it is that of the card, which may come from others."""
    say_outcome(Outcome("text", (Path("out/\x1b[2J/result.json"),), 0))
    assert capsys.readouterr().out == "text\nwritten to out/\\x1b[2J: result.json\n"


@pytest.mark.parametrize("name", ["[/b]", "[link=https://example.org]x", "[bold", "{task}", "%"])
def test_progress_takes_no_markup(name: str) -> None:
    """A name in square brackets used to end the program: rich takes it for markup."""
    stream = io.StringIO()
    with Progress(Console(file=stream, force_terminal=True, width=200)) as progress:
        progress.stage(name)
        with progress.counting(name, 2) as advance:
            advance(1)
            progress._live.refresh()
    assert stream.getvalue().count(name) >= 2


RESERVED = ("pi", "exp", "x", "TMath", "sin", "true", "std", "int", "w")


@pytest.mark.parametrize("name", RESERVED)
def test_a_parameter_may_be_called_as_a_function_of_root(tmp_path: Path, name: str) -> None:
    parts = small(tmp_path, make_measurement("A", bins=3))
    first, second = (Built.of(parts.combine(poi=f"poi {poi} * 172.5 [150,195]")).workspace for poi in ("m_t", name))
    for bin_name in ("predicted_A_bin0", "predicted_A_bin2"):
        second.var(name).setVal(first.var("m_t").getVal())
        assert second.function(bin_name).getVal() == pytest.approx(first.function(bin_name).getVal(), rel=1e-12)


def test_formulas_hold_numbers_and_parameters_only(tmp_path: Path) -> None:
    """What stands in a formula of the workspace: arguments, numbers, and functions that we wrote."""
    workspace = Built.of(curved_parts(tmp_path).combine()).workspace
    formulas = [item for item in workspace.allFunctions() if item.ClassName() == "RooFormulaVar"]
    assert len(formulas) > 5
    for formula in formulas:
        words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", str(formula.expression())))
        # parameters by their names, or by their place in the list: x[0]
        assert words <= {item.GetName() for item in formula.dependents()} | {"x", "exp", "abs"}


@pytest.mark.parametrize(
    "name",
    ["m_t", "norm_A", "pdf_a", "tnp_1", "A_bin0", "interpolation_A_1", "A_s1_In", "data_obs", "ModelConfig"],
)
def test_a_nuisance_cannot_take_the_name_of_something_else(tmp_path: Path, name: str) -> None:
    """A nuisance called m_t used to be the mass as well: the full model had one parameter for both."""
    parts = small(tmp_path, make_measurement("A", bins=3))
    with pytest.raises(ModelError, match=f"'{name}' names a .* and a .*: rename one of them"):
        parts.combine(f"nuisance edit rename A_s0 {name}")


@pytest.mark.parametrize(
    "name", ["full", "reduced", "true_A_bin0", "predicted_A_bin0", "shape_A", "A_s1_Pdf", "scale_A_bin0"]
)
def test_a_nuisance_cannot_take_the_name_of_a_function(tmp_path: Path, name: str) -> None:
    parts = small(tmp_path, make_measurement("A", bins=3))
    with pytest.raises(ModelError, match=f"'{name}' would name two objects of the workspace"):
        Built.of(parts.combine(f"nuisance edit rename A_s0 {name}"))


def test_a_mass_cannot_be_a_normalisation(tmp_path: Path) -> None:
    parts = small(tmp_path, make_measurement("A", bins=3))
    with pytest.raises(ModelError, match="'norm_A' names a mass and a normalisation"):
        parts.combine(poi="poi norm_A * 172.5 [150,195]")


def test_texts_of_an_input_survive_being_written(tmp_path: Path) -> None:
    measurement = replace(make_measurement("A"), channel=POISON, reference="#! 'x': \"y\" & *z", observable="a: b")
    for file, text in measurement_texts(measurement).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    read = read_measurement(tmp_path / "A.yaml")
    assert (read.channel, read.reference, read.observable) == (POISON, measurement.reference, "a: b")
