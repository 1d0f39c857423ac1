"""Tables against golden texts in three formats, and what each must say; numbers in CSV are parsed."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from example_results import failed_result, fit_result
from regenerate import ENDINGS, GOLDEN
from table_cases import CASES, cross_sections, scenarios

from ttjroofit.show.tables.breakdown import breakdown_table
from ttjroofit.show.tables.cross_sections import cross_section_table
from ttjroofit.show.tables.formats import FORMATS, csv_text, latex, markdown
from ttjroofit.show.tables.nuisances import nuisance_table
from ttjroofit.show.tables.scenarios import scenario_table
from ttjroofit.show.tables.table import Table

DOCUMENT = "\\documentclass{{article}}\n\\usepackage{{longtable}}\n\\begin{{document}}\n{}\\end{{document}}\n"


def rows_of(table: Table) -> list[dict[str, str]]:
    lines = [line for line in csv_text(table).splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("case", sorted(CASES))
def test_table_is_the_golden_text(case: str, form: str) -> None:
    expected = (GOLDEN / f"{case}{ENDINGS[form]}").read_text(encoding="utf-8")
    assert FORMATS[form](CASES[case]()) == expected


def test_every_golden_table_has_a_case() -> None:
    found = {path.name for ending in ENDINGS.values() for path in GOLDEN.glob(f"*{ending}")}
    assert found == {f"{case}{ending}" for case in CASES for ending in ENDINGS.values()}


@pytest.mark.parametrize("case", sorted(CASES))
def test_all_rows_have_all_columns(case: str) -> None:
    table = CASES[case]()
    assert {len(row) for row in table.rows} == {len(table.columns)}
    body = [line for line in markdown(table).splitlines() if line.startswith("|")]
    assert len(body) == 2 + len(table.rows)
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in body} == {1 + len(table.columns)}
    lines = [line for line in csv_text(table).splitlines() if not line.startswith("#")]
    assert len({len(row) for row in csv.reader(lines)}) == 1


@pytest.mark.parametrize("case", sorted(CASES))
def test_latex_is_balanced_and_escaped(case: str) -> None:
    text = latex(CASES[case]())
    bare = re.sub(r"\\[\\_&%#${}]", "", re.sub(r"^%.*\n", "", text))
    assert "#" not in bare
    assert "%" not in bare
    depth = 0
    for letter in bare:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    formulas = bare.split("$")[1::2]
    outside = "".join(bare.split("$")[::2])
    assert "_" not in outside
    assert "^" not in outside
    assert all("&" not in formula for formula in formulas)
    begun = re.findall(r"\\begin\{(\w+)\}", text)
    assert begun == re.findall(r"\\end\{(\w+)\}", text)[::-1]
    rows = [line for line in text.splitlines() if line.endswith(r"\\") and "caption" not in line]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(CASES[case]().columns) - 1}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here: LaTeX is checked by its text alone")
def test_latex_compiles(tmp_path: Path) -> None:
    body = "\n\\clearpage\n".join(latex(make()) for make in CASES.values())
    (tmp_path / "all.tex").write_text(DOCUMENT.format(body), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]


def test_breakdown_has_the_numbers_of_the_fit() -> None:
    result = fit_result()
    rows = {row["uncertainty"]: row for row in rows_of(breakdown_table(result))}
    total = rows["value and total"]
    assert (total["m_t [GeV]"], total["m_t [GeV] error up"], total["m_t [GeV] error down"]) == ("171.5", "1.0", "1.0")
    assert rows["experiment"]["m_t [GeV]"] == "0.7"
    assert rows["PDF"]["m_t [GeV]"] == "0.23"
    correlated = rows["scale, energies correlated"]
    assert (correlated["m_t [GeV]"], correlated["m_t [GeV] error up"], correlated["m_t [GeV] error down"]) == (
        ("", "0.18", "0.19")
    )
    parts = result.parameters["m_t"].breakdown
    assert parts is not None
    written = {name.removeprefix("group "): float(row["m_t [GeV]"]) for name, row in rows.items() if "group" in name}
    for name, sigma in written.items():
        # one digit may be kept of 355: half a unit of 400
        assert sigma == pytest.approx(parts.groups[name], rel=0.15)
    assert next(iter(written)) == "modelling_ttbar"


def test_a_failed_fit_is_marked_before_its_numbers() -> None:
    for table in (breakdown_table(failed_result()), nuisance_table(failed_result())):
        for write in FORMATS.values():
            text = write(table)
            assert 0 < text.index("FIT FAILED") < text.index(table.rows[0][0].partition("_")[0])
            assert re.search(r"\bnan\b", text) is None


def test_missing_numbers_are_empty_in_csv_and_said_in_print() -> None:
    table = breakdown_table(failed_result())
    row = rows_of(table)[0]
    assert row["m_t [GeV] error down"] == ""
    assert float(row["m_t [GeV] error up"]) == pytest.approx(1.0)
    assert "n/a" in markdown(table)


def test_nuisances_come_with_the_largest_impact_first() -> None:
    result = fit_result()
    rows = rows_of(nuisance_table(result))
    assert len(rows) == len(result.nuisances) + len(result.interpolation_nuisances)
    impacts = np.abs([float(row["impact on m_t [GeV]"]) for row in rows])
    # two digits are kept of what is below 0.1: neighbours may be written alike, never the wrong way round by more
    assert np.all(np.diff(impacts) <= 0.05 * impacts[:-1])
    by_name = {nuisance.name: nuisance for nuisance in result.nuisances}
    for row in rows[:40]:
        nuisance = by_name.get(row["nuisance"])
        if nuisance is not None and nuisance.constraint:
            assert float(row["postfit"]) == pytest.approx(nuisance.value, abs=0.05)
            assert float(row["postfit error up"]) == pytest.approx(nuisance.constraint, rel=0.15)
    assert len(nuisance_table(result, 7).rows) == 7
    assert "The 7 of largest impact of" in " ".join(nuisance_table(result, 7).notes)


def test_frozen_nuisances_have_no_error() -> None:
    rows = {row["nuisance"]: row for row in rows_of(nuisance_table(cross_sections()))}
    assert rows["CMS_13TeV_frozen"]["postfit error up"] == "0"
    assert rows["CMS_13TeV_scale_j"]["largest impact [%]"] == "-2.12"
    assert rows["CMS_13TeV_scale_j"]["on"] == "rho_high"


def test_cross_sections_and_their_parts() -> None:
    rows = rows_of(cross_section_table(cross_sections()))
    assert [row["bin"] for row in rows] == ["0.00-0.45", "0.45-1.00", "0.0-0.5", "0.5-1.0"]
    assert (rows[0]["combined"], rows[0]["combined error up"]) == ("108", "6")
    assert (rows[1]["combined"], rows[1]["combined error up"]) == ("12.00", "0.35")
    assert rows[0]["unit"] == "pb per unit"
    assert float(rows[1]["statistical"]) == pytest.approx(0.10)
    assert float(rows[1]["systematic"]) == pytest.approx(np.sqrt(0.3549**2 - 0.1**2), abs=0.005)


def test_scenarios_are_compared_with_the_one_in_force() -> None:
    rows = rows_of(scenario_table(scenarios()))
    assert [float(row["shift [GeV]"] or "nan") for row in rows[:2]] == [0.0, pytest.approx(-0.0412, abs=5e-5)]
    assert rows[2]["m_t [GeV]"] == ""
    assert rows[1]["repair"] == "shrink 0.830"
    assert "strong: no fit, the matrix is not positive definite." in csv_text(scenario_table(scenarios()))


def test_notes_stay_comments_in_csv() -> None:
    table = Table("title\nsecond, line", [], [], ("a\nb",))
    assert all(line.startswith("#") or not line for line in csv_text(table).splitlines())
