"""How many digits the elimination keeps, and who is to blame when they are too few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import regression
from ttjroofit.model.combination import Combination
from ttjroofit.model.gaussian import Gaussian, Indices, Information

__all__ = ["WORST_CONDITION", "condition_number", "well_conditioned"]

WORST_CONDITION = 1e11
"""Condition number of the scaled Hessian above which a combination is refused: double precision has 16 digits, and one
is lost for each power of ten, so that covariances are known to 1e-5 or better."""

CARRIED = 0.05
"""Share of an eigenvector above which a component is named."""

SHOWN = 6
"""Names in a message at most."""


def well_conditioned(combination: Combination, information: Information, floating: Indices) -> Gaussian:
    """The Gaussian of a combination, if double precision is enough for it.

    Args:
        combination: measurements and prior.
        information: over the cross sections and the floating prior parameters, shape (d,).
        floating: positions among the prior parameters of those.

    Raises:
        ModelError: the Hessian is not positive definite, or nearly singular; then by the names that carry it.
    """
    try:
        joint = information.gaussian()
    except ModelError:
        values, vectors = np.linalg.eigh(_scaled(information.hessian))
        if values[0] < -values[-1] / WORST_CONDITION:
            raise
        raise _nearly_singular(combination, vectors[:, 0], floating, np.inf) from None
    condition = condition_number(information.hessian, joint.covariance)
    if condition > WORST_CONDITION:
        _, vectors = np.linalg.eigh(_scaled(information.hessian))
        raise _nearly_singular(combination, vectors[:, 0], floating, condition)
    return joint


def condition_number(hessian: FloatArray, inverse: FloatArray) -> float:
    """Of the Hessian scaled to a unit diagonal, in the 1-norm: at least that of the eigenvalues, at most d times it.

    Args:
        hessian: shape (d, d), positive definite.
        inverse: of it.
    """
    scale = np.sqrt(np.diag(hessian))
    unit = np.outer(scale, scale)
    return float(np.linalg.norm(hessian / unit, 1) * np.linalg.norm(inverse * unit, 1))


def _scaled(hessian: FloatArray) -> FloatArray:
    scale = np.sqrt(np.abs(np.diag(hessian)))
    scale[scale == 0.0] = 1.0
    return np.asarray(hessian / np.outer(scale, scale))


def _nearly_singular(combination: Combination, vector: FloatArray, floating: Indices, condition: float) -> ModelError:
    """The error, by the measurement that is too precise in some direction, else by the nuisances in ``vector``."""
    number = f"the combination is nearly singular (condition number {condition:.2g}, at most {WORST_CONDITION:.0e})"
    smallest, measurement, bins = min(map(_most_precise, combination.measurements), key=lambda found: found[0])
    if smallest < len(vector) / WORST_CONDITION:
        return ModelError(
            f"{number}: the statistical covariance of {measurement} has a direction with {smallest:.2g} of the total "
            f"variance, carried by {', '.join(bins)}. Give these bins the statistical uncertainty that they have; of a "
            "normalised distribution leave out one bin, which follows from the others"
        )
    prior = combination.prior
    carriers = _carriers([*combination.truths, *(prior.parameters[i] for i in floating)], vector)
    free = [name for name, is_free in zip(prior.parameters, prior.free.tolist(), strict=True) if is_free]
    if set(carriers).intersection(free):
        cure = "Give what has no prior one, or combine its bins with a measurement that tells them apart"
    else:
        cure = "Lower their stated correlations or state exactly 1"
    return ModelError(f"{number}: {', '.join(carriers)} move together almost freely. {cure}")


def _most_precise(measurement: Measurement) -> tuple[float, str, list[str]]:
    """Smallest statistical variance of any direction of the bins, in units of their total uncertainties.

    Returns:
        The variance, the name of the measurement, and the bins that carry the direction.
    """
    bins, covariance = len(measurement.bins), measurement.covariance
    total = np.sqrt(np.diag(covariance)[:bins] + np.sum(measurement.shifts**2, axis=1))
    statistical = covariance[:bins, :bins] - regression(covariance, bins) @ covariance[bins:, :bins]
    values, vectors = np.linalg.eigh(statistical / np.outer(total, total))
    return float(values[0]), measurement.name, _carriers(measurement.bins, vectors[:, 0])


def _carriers(names: Sequence[str], vector: FloatArray) -> list[str]:
    """Names of the components that carry a unit vector, largest first."""
    weight = vector**2
    order = np.argsort(-weight, kind="stable")
    return [names[i] for i in order.tolist() if weight[i] > min(CARRIED, weight[order[0]] / 2.0)][:SHOWN]
