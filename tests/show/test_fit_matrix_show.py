"""Table, summary and figure of a matrix, from a result made up for tests."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import pytest
from example_fit_matrix import CARDS, ORDER, PDF, broken, entry, matrix, with_all_states
from matplotlib.figure import Figure

from ttjroofit.results.fit_matrix import FitMatrixResult, MatrixAxis, MatrixMass
from ttjroofit.results.store import from_json, to_json
from ttjroofit.show.fit_matrix import fit_matrix_summary
from ttjroofit.show.fit_matrix_csv import fit_matrix_csv
from ttjroofit.show.fit_matrix_figure import fit_matrix_figures
from ttjroofit.show.fit_matrix_rows import matrix_rows
from ttjroofit.show.tables.fit_matrix import fit_matrix_table
from ttjroofit.show.tables.formats import csv_text


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_result_survives_its_file() -> None:
    result = matrix(CARDS, ORDER, PDF)
    assert from_json(FitMatrixResult, to_json(result)) == result


def test_shifts_are_from_the_first_good_entry_of_the_card() -> None:
    result = matrix(CARDS, ORDER)
    first = replace(result.entries[0], status="failed")
    rows = matrix_rows(replace(result, entries=[first, *result.entries[1:]]))
    assert [row.shift for row in rows] == [None, 0.0, 0.0, pytest.approx(0.1)]


def test_without_another_axis_nothing_is_shifted() -> None:
    assert {row.shift for row in matrix_rows(matrix(CARDS))} == {None}
    one_card = replace(CARDS, values=["a"], labels=["first card"])
    assert [row.shift for row in matrix_rows(matrix(one_card, ORDER))] == [0.0, pytest.approx(0.1)]


def test_included_entries_stand_with_their_card() -> None:
    result = matrix(CARDS, ORDER)
    late = entry(9, {"card": "a", "interpolation": "3"})
    order = replace(ORDER, values=["2", "1", "3"], labels=["quadratic", "linear", "cubic"])
    rows = matrix_rows(replace(result, axes=[CARDS, order], entries=[*result.entries, late]))
    assert [row.entry.name for row in rows] == ["a_2", "a_1", "a_3", "b_2", "b_1"]


def test_summary() -> None:
    assert fit_matrix_summary(with_all_states()).splitlines() == [
        "=" * 100,
        "ttjroofit 1.2.3, matrix of 8 x -M Fit: talk",
        "=" * 100,
        "*** FIT FAILED: 1 of 8 entries ***",
        "*** IMPOSSIBLE: 1 of 8 entries ***",
        "=" * 100,
        "  a stand-in",
        "  pulls: zero",
        "  masses, errors and shifts in GeV; shifts are from the first good entry of a card",
        "",
        "  interpolation  pdf                 mass       errors   exp  shift  chi2/ndf     p",
        "first card",
        "  quadratic      multiplicative    172.00  +0.90 -1.10  0.60  +0.00   10.0/15  0.50",
        "  quadratic      card's          no result",
        "  linear         multiplicative    172.20  +0.90 -1.10  0.60          12.0/15  0.50  FIT FAILED",
        "  linear         card's            172.30  +0.90 -1.10  0.60  +0.30   13.0/15  0.50",
        "second card",
        "  quadratic      multiplicative    172.40  +0.90 -1.10  0.60  +0.00   14.0/15  0.50",
        "  quadratic      card's            172.50  +0.90 -1.10  0.60  +0.10   15.0/15  0.50",
        "  linear         multiplicative    172.60  +0.90 -1.10  0.60  +0.20   16.0/15  0.50",
        "  linear         card's            172.70  +0.90 -1.10  0.60  +0.30   17.0/15  0.50",
        "",
        "  a_2_None: why",
        "timing",
    ]


def test_lines_of_the_summary_fit_a_terminal() -> None:
    long = MatrixAxis("freezeParameters", ["x" * 80, "y" * 80], ["x" * 80, "y" * 80])
    summary = fit_matrix_summary(matrix(CARDS, ORDER, PDF, long, masses=("m_t_ATLAS_8TeV", "m_t_CMS_13TeV")))
    assert max(map(len, summary.splitlines())) <= 100
    assert "m_t_ATLAS_8TeV" in summary


def test_csv_has_all_digits_and_the_warnings() -> None:
    result = matrix(CARDS, ORDER)
    entries = [replace(item, masses=[replace(item.masses[0], value=172.0 + 1 / 3)]) for item in result.entries]
    lines = fit_matrix_csv(replace(result, entries=entries)).splitlines()
    assert lines[0] == "# a stand-in"
    rows = list(csv.DictReader(lines[1:]))
    assert [(row["card"], row["interpolation"]) for row in rows] == [("a", "2"), ("a", "1"), ("b", "2"), ("b", "1")]
    assert {float(row["value"]) for row in rows} == {172.0 + 1 / 3}
    assert (rows[0]["minos_lo"], rows[0]["minos_hi"], rows[0]["hesse"]) == ("-1.1", "0.9", "1.0")


def test_csv_has_no_formulas_and_comments_on_lines_of_their_own() -> None:
    cards = replace(CARDS, values=["=cmd", "b"])
    first, *_ = fit_matrix_csv(replace(matrix(cards), quality=["two\nlines"])).splitlines()[3:]
    assert first.startswith("'=cmd,'=cmd,good,m_t,172.0,")
    assert fit_matrix_csv(replace(matrix(cards), quality=["two\nlines"])).startswith("# two\n# lines\nentry,")


def test_fits_without_a_value_are_shown() -> None:
    """A figure of nothing but these used to end the run before anything was written."""
    result = matrix(CARDS)
    nothing = MatrixMass("m_t", math.nan, math.nan, None, None)
    failed = replace(result, entries=[replace(item, status="failed", masses=[nothing]) for item in result.entries])
    (figure,) = fit_matrix_figures(failed)
    assert texts(figure).count("n/a") == 2
    assert "a,a,failed,m_t,,,,,,,10.0,15,0.5" in fit_matrix_csv(failed).splitlines()
    assert "masses and errors in GeV" in fit_matrix_summary(failed)


def test_summary_speaks_of_shifts_where_there_are_some() -> None:
    assert "shifts" not in fit_matrix_summary(matrix(CARDS))


def test_table_is_rounded() -> None:
    (first, *_) = fit_matrix_table(matrix(CARDS, ORDER)).rows
    text = csv_text(fit_matrix_table(matrix(CARDS, ORDER)))
    assert first[:3] == ["first card", "quadratic", "m_t"]
    assert "first card,quadratic,m_t,172.0,0.9,1.1,0.6,0.000,10.00,15,0.50,good" in text.splitlines()


def test_figure_writes_every_entry() -> None:
    (figure,) = fit_matrix_figures(matrix(CARDS, ORDER, PDF))
    written = texts(figure)
    assert [text for text in written if text in ("first card", "second card", "quadratic", "linear")] == [
        "quadratic", "first card", "linear", "quadratic", "second card", "linear",
    ]  # fmt: skip
    for number in range(8):
        assert f"{172.0 + 0.1 * number:.2f}" in written
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["pdf: multiplicative", "card's"]


def test_figure_says_what_has_no_result() -> None:
    (figure,) = fit_matrix_figures(with_all_states())
    assert texts(figure).count("no result") == 1
    result = matrix(CARDS, ORDER)
    (figure,) = fit_matrix_figures(replace(result, entries=list(map(broken, result.entries))))
    assert texts(figure).count("no result") == 4


def test_many_entries_take_several_pages_that_keep_cards_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.show.fit_matrix_figure._PER_PAGE", 13)
    cards = MatrixAxis("card", [str(n) for n in range(9)], [f"card {n}" for n in range(9)])
    long = MatrixAxis("x", ["0", "1"], ["x 0", "x 1"])
    figures = fit_matrix_figures(matrix(cards, long, ORDER))
    titles = [[text for text in texts(figure) if text.startswith("card ")] for figure in figures]
    assert titles == [[f"card {n}" for n in group] for group in ((0, 1, 2), (3, 4, 5), (6, 7, 8))]


def test_p_values_are_drawn_where_there_are_no_masses() -> None:
    result = matrix(CARDS, ORDER)
    (figure,) = fit_matrix_figures(replace(result, entries=[replace(item, masses=[]) for item in result.entries]))
    (axes,) = figure.axes
    assert axes.get_xlabel() == "p-value"
    assert sum(line.get_xdata()[0] == 0.5 for line in axes.lines) == 4
    summary = fit_matrix_summary(replace(result, entries=[replace(item, masses=[]) for item in result.entries]))
    assert "  interpolation    chi2/ndf     p" in summary.splitlines()
