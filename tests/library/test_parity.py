"""Library and command line give the same numbers, to the last bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ttjroofit as tr
from program import call
from ttjroofit.results.nuisance_correlation import read_nuisance_correlation
from ttjroofit.results.store import to_json

CARDS = Path(__file__).parents[2] / "cards"

Ask = Callable[[Path], Any]

SMALL: dict[str, tuple[str, Ask]] = {
    "fit": ("", tr.fit),
    "fit of the full model": ("--engine full", lambda card: tr.fit(card, engine="full")),
    "fit by simplex": ("--minimizer Minuit2,simplex", lambda card: tr.fit(card, minimizer="Minuit2,simplex")),
    "Pearson": ("--chi2 pearson", lambda card: tr.fit(card, chi2="pearson")),
    "choices": (
        "--measurements A,B --correlations none --pulls zero --split measurement --setParameters m_t_B=171,A_s1=0.5 "
        "--setParameterRanges m_t_A=160,185 --freezeParameters A_s1,rgx{B_s[12]} --freezeNuisanceGroups theory_pdf",
        lambda card: tr.fit(
            tr.load(
                card,
                measurements=["A", "B"],
                correlations="none",
                pulls="zero",
                split="measurement",
                set_parameters={"m_t_B": 171, "A_s1": 0.5},
                ranges={"m_t_A": (160, 185)},
                freeze_parameters="A_s1,rgx{B_s[12]}",
                freeze_groups=["theory_pdf"],
            )
        ),
    ),
    "Asimov": (
        "-t -1 --setParameters m_t=173",
        lambda card: tr.fit(tr.load(card, asimov=True, set_parameters={"m_t": 173.0})),
    ),
    "settings": (
        "--setStatements interpolation=1",
        lambda card: tr.fit(tr.read_card(card, settings={"interpolation": 1})),
    ),
    "toy fits": ("-t 300 -s 7", lambda card: tr.fit_toys(card, 300, seed=7)),
    "impacts": ("-M Impacts", tr.impacts),
    "impacts by refits": (
        "-M Impacts --approx none --named *_s0",
        lambda card: tr.impacts(card, named="*_s0", approx="none"),
    ),
    "intervals": (
        "-M MultiDimFit --algo singles -P m_t -P A_s0",
        lambda card: tr.intervals(card, ["m_t", "A_s0"]),
    ),
    "scan": (
        "-M MultiDimFit --algo grid -P m_t --points 8 --breakdown theory,syst,stat --setParameterRanges m_t=165,178",
        lambda card: tr.scan(card, "m_t", points=8, breakdown=["theory", "syst", "stat"], ranges={"m_t": (165, 178)}),
    ),
    "part of a scan of two": (
        "-M MultiDimFit --algo grid -P m_t -P pdf_a --gridPoints 3,4 --alignEdges 1 --autoRange 2 --firstPoint 2 "
        "--lastPoint 7 --fastScan",
        lambda card: tr.scan(
            card,
            "m_t,pdf_a",
            grid_points=[3, 4],
            align_edges=True,
            auto_range=2,
            first_point=2,
            last_point=7,
            fast=True,
        ),
    ),
    "curves": (
        "-M MultiDimFit --algo grid --points 4 --curves pdf_a=-1,1",
        lambda card: tr.scan(card, points=4, curves=("pdf_a", [-1, 1])),
    ),
    "contour": (
        "-M MultiDimFit --algo contour2d --split measurement --points 6",
        lambda card: tr.contour(tr.load(card, split="measurement"), points=6),
    ),
    "goodness of fit": (
        "-M GoodnessOfFit -t 300 --toysFrequentist",
        lambda card: tr.goodness_of_fit(card, toys=300, frequentist=True),
    ),
    "compatibility": ("-M Compatibility -t 200 -s 3", lambda card: tr.compatibility(card, toys=200, seed=3)),
    "coverage": ("-M Coverage -t 300", lambda card: tr.coverage(card, 300)),
    "statistics of shifts": ("-M ShiftStatistics -t 50", lambda card: tr.shift_statistics(card, 50)),
    "cross sections": ("-M CrossSections", tr.cross_sections),
    "cross sections, Pearson": (
        "-M CrossSections --chi2 pearson",
        lambda card: tr.cross_sections(card, chi2="pearson"),
    ),
    "correlations": ("-M CorrelationScan --points 3", lambda card: tr.correlation_scan(card, points=3)),
    "validation": ("-M Validate", tr.validate),
}

REAL: dict[str, tuple[str, Ask]] = {
    "fit": ("--correlations jes", lambda card: tr.fit(tr.load(card, correlations="jes"))),
    "cross sections": ("-M CrossSections", tr.cross_sections),
    "scan": ("-M MultiDimFit --algo grid --points 5", lambda card: tr.scan(card, points=5)),
}


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    document.pop("timing_s", None)
    return document


def compare(card: Path, options: str, ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, card, *options.split(), "--no-plots", "-o", folder) == 0
    program = without_times(json.loads((folder / "result.json").read_text(encoding="utf-8")))
    assert without_times(json.loads(to_json(ask(card)))) == program


@pytest.mark.parametrize("name", SMALL)
def test_small_card(name: str, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(card, *SMALL[name], tmp_path, monkeypatch)


@pytest.mark.parametrize("name", REAL)
def test_real_card(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(CARDS / "atlas_cms.txt", *REAL[name], tmp_path, monkeypatch)


def test_toys_of_a_file(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, card, "-M", "GenerateOnly", "-t", 40, "-s", 5, "-o", tmp_path / "toys") == 0
    file = tmp_path / "toys" / "toys.root"
    asked: list[tuple[str, Ask]] = [
        ("-M GoodnessOfFit", lambda card: tr.goodness_of_fit(card, toys_file=file)),
        ("-M Fit -t 20", lambda card: tr.fit_toys(card, 20, toys_file=str(file))),
    ]
    for options, ask in asked:
        compare(card, f"{options} --toysFile {file}", ask, tmp_path, monkeypatch)


def test_report(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it but the text of the card, which names the call that made it."""
    assert call(monkeypatch, card, "-M", "Report", "--points", 5, "--no-plots", "-o", tmp_path) == 0
    documents = [json.loads((tmp_path / "result.json").read_text()), json.loads(to_json(tr.report(card, points=5)))]
    for document in documents:
        assert "measurement A" in document.pop("card_text")
        for part in (document, *(part for part in document.values() if isinstance(part, dict))):
            part.pop("timing_s", None)
    assert documents[0] == documents[1]


def test_processes_change_nothing(card: Path) -> None:
    alone, shared = (tr.fit_toys(card, 4001, seed=11, parallel=processes) for processes in (0, 2))
    assert alone.masses == shared.masses
    assert alone.chi2_toys == shared.chi2_toys


def test_the_correlation_of_nuisances_is_that_of_the_file(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, card, "-M", "CrossSections", "--no-plots", "-o", tmp_path) == 0
    written, given = read_nuisance_correlation(tmp_path / "nuisance_correlation.npz"), tr.nuisance_correlation(card)
    assert given.names == written.names
    assert given.matrix.tolist() == written.matrix.tolist()
