"""The HTML report: what it holds, that nothing of a card runs in it, that it needs nothing else."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

import pytest
from example_results import failed_result

from reported import HOSTILE, hostile, page_of, plain_page, read_page, report
from ttjroofit.results.report import SkippedPart
from ttjroofit.show.report.figures import describe, report_figures
from ttjroofit.show.report.image import image_source
from ttjroofit.show.report.page import report_page
from ttjroofit.show.report.table import number, quantity
from ttjroofit.show.scan_figures import scan_figures

SECTIONS = ["summary", "inputs", "model", "results", "consistency", "breakdown", "nuisances", "status", "card"]


def test_sections_stand_in_order_and_in_the_navigation() -> None:
    page = page_of(False)
    assert [attributes["id"] for attributes in page.of("h2")] == SECTIONS
    targets = [attributes["href"] for attributes in page.of("a")]
    assert targets == ["#summary", *(f"#{name}" for name in SECTIONS)]


def test_headline_is_the_mass_of_the_fit() -> None:
    fit = report().fit
    assert fit is not None
    mass = fit.parameters["m_t"]
    assert mass.minos is not None
    assert mass.minos.hi is not None
    assert f"m_t = {mass.value:.2f} +{mass.minos.hi:.2f}" in page_of(False).text
    row = page_of(False).tables["masses"][1]
    assert row[:2] == ["m_t", f"{mass.value:.3f}"]


def test_quality_of_the_prediction_stands_before_any_mass() -> None:
    text = page_of(False).text
    assert 0 < text.index(report().validation.quality[0]) < text.index("m_t = ")


def test_table_of_nuisances_holds_all_of_them_with_their_numbers() -> None:
    fit, impacts = report().fit, report().impacts
    assert fit is not None
    assert impacts is not None
    header, *rows = page_of(False).tables["nuisances"]
    assert header[-3:] == [
        "Impact +\u03c3 on m_t [GeV]",
        "Impact \u2212\u03c3 on m_t [GeV]",
        "Global impact on m_t [GeV]",
    ]
    everything = [*fit.nuisances, *fit.interpolation_nuisances]
    assert sorted(row[0] for row in rows) == sorted(nuisance.name for nuisance in everything)
    ranked = [row[0] for row in rows]
    assert ranked[0] == max(everything, key=lambda nuisance: abs(nuisance.impact["m_t"])).name
    exact = next(parameter for parameter in impacts.parameters if parameter.name == ranked[0])
    low, value, high = exact.values["m_t"]
    assert low is not None
    assert high is not None
    assert rows[0][-3:] == [f"{high - value:.3f}", f"{low - value:.3f}", f"{exact.global_impact['m_t']:.3f}"]


def test_correlations_show_what_is_stated_and_what_is_used() -> None:
    header, *rows = page_of(False).tables["correlations"]
    assert header == ["Nuisance", "with", "Block", "Stated", "Low", "High", "Used", "Line of the card"]
    stated = report().model.correlations
    assert len(rows) == len(stated) > 10
    first = stated[0]
    numbers = [f"{value:.2f}" for value in (first.nominal, first.low, first.high)]
    assert rows[0] == [*first.nuisances, first.block, *numbers, f"{first.used:.3f}", first.place]
    assert re.fullmatch(r"\w+\.txt:\d+", first.place)


def test_all_bins_groups_scenarios_and_the_card_are_there() -> None:
    page, result = page_of(False), report()
    assert [row[0] for row in page.tables["bins"][1:]] == result.cross_sections.measured_bins
    assert {row[0]: int(row[1]) for row in page.tables["groups"][1:]} == result.validation.groups
    names = [row[0].removesuffix(" (in force)") for row in page.tables["scenarios"][1:]]
    assert names == [scenario.name for scenario in result.scenarios]
    assert result.card_text.strip() in page.text
    references = [row[-1] for row in page.tables["measurements"][1:]]
    assert all(m.reference in text for m, text in zip(result.validation.measurements, references, strict=True))


def test_rows_are_as_long_as_their_header_and_led_by_a_header_cell() -> None:
    for name, rows in page_of(False).tables.items():
        assert {len(row) for row in rows} == {len(rows[0])}, name
        assert all(header for header in rows[0]), name
    scopes = [attributes["scope"] for attributes in page_of(False).of("th")]
    rows_in_all = sum(len(rows) - 1 for rows in page_of(False).tables.values())
    assert scopes.count("row") == rows_in_all
    assert scopes.count("col") == len(scopes) - rows_in_all


def test_each_identifier_is_there_once_and_each_reference_has_one() -> None:
    page = page_of(True)
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(names)) == len(names)
    pointers = [attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes]
    pointers += [attributes["for"] for attributes in page.of("label")]
    assert set(pointers) <= set(names)


def test_every_figure_is_an_image_with_a_description() -> None:
    figures = report_figures(report())
    images = list(page_of(True).of("img"))
    assert len(images) == len(figures) > 15
    descriptions = {describe(stem).alternative for stem in figures}
    assert {image["alt"] for image in images} == descriptions
    for image in images:
        source = image["src"] or ""
        assert source.startswith("data:image/svg+xml;base64,")
        assert b"<svg" in b64decode(source.partition(",")[2])[:1000]


def test_page_without_figures() -> None:
    assert list(page_of(False).of("img")) == []


def test_page_is_small_enough_to_send() -> None:
    assert len(plain_page()) < 15e6


def test_page_is_the_same_twice() -> None:
    scan = report().scan
    assert scan is not None
    first, again = (image_source(scan_figures(scan)["scan"]) for _ in range(2))
    assert first == again
    assert first in plain_page()
    assert report_page(report(), figures=False) == report_page(report(), figures=False)


def test_page_asks_for_nothing_outside_itself() -> None:
    for _, attributes in page_of(True).tags:
        for name in ("src", "href", "srcset", "action", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/svg+xml;base64,"))
    assert "@import" not in plain_page()
    assert "url(" not in plain_page()


def test_policy_names_the_script_and_the_style_of_the_page_by_their_hashes() -> None:
    policy = next(tag for tag in page_of(False).of("meta") if "http-equiv" in tag)["content"] or ""
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for kind, element in (("style", "style"), ("script", "script")):
        content = re.findall(rf"<{element}>(.*?)</{element}>", plain_page(), re.DOTALL)
        assert len(content) == 1
        digest = b64encode(sha256(content[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_script_is_short() -> None:
    """Plain and ours: a page that is opened in ten years must not lean on a library of today."""
    assert len(files("ttjroofit.show.report").joinpath("report.js").read_text(encoding="utf-8").splitlines()) < 100


def test_hostile_names_stay_text() -> None:
    poisoned = hostile(report())
    page, plain = read_page(report_page(poisoned, figures=False)), page_of(False)
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [set(attributes) for _, attributes in page.tags] == [set(attributes) for _, attributes in plain.tags]
    assert page.text.count(HOSTILE) > 1000
    for row, harmless in zip(page.tables["nuisances"][1:], plain.tables["nuisances"][1:], strict=True):
        assert row[:2] == [f"{name}{HOSTILE}" for name in harmless[:2]]


def test_failed_fit_is_marked_before_any_number() -> None:
    text = read_page(report_page(replace(report(), fit=failed_result(), impacts=None), figures=False)).text
    assert 0 < text.index("FIT FAILED (fit: migrad 4, hesse 302, covariance quality 1 of 3)") < text.index("m_t = ")


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ({"asimov": True}, "Asimov data set"),
        ({"pulls": "zero"}, "Values of profiled nuisances set to zero"),
    ],
)
def test_data_that_are_none_are_marked(change: dict[str, object], mark: str) -> None:
    result = replace(report(), model=replace(report().model, **change))  # type: ignore[arg-type]
    assert next(page_of(False).of("ul")).get("class") is None
    page = read_page(report_page(result, figures=False))
    assert next(page.of("ul"))["class"] == "warnings"
    assert page.text.index(mark) < page.text.index("m_t = ")


def test_blinded_masses_are_marked() -> None:
    fit = report().fit
    assert fit is not None
    text = read_page(report_page(replace(report(), fit=replace(fit, blinded=True)), figures=False)).text
    assert 0 < text.index("BLINDED") < text.index("m_t = ")
    assert "BLINDED" not in page_of(False).text


def test_combination_without_a_prediction_has_its_nuisances_and_no_mass() -> None:
    skipped = [SkippedPart("fit", "no prediction")]
    bare = replace(
        report(), fit=None, impacts=None, compatibility=None, scan=None, scenarios=[], skipped=skipped,
        model=replace(report().model, masses={}),
    )  # fmt: skip
    page = read_page(report_page(bare))
    assert {"masses", "parameters", "breakdown-1"}.isdisjoint(page.tables)
    assert len(page.tables["nuisances"]) == 1 + len(bare.cross_sections.nuisances)
    assert page.tables["skipped"][1] == ["fit", "no prediction"]
    assert len(list(page.of("img"))) == 4
    assert "consistency" not in [attributes["id"] for attributes in page.of("h2")]


def test_part_that_failed_makes_the_report_bad() -> None:
    assert report().good
    assert replace(report(), skipped=[SkippedPart("scan", "one mass only")]).good
    failed = replace(report(), skipped=[SkippedPart("scan", "no minimum", failed=True)])
    assert not failed.good
    assert "FIT FAILED (scan): no minimum" in read_page(report_page(failed, figures=False)).text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (23567.8, 4, "23568"),
        (116.0, 4, "116.0"),
        (1.68612, 4, "1.686"),
        (-0.60064, 3, "-0.601"),
        (0.0, 4, "0.000"),
        (1.5e-9, 3, "1.50e-09"),
        (float("nan"), 4, "n/a"),
    ],
)
def test_quantities_are_written_without_powers_of_ten(value: float, digits: int, text: str) -> None:
    assert quantity(value, digits).text == text


def test_cells_sort_by_all_digits() -> None:
    assert number(0.12345).key == 0.12345
    assert number(0.12345).text == "0.12"
    assert number(float("nan")).key is None
    assert number(None, text="not run").text == "not run"
