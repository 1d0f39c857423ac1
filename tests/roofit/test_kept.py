"""Nuisances that are kept explicit in the reduced model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthetic import TIES, three_parts
from ttjroofit.errors import ModelError
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.posterior import posterior
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan, minimise
from ttjroofit.roofit.workspace import build_reduced, set_values

KEPT = ("A_p0", "B_s0", "interpolation_B_1")


def lines(ties: list[tuple[str, str, float]]) -> list[str]:
    return [f"correlation b {first} {second} {value}" for first, second, value in ties]


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES)
@pytest.mark.parametrize("held", ["A_p0", "B_s0", "interpolation_B_1"])
def test_holding_a_kept_nuisance_is_freezing_it(tmp_path: Path, ties: list[tuple[str, str, float]], held: str) -> None:
    """The profile over all else at a fixed nuisance is the parabola of its posterior, close to the minimum."""
    combination = three_parts(tmp_path).combine(*lines(ties))
    elimination = eliminate(combination)
    kept = reduce_likelihood(combination, elimination, KEPT)
    plain = reduce_likelihood(combination, elimination)
    best, without = find_minimum(kept), find_minimum(plain)
    np.testing.assert_allclose(best[: len(without)], without, rtol=1e-7, atol=1e-7)
    assert kept.chi2(best) == pytest.approx(plain.chi2(without), abs=1e-9)
    assert kept.ndf == plain.ndf
    after = posterior(combination, elimination, without)
    at = kept.parameters.position(held)
    sigma = after.sigma(held)
    assert best[at] == pytest.approx(after.values[after.names.index(held)], abs=1e-6)
    # a step far below sigma, so that only the second derivative matters: cubic terms are of relative size 1e-3
    step, start = 1e-3 * sigma, best.copy()
    start[at] += step
    problems = Problems(kept.mean[None], kept.precision, start[None], np.eye(len(best), dtype=bool)[[at]])
    minima = minimise_all(kept, problems)
    assert minima.converged[0]
    assert (minima.chi2[0] + kept.offset - kept.chi2(best)) / 1e-6 == pytest.approx(1.0, rel=2e-3)
    floating = Problems(kept.mean[None], kept.precision, best[None], np.zeros((1, len(best)), dtype=bool))
    assert minimise_all(kept, floating).sigma(at)[0] == pytest.approx(sigma, rel=1e-8)


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES)
def test_workspace_with_kept_nuisances(tmp_path: Path, ties: list[tuple[str, str, float]]) -> None:
    combination = three_parts(tmp_path).combine(*lines(ties))
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination, KEPT)
    best = find_minimum(likelihood)
    workspace = build_reduced(combination, elimination, KEPT)
    set_values(workspace, dict(zip(likelihood.parameters.names, best.tolist(), strict=True)))
    fitted = minimise(workspace, FitPlan(tolerance=FINE_TOLERANCE))
    assert fitted.status.good
    after = posterior(combination, elimination, best[: -len(KEPT)])
    for name in ("m_t", *KEPT):
        # Minuit2 stops at an EDM of 3e-8, 2e-4 sigma; HESSE is good to 1e-4
        assert fitted.value(name) == pytest.approx(after.values[after.names.index(name)], abs=3e-4 * after.sigma(name))
        assert fitted.sigma(name) == pytest.approx(after.sigma(name), rel=2e-4)


def test_unknown_and_frozen_names(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    with pytest.raises(ModelError, match=r"A_p9 is no floating nuisance.*A_p0"):
        reduce_likelihood(combination, eliminate(combination), ["A_p9"])
