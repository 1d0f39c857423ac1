"""The vectorised expansion of the spectrum against its slow twin, ``Spectrum.jet``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthetic import scaled, three_parts
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.expansion import expand
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all


def points(start: np.ndarray, steps: np.ndarray, count: int) -> np.ndarray:
    return np.asarray(start + steps * np.random.default_rng(5).standard_normal((count, len(start))))


@pytest.mark.parametrize("line", ["interpolation 1", "interpolation 2", "interpolation 3", "pdf additive"])
@pytest.mark.parametrize("linear", [False, True])
def test_equals_the_jet(tmp_path: Path, line: str, linear: bool) -> None:
    theory = theory_of(three_parts(tmp_path).combine(line))
    spectrum = scaled(theory.spectrum, {"B": np.array([0.9, 1.0, 1.1, 1.2])})
    start = theory.parameters.start
    rng = np.random.default_rng(6)
    bins = len(spectrum.value(start))
    if linear:
        spectrum = replace(spectrum, linear=rng.standard_normal((bins, len(start))))
    values = points(start, np.array([item.step for item in theory.parameters.items]), 9)
    force = rng.standard_normal((bins, len(values)))
    fast, slow = expand(spectrum, values), spectrum.jet(values)
    np.testing.assert_allclose(fast.value.T, slow.value, rtol=1e-12)
    # sums of a dozen terms that cancel in part: a few roundings of the largest
    np.testing.assert_allclose(
        np.moveaxis(fast.first, -1, 0), slow.first, rtol=1e-11, atol=1e-12 * np.max(np.abs(slow.first))
    )
    curvature = np.einsum("bt,tbpq->tpq", force, slow.second)
    np.testing.assert_allclose(fast.curvature(force), curvature, rtol=1e-10, atol=1e-12 * np.max(np.abs(curvature)))


def test_newton_finds_what_trust_region_finds(tmp_path: Path) -> None:
    """Toys with shared and with their own precisions, own prior centres and held parameters."""
    combination = three_parts(tmp_path).combine()
    likelihood = reduce_likelihood(combination, eliminate(combination))
    best = find_minimum(likelihood)
    rng, count = np.random.default_rng(7), 12
    root = np.linalg.cholesky(likelihood.covariance)
    means = likelihood.spectrum.value(best) + rng.standard_normal((count, len(root))) @ root.T
    constrained = np.diag(likelihood.prior.precision) > 0.0
    centres = rng.standard_normal((count, len(best))) * constrained
    held = np.zeros((count, len(best)), dtype=bool)
    held[::3, 0] = True
    start = np.tile(best, (count, 1))
    start[::3, 0] = 170.0
    shared = minimise_all(likelihood, Problems(means, likelihood.precision, start, held, centres))
    own = minimise_all(likelihood, Problems(means, np.tile(likelihood.precision, (count, 1, 1)), start, held, centres))
    assert shared.converged.all()
    np.testing.assert_allclose(shared.values, own.values, rtol=1e-9, atol=1e-9)
    for i in range(count):
        items = tuple(
            replace(item, start=float(start[i, p]), frozen=bool(held[i, p]))
            for p, item in enumerate(likelihood.parameters.items)
        )
        single = replace(
            likelihood,
            mean=means[i],
            parameters=replace(likelihood.parameters, items=items),
            prior=replace(likelihood.prior, mean=centres[i]),
        )
        slow = find_minimum(single)
        # least squares stops at gradients of 1e-12: 1e-6 sigma
        np.testing.assert_allclose(shared.values[i], slow, rtol=1e-7, atol=1e-6)
        assert shared.chi2[i] + likelihood.offset == pytest.approx(single.chi2(slow), rel=1e-9)


def test_hessian_is_the_second_derivative(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    likelihood = reduce_likelihood(combination, eliminate(combination))
    best = find_minimum(likelihood)
    hold = np.zeros((1, len(best)), dtype=bool)
    hessian = minimise_all(likelihood, Problems(likelihood.mean[None], likelihood.precision, best[None], hold)).hessian[
        0
    ]
    sigma = np.sqrt(np.diag(np.linalg.inv(hessian)))
    step = 0.01 * sigma
    for p in range(len(best)):
        move = np.eye(len(best))[p] * step
        numeric = (likelihood.chi2(best + move) - 2 * likelihood.chi2(best) + likelihood.chi2(best - move)) / step[
            p
        ] ** 2
        # rounding of chi2, 1e-14 / step^2, and fourth-order terms, 1e-4 of the second
        assert hessian[p, p] == pytest.approx(numeric / 2.0, rel=1e-3)


def test_a_start_far_away_is_rescued(tmp_path: Path) -> None:
    """Newton's method alone leaves the range of the mass here, or ends on no minimum."""
    combination = three_parts(tmp_path).combine("interpolation 3")
    likelihood = reduce_likelihood(combination, eliminate(combination))
    best = find_minimum(likelihood)
    starts = np.tile(best, (40, 1))
    starts[:, 0] = np.linspace(150.0, 195.0, 40)
    starts[:, -3:] = np.random.default_rng(3).uniform(-5.0, 5.0, (40, 3))
    hold = np.zeros(starts.shape, dtype=bool)
    minima = minimise_all(likelihood, Problems(np.tile(likelihood.mean, (40, 1)), likelihood.precision, starts, hold))
    items = likelihood.parameters.items
    assert minima.converged.all()
    assert np.all(minima.values >= [item.low for item in items])
    assert np.all(minima.values <= [item.high for item in items])
    at_best = np.abs(minima.values[:, 0] - best[0]) < 1e-5
    assert np.count_nonzero(at_best) > 30
