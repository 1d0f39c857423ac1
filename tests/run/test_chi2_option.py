"""``--chi2 pearson`` of ``-M Fit``."""

from __future__ import annotations

from pathlib import Path

import pytest

from program import call
from ttjroofit.card.parser import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.reweighting import reweighted
from ttjroofit.results.fit import FitResult
from ttjroofit.results.store import read_result

CARD = Path(__file__).parents[2] / "cards" / "atlas8.txt"


def fit(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> FitResult:
    assert call(monkeypatch, CARD, "--no-plots", *options, "-o", folder) == 0
    return read_result(FitResult, folder / "result.json")


def test_both_forms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fit(monkeypatch, tmp_path / "plain")
    reduced, full = (
        fit(monkeypatch, tmp_path / engine, "--chi2", "pearson", "--engine", engine) for engine in ("reduced", "full")
    )
    assert (plain.chi2_form, reduced.chi2_form, full.chi2_form) == ("neyman", "pearson", "pearson")
    assert "Pearson" in (tmp_path / "full" / "summary.txt").read_text(encoding="utf-8")
    assert "Pearson" not in (tmp_path / "plain" / "summary.txt").read_text(encoding="utf-8")
    combination = load_combination(read_card(CARD))
    for model, results in ((combination, [plain]), (reweighted(combination), [reduced, full])):
        likelihood = reduce_likelihood(model, eliminate(model))
        values = find_minimum(likelihood)
        for result in results:
            # Minuit2 stops at an EDM of 3e-8: 2e-4 sigma
            sigma = result.masses["m_t"].hesse or 0.0
            assert result.masses["m_t"].value == pytest.approx(float(values[0]), abs=2e-4 * sigma)
            assert result.goodness_of_fit.chi2 == pytest.approx(likelihood.chi2(values), abs=1e-6)
    assert abs(plain.masses["m_t"].value - reduced.masses["m_t"].value) > 0.01


def test_pearson_has_no_toys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARD, "--chi2", "pearson", "-t", "10", "-o", tmp_path / "out") == 2
    assert "--chi2 pearson: toys are fitted with the published variances; leave out -t" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
