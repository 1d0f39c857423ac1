"""Laws of cross sections that several measurements share: ``combine`` lines, no prediction."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag

from combined import combine
from generated import Recipe, changed, lines, recipes
from synthetic import make_measurement, random_covariance
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.gaussian import Gaussian
from twin import FloatArray

# Condition numbers up to 1e4 after scaling to a unit diagonal: 1e4 eps, a few hundred operations.
ROUNDING = 1e-9

law = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**31 - 1)
counts = st.integers(1, 4)


def assert_same(found: Gaussian, mean: FloatArray, covariance: FloatArray, tolerance: float = ROUNDING) -> None:
    sigma = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((found.mean - mean) / sigma, 0.0, atol=tolerance)
    np.testing.assert_allclose((found.covariance - covariance) / np.outer(sigma, sigma), 0.0, atol=tolerance)


def copy(measurement: Measurement, name: str) -> Measurement:
    """The same measurement under another name, that of its bins and nuisances too."""
    old = measurement.name
    return changed(
        measurement,
        name=name,
        bins=tuple(bin_name.replace(old, name, 1) for bin_name in measurement.bins),
        profiled=tuple(nuisance.replace(old, name, 1) for nuisance in measurement.profiled),
        sources=tuple(nuisance.replace(old, name, 1) for nuisance in measurement.sources),
    )


def combined(folder: Path, *measurements: Measurement, ties: list[tuple[str, str, float]] | None = None) -> Gaussian:
    """Bins of the same number are the same cross section."""
    count = len(measurements[0].bins)
    common = [f"combine x{b} = {' '.join(m.bins[b] for m in measurements)}" for b in range(count)]
    combination = combine(folder, *common, *lines(ties or []), measurements=measurements)
    return eliminate(combination).reduced


@law
@given(seeds, counts, st.integers(2, 4))
def test_repetitions_with_common_systematics(folder: Path, seed: int, sources: int, times: int) -> None:
    """n times the same values, sources tied by +1: the statistical covariance over n, the systematic one as it is."""
    m = make_measurement("A", sources=sources, seed=seed)
    copies = [copy(m, "ABCD"[k]) for k in range(times)]
    ties = [(first, second, 1.0) for c in copies[1:] for first, second in zip(m.sources, c.sources, strict=True)]
    found = combined(folder, *copies, ties=ties)
    assert_same(found, m.values, m.covariance / times + m.shifts @ m.shifts.T)
    assert abs(found.chi2) < ROUNDING


@law
@given(seeds, counts)
def test_a_measurement_with_itself_is_itself(folder: Path, seed: int, sources: int) -> None:
    """All of its uncertainty in sources that are tied; what is left as independent is 1e-8 of the variance."""
    m = make_measurement("A", sources=sources, seed=seed)
    roots = np.linalg.cholesky(m.covariance)
    names = (*m.sources, *(f"A_stat{i}" for i in range(len(m.bins))))
    rest = 1e-8 * np.diag(np.diag(m.covariance))
    whole = changed(m, sources=names, shifts=np.c_[m.shifts, roots], covariance=rest)
    again = copy(whole, "B")
    ties = [(first, second, 1.0) for first, second in zip(whole.sources, again.sources, strict=True)]
    found = combined(folder, whole, again, ties=ties)
    # half of the rest is left; weights of 1e8 beside 1 make condition numbers of 1e9, and 1e9 eps = 2e-7
    assert_same(found, m.values, m.covariance + m.shifts @ m.shifts.T, tolerance=1e-5)
    assert abs(found.chi2) < ROUNDING


@law
@given(seeds, counts)
def test_two_halves_of_the_data_are_the_whole(folder: Path, seed: int, sources: int) -> None:
    """Twice the statistical covariance each, values apart by what chance does, common sources: the mean of the two."""
    rng = np.random.default_rng(seed)
    m = make_measurement("A", sources=sources, seed=seed)
    apart = np.linalg.cholesky(m.covariance) @ rng.normal(size=len(m.bins))
    first = replace(m, values=m.values + apart, covariance=2.0 * m.covariance)
    second = copy(replace(m, values=m.values - apart, covariance=2.0 * m.covariance), "B")
    ties = [(a, b, 1.0) for a, b in zip(first.sources, second.sources, strict=True)]
    found = combined(folder, first, second, ties=ties)
    assert_same(found, m.values, m.covariance + m.shifts @ m.shifts.T)
    expected = apart @ np.linalg.solve(m.covariance, apart)
    np.testing.assert_allclose(found.chi2, expected, rtol=ROUNDING, err_msg="chi2 of the difference: 2 apart in 4 V")


@law
@given(seeds, counts, st.integers(0, 3))
def test_several_measurements_are_one_with_a_block_covariance(
    folder: Path, seed: int, sources: int, profiled: int
) -> None:
    """Sources of two measurements tied by +1 are one source of the bins of both, one shift vector under the other."""
    rng = np.random.default_rng(seed)
    a = make_measurement("A", bins=3, sources=sources, profiled=profiled, seed=seed)
    b = make_measurement("B", bins=4, sources=sources, seed=seed + 1)
    signs = rng.choice([-1.0, 1.0], size=sources)
    ties = [(*pair, float(sign)) for pair, sign in zip(zip(a.sources, b.sources, strict=True), signs, strict=True)]
    apart = eliminate(combine(folder, *lines(ties), measurements=(a, b))).reduced
    covariance = block_diag(a.covariance, b.covariance)
    order = [*range(3), *range(3 + profiled, 7 + profiled), *range(3, 3 + profiled)]
    whole = changed(
        a,
        bins=(*a.bins, *b.bins),
        edges=np.arange(8.0),
        values=np.r_[a.values, b.values],
        covariance=covariance[np.ix_(order, order)],
        shifts=np.r_[a.shifts, signs * b.shifts],
    )
    together = eliminate(combine(folder, measurements=(whole,))).reduced
    assert_same(apart, together.mean, together.covariance)


@law
@given(recipes)
def test_measuring_again_never_enlarges(folder: Path, recipe: Recipe) -> None:
    """W of two measurements of the same cross sections is not below that of one, in any direction."""
    rng = recipe.rng()
    bins, sources, profiled = recipe.shapes[0]
    m = make_measurement("A", bins=bins, sources=sources, profiled=profiled, seed=recipe.seed % 2**31)
    other = copy(make_measurement("A", bins=bins, sources=sources, seed=recipe.seed % 2**31 + 1), "B")
    other = replace(other, covariance=random_covariance(rng, 0.05 * other.values))
    ties = [(m.sources[0], other.sources[0], float(rng.uniform(-0.9, 0.9)))]
    alone, both = combined(folder, m), combined(folder, m, other, ties=ties)
    sigma = np.sqrt(np.diag(alone.covariance))
    gained = np.linalg.eigvalsh((alone.covariance - both.covariance) / np.outer(sigma, sigma))
    assert gained[0] > -ROUNDING
    assert gained[-1] > 1e-3, "something was learnt"


@law
@given(seeds, st.floats(-0.95, 0.95))
def test_blue_of_two_numbers(folder: Path, seed: int, rho: float) -> None:
    """One bin, all uncertainty in sources of correlation rho: the textbook weights.

    L. Lyons, D. Gibaut, P. Clifford, Nucl. Instrum. Meth. A 270 (1988) 110, equations (3) and (4).
    """
    rng = np.random.default_rng(seed)
    x, (s1, s2) = 100.0 + rng.normal(size=2), rng.uniform(0.5, 2.0, size=2)
    rest = 1e-4
    parts = [
        changed(
            make_measurement(name, bins=1, sources=1),
            values=np.array([value]),
            covariance=np.array([[rest**2]]),
            shifts=np.array([[shift]]),
        )
        for name, value, shift in (("A", x[0], s1), ("B", x[1], s2))
    ]
    found = combined(folder, *parts, ties=[("A_s0", "B_s0", rho)])
    total = s1**2 + s2**2 - 2.0 * rho * s1 * s2
    weight = (s2**2 - rho * s1 * s2) / total
    # the rest adds 1e-8 to the variances; weights of 1e8 beside 1 make condition numbers of 1e9, and 1e9 eps = 2e-7
    mean, variance = weight * x[0] + (1.0 - weight) * x[1], (s1 * s2) ** 2 * (1.0 - rho**2) / total
    assert_same(found, np.array([mean]), np.array([[variance]]), tolerance=1e-5)
    np.testing.assert_allclose(found.chi2, (x[0] - x[1]) ** 2 / total, rtol=1e-5, atol=1e-5)
