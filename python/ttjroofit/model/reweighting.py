"""Statistical variances in proportion to the fitted expectation instead of the measured values, for fits of masses.

For a measurement with covariance V over (bins, profiled nuisances), G = V_bt V_tt^-1 and C = V_bb - G V_tb, the
covariance of its bins with all nuisances fixed. Let mu be the expectation of the bins at the minimum, given the
auxiliary observables: prediction, interpolation, sources, and G (theta_hat - theta). Then C_bb' becomes
C_bb' sqrt(mu_b / xhat_b mu_b' / xhat_b'), and G and V_tt stay. Each fit holds these variances, the next one takes those
of its minimum, until mu stands still. Where it does, the slope of chi2 without the derivative of the variances is zero:
the quasi-score equations of counts (R. W. M. Wedderburn, Biometrika 61 (1974) 439). Pearson's full form
(``model/curved.py``) has the derivative of the variances too, which pulls the result upwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ttjroofit.errors import FitError, InputError, Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import regression
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, design, eliminate
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.tangent import make_tangent
from ttjroofit.model.toys import Truth, truth_after

__all__ = ["expectation", "reweighted"]

SETTLED = 1e-10
"""Largest relative change of an expected cross section at the fixed point."""

LIMIT = 100
"""Fits at most; ``cards/atlas_cms.txt`` takes 11, ``cards/atlas8.txt`` 18."""


def reweighted(combination: Combination) -> Combination:
    """The combination with variances in proportion to the expectation at its own minimum.

    Raises:
        InputError: if an observed cross section is not positive.
        FitError: if the expectation becomes negative, or does not settle.
    """
    for measurement in combination.measurements:
        _require_positive(measurement, combination.observed[measurement.name])
    changed, values = combination, None
    expected: dict[str, FloatArray] = {}
    for _ in range(LIMIT):
        elimination = eliminate(changed)
        minimum = _minimum(changed, elimination, values)
        values, before = minimum.values, expected
        expected = expectation(changed, elimination, minimum)
        if before and all(np.max(np.abs(expected[k] / before[k] - 1.0)) < SETTLED for k in before):
            return changed
        changed = _with_variances(combination, expected)
    raise FitError(f"--chi2 pearson: the expected cross sections do not settle in {LIMIT} fits; use --chi2 neyman")


def expectation(combination: Combination, elimination: Elimination, at: Truth) -> dict[str, FloatArray]:
    """Expectation of the bins of each measurement, given the auxiliary observables; shapes (bins,).

    Args:
        combination: with its prediction.
        elimination: of the combination.
        at: values of all parameters.
    """
    theory = theory_of(combination)
    x = theory.spectrum.value(at.values) + theory.interpolation @ at.eta
    z = np.concatenate([x, combination.starts])
    z[len(x) + elimination.floating] = at.phi
    found = {}
    for measurement in combination.measurements:
        count, rows = len(measurement.bins), design(combination, measurement)
        gain, _ = _split(measurement)
        pulled = combination.observed[measurement.name][count:] - rows[count:] @ z
        found[measurement.name] = np.asarray(rows[:count] @ z + gain @ pulled)
    return found


def _minimum(combination: Combination, elimination: Elimination, start: FloatArray | None) -> Truth:
    """All parameters at the minimum, to the last digits."""
    likelihood = reduce_likelihood(combination, elimination)
    near = find_minimum(likelihood) if start is None else start
    held = np.zeros((1, len(near)), dtype=bool)
    minima = minimise_all(likelihood, Problems(likelihood.mean[None], likelihood.precision, near[None], held))
    if not minima.converged[0]:
        raise FitError("--chi2 pearson: the minimum is not found; use --chi2 neyman")
    after = make_tangent(combination, elimination, likelihood, minima.values[0]).after
    return truth_after(combination, after, minima.values[0])


def _with_variances(combination: Combination, expected: Mapping[str, FloatArray]) -> Combination:
    measurements = []
    for measurement in combination.measurements:
        count, mu = len(measurement.bins), expected[measurement.name]
        worst = int(np.argmin(mu))
        if mu[worst] <= 0:
            raise FitError(
                f"--chi2 pearson: {measurement.bins[worst]} is expected at {mu[worst]:g}, but a variance that follows "
                "the expectation needs positive ones; use --chi2 neyman"
            )
        _, fixed = _split(measurement)
        scale = np.sqrt(mu / combination.observed[measurement.name][:count])
        covariance = measurement.covariance.copy()
        covariance[:count, :count] += fixed * (np.outer(scale, scale) - 1.0)
        measurements.append(replace(measurement, covariance=covariance))
    return replace(combination, measurements=tuple(measurements))


def _split(measurement: Measurement) -> tuple[FloatArray, FloatArray]:
    """G, shape (b, p), and the covariance of the bins with the profiled nuisances fixed, shape (b, b)."""
    count, covariance = len(measurement.bins), measurement.covariance
    gain = regression(covariance, count)
    fixed = covariance[:count, :count] - gain @ covariance[count:, :count]
    return gain, (fixed + fixed.T) / 2.0


def _require_positive(measurement: Measurement, observed: FloatArray) -> None:
    worst = int(np.argmin(observed[: len(measurement.bins)]))
    if observed[worst] <= 0:
        raise InputError(
            f"--chi2 pearson: {measurement.bins[worst]} is {observed[worst]:g}, but a variance that follows the value "
            "needs positive ones; use --chi2 neyman",
            Place(measurement.path),
        )
