"""Results shown and saved as the program does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import ttjroofit as tr
from program import call
from ttjroofit.library.showing import SUMMARIES
from ttjroofit.results.fit import FitResult
from ttjroofit.show.gallery import METHODS

INPUTS = Path(__file__).parents[2] / "inputs"
SALT = "sesame-0"

RUNS: dict[str, tuple[str, Callable[[tr.Model], Any], set[str]]] = {
    "fit, with figures": ("-M Fit", tr.fit_workspace, set()),
    "impacts": ("-M Impacts", tr.impacts, set()),
    "cross sections": ("-M CrossSections", tr.cross_sections, {"cross_sections.root", "nuisance_correlation.npz"}),
    "toys": ("-t 50", lambda model: tr.fit_toys(model, 50), set()),
    "scan": (
        "-M MultiDimFit --algo grid --points 4",
        lambda model: tr.scan(model, points=4),
        {"higgsCombineTest.MultiDimFit.mH172.5.root"},
    ),
    "goodness of fit": ("-M GoodnessOfFit", tr.goodness_of_fit, set()),
    "validation": ("-M Validate", tr.validate, set()),
}


@pytest.fixture(scope="module")
def result(card: Path) -> FitResult:
    return tr.fit(card)


def touch_figure(_: Figure, folder: Path, stem: str) -> list[Path]:
    """In place of ``save_figure``, which takes half a second a figure; tests/show proves it."""
    paths = [folder / f"{stem}.{kind}" for kind in ("pdf", "png")]
    for path in paths:
        path.touch()
    return paths


@pytest.mark.parametrize("name", RUNS)
def test_files_are_those_of_the_program(name: str, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, ask, program_only = RUNS[name]
    program, library = tmp_path / "program", tmp_path / "library"
    figures = name.endswith("figures")
    monkeypatch.setattr("ttjroofit.show.style.save_figure", touch_figure)
    assert call(monkeypatch, card, *options.split(), *([] if figures else ["--no-plots"]), "-o", program) == 0
    model = tr.load(card)
    written = tr.save(ask(model), library, model=model, figures=figures)
    assert written[-1].name == "result.json"
    files = {path.name for path in library.iterdir()}
    assert files == {path.name for path in written} == {path.name for path in program.iterdir()} - program_only
    assert ("spectra.pdf" in files) == figures
    documents = [json.loads((folder / "result.json").read_text(encoding="utf-8")) for folder in (program, library)]
    for document in documents:
        document.pop("timing_s", None)
    assert documents[0] == documents[1]
    cards = [(folder / "card.txt").read_text(encoding="utf-8").splitlines() for folder in (program, library)]
    # the second line is the call
    assert cards[0][2:] == cards[1][2:]
    assert cards[1][1] == f"# ttjroofit.load('{card}')"


def test_texts_are_the_same_bytes(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, library = tmp_path / "program", tmp_path / "library"
    assert call(monkeypatch, card, "-M", "CrossSections", "--no-plots", "-o", program) == 0
    tr.save(tr.cross_sections(card), library, figures=False)
    texts = [path.name for path in program.iterdir() if path.suffix in (".csv", ".yaml")]
    assert len(texts) > 3
    assert [name for name in texts if (program / name).read_bytes() != (library / name).read_bytes()] == []


def test_a_report_is_a_page(card: Path, tmp_path: Path) -> None:
    names = {path.name for path in tr.save(tr.report(card, points=3), tmp_path, figures=False)}
    assert names == {"report.html", "summary.txt", "result.json"}
    assert "m_t" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_was_saved_is_read(result: FitResult, tmp_path: Path) -> None:
    tr.save(result, tmp_path, figures=False)
    assert tr.read_result(tmp_path) == tr.read_result(str(tmp_path / "result.json")) == result


def test_a_saved_card_repeats_a_blinded_model(card: Path, tmp_path: Path) -> None:
    model = tr.load(card, blind=SALT)
    tr.save(tr.cross_sections(model), tmp_path, model=model, figures=False)
    assert SALT not in (tmp_path / "card.txt").read_text(encoding="utf-8")
    with pytest.raises(tr.CardError, match="the card asks for blinding"):
        tr.load(tmp_path / "card.txt")


def test_a_folder_that_cannot_be_made(result: FitResult, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(tr.OptionError, match="there is a file of this name; give the name of a folder"):
        tr.save(result, tmp_path / "file")


def test_what_is_no_result() -> None:
    for use in (tr.summary, tr.figures, lambda thing: tr.save(thing, "nowhere")):
        with pytest.raises(tr.OptionError, match="no result of an analysis: dict"):
            use({})
    assert not Path("nowhere").exists()


def test_every_result_has_a_summary(result: FitResult) -> None:
    assert set(SUMMARIES) == {method.result for method in METHODS.values()}
    assert tr.summary(result).startswith("=")


def test_figures_by_their_names(result: FitResult) -> None:
    drawn = tr.figures(result)
    assert list(drawn) == ["spectra", "pulls_1", "theory_nuisances", "breakdown", "correlation"]
    assert all(isinstance(figure, Figure) for figure in drawn.values())
    assert list(tr.figures(result, "pulls")) == ["pulls_1"]


def test_one_figure(card: Path, result: FitResult) -> None:
    texts = [text.get_text() for text in tr.plot(result, "spectra", label="Work in progress").texts]
    assert any("Work in progress" in text for text in texts)
    assert isinstance(tr.plot(result, "pulls"), Figure)
    assert isinstance(tr.plot(tr.impacts(card), "impacts_1"), Figure)
    published = INPUTS / "published_masses.yaml"
    assert isinstance(tr.plot([result, result], "summary", published=[published]), Figure)
    correlation = tr.nuisance_correlation(card)
    assert isinstance(tr.plot(tr.cross_sections(card), "nuisance_correlation", nuisances=correlation), Figure)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("spectrum", "there is no figure `spectrum` of this result; nearest: spectra"),
        ("all", "figure all: 5 figures, spectra, pulls_1, .*: name one"),
        ("scan", "figure scan is drawn from"),
    ],
)
def test_figures_that_are_not_there(result: FitResult, name: str, message: str) -> None:
    with pytest.raises(tr.OptionError, match=message):
        tr.plot(result, name)


def test_tables(result: FitResult) -> None:
    assert tr.table(result, "breakdown").startswith("**")
    assert tr.table(result, "nuisances", form="csv", rows=2).count("\n") == 6
    assert r"\begin{tabular}" in tr.table(result, "breakdown", form="latex")


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"kind": "breakdowns"}, "kind='breakdowns': not one of .*nearest: breakdown"),
        ({"kind": "breakdown", "form": "tex"}, "form='tex': not one of latex, markdown, csv"),
        ({"kind": "breakdown", "rows": 2}, "rows=2: a choice of the table 'nuisances'"),
        ({"kind": "nuisances", "rows": 0}, "rows=0: give a whole number, 1 or more"),
        ({"kind": "scenarios"}, "needs a result of -M CorrelationScan, found FitResult"),
    ],
)
def test_tables_that_are_not_there(result: FitResult, choices: dict[str, Any], message: str) -> None:
    with pytest.raises(tr.OptionError, match=message):
        tr.table(result, **choices)
