"""Library and command line give the same numbers, to the last bit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ttjroofit as tr
from program import call
from synthetic import Small, make_measurement, small
from ttjroofit.library.workers import SilentWorkers
from ttjroofit.results.nuisance_correlation import read_nuisance_correlation
from ttjroofit.results.store import to_json
from ttjroofit.run.workers.here import Here

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
    "blinded": ("--blind sesame", lambda card: tr.fit(tr.load(card, blind="sesame"))),
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
    "goodness of fit of the full model": (
        "-M GoodnessOfFit --engine full",
        lambda card: tr.goodness_of_fit(card, engine="full"),
    ),
    "compatibility": ("-M Compatibility -t 200 -s 3", lambda card: tr.compatibility(card, toys=200, seed=3)),
    "compatibility, toys about the fit": (
        "-M Compatibility -t 50 --toysFrequentist",
        lambda card: tr.compatibility(card, toys=50, frequentist=True),
    ),
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

PARALLEL: dict[str, Callable[[Path, int], Any]] = {
    "compatibility": lambda card, parallel: tr.compatibility(card, toys=10, parallel=parallel),
    "contour": lambda card, parallel: tr.contour(card, "m_t,pdf_a", points=3, parallel=parallel),
    "coverage": lambda card, parallel: tr.coverage(card, 20, parallel=parallel),
    "fit_toys": lambda card, parallel: tr.fit_toys(card, 20, parallel=parallel),
    "goodness_of_fit": lambda card, parallel: tr.goodness_of_fit(card, toys=20, parallel=parallel),
    "scan": lambda card, parallel: tr.scan(card, points=3, parallel=parallel),
    "shift_statistics": lambda card, parallel: tr.shift_statistics(card, 20, parallel=parallel),
}

REAL: dict[str, tuple[str, Ask]] = {
    "fit": ("--correlations jes", lambda card: tr.fit(tr.load(card, correlations="jes"))),
    "cross sections": ("-M CrossSections", tr.cross_sections),
    "scan": ("-M MultiDimFit --algo grid --points 5", lambda card: tr.scan(card, points=5)),
}


def without_times(document: dict[str, Any]) -> dict[str, Any]:
    document.pop("timing_s", None)
    return document


def compare(
    card: Path, options: str, ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch, *, status: int = 0
) -> None:
    assert call(monkeypatch, card, *options.split(), "--no-plots", "-o", folder) == status
    program = without_times(json.loads((folder / "result.json").read_text(encoding="utf-8")))
    assert without_times(json.loads(to_json(ask(card)))) == program


@pytest.mark.parametrize("name", SMALL)
def test_small_card(name: str, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(card, *SMALL[name], tmp_path, monkeypatch)


@pytest.mark.parametrize("name", REAL)
def test_real_card(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(CARDS / "atlas_cms.txt", *REAL[name], tmp_path, monkeypatch)


def test_a_card_without_a_prediction(made: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = tmp_path / "card.txt"
    lines = [*(f"measurement {name} {made.folder / name}.yaml" for name in "AB"), "correlation jes A_s0 B_s1 0.5"]
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def ask(card: Path) -> Any:
        return tr.correlation_scan(card, points=2, chi2="pearson")

    compare(card, "-M CorrelationScan --points 2 --chi2 pearson", ask, tmp_path / "out", monkeypatch)


def test_errors_of_a_card_are_listed(
    made: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first of them used to be raised."""
    card = tmp_path / "card.txt"
    card.write_text(f"measurement A {made.folder / 'A.yaml'}\ncorrelation jes A_s7 A_s8 0.5\n")
    compare(card, "-M Validate", tr.validate, tmp_path / "out", monkeypatch, status=2)
    assert len(tr.validate(str(card)).errors) > 1
    with pytest.raises(tr.CardError, match="A_s7"):
        tr.validate(tr.read_card(card))
    capsys.readouterr()


def test_a_likelihood_that_is_not_positive_definite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two published fits that constrain nothing, tied; of a model it used to be passed over."""
    measurements = []
    for name in "AB":
        measurement = make_measurement(name, bins=2, sources=0, profiled=1)
        scale = np.array([1.0, 1.0, 2.0 / np.sqrt(measurement.covariance[2, 2])])
        measurements.append(replace(measurement, covariance=measurement.covariance * np.outer(scale, scale)))
        tr.write_measurement(measurements[-1], tmp_path)
    model = tr.load(small(tmp_path, *measurements).card("correlation tie A_p0 B_p0 -0.9"))
    with pytest.raises(tr.ModelError, match="not positive definite"):
        tr.validate(model)
    compare(tmp_path / "card.txt", "-M Validate", tr.validate, tmp_path / "out", monkeypatch, status=2)
    assert "not positive definite" in tr.validate(tmp_path / "card.txt").errors[0].message


def test_toys_of_a_file(card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, card, "-M", "GenerateOnly", "-t", 40, "-s", 5, "-o", tmp_path / "toys") == 0
    file = tmp_path / "toys" / "toys.root"
    asked: list[tuple[str, Ask]] = [
        ("-M GoodnessOfFit", lambda card: tr.goodness_of_fit(card, toys_file=file)),
        ("-M Compatibility -t 20", lambda card: tr.compatibility(card, toys=20, toys_file=file)),
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


def test_processes_change_nothing() -> None:
    """Real processes, with work that costs them no import of the models."""
    seeds = list(range(5))
    alone, shared = (
        SilentWorkers(processes).map(pow, 3, seeds, name="toys", sizes=[1] * len(seeds)) for processes in (0, 2)
    )
    assert alone == shared == [1, 3, 9, 27, 81]


@pytest.mark.parametrize("name", PARALLEL)
def test_work_is_given_to_processes(name: str, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that takes ``parallel``; without it the work is done here."""
    counts: list[int] = []

    class Asked(Here):
        def __init__(self, count: int) -> None:
            counts.append(count)

    monkeypatch.setattr("ttjroofit.library.workers.Processes", Asked)
    ask = PARALLEL[name]
    shared = without_times(json.loads(to_json(ask(card, 3))))
    assert counts == [3]
    assert without_times(json.loads(to_json(ask(card, 0)))) == shared
    assert counts == [3]


def test_the_correlation_of_nuisances_is_that_of_the_file(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, card, "-M", "CrossSections", "--no-plots", "-o", tmp_path) == 0
    written, given = read_nuisance_correlation(tmp_path / "nuisance_correlation.npz"), tr.nuisance_correlation(card)
    assert given.names == written.names
    assert given.matrix.tolist() == written.matrix.tolist()
