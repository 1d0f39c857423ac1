"""What Minuit reported, as results hold it: numbers that a failed fit left undefined are None."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from ttjroofit.results.fit import CorrelationMatrix, FitStatus, Interval
from ttjroofit.roofit.minimise import Minimised

__all__ = ["correlation_matrix", "fit_status", "minos_interval"]


def correlation_matrix(minimised: Minimised, names: Sequence[str]) -> CorrelationMatrix:
    """Correlations of floating parameters from HESSE; None where a failed one left no variance."""
    where = [minimised.names.index(name) for name in names]
    covariance = minimised.covariance[np.ix_(where, where)]
    variance = np.diag(covariance)
    scale = np.sqrt(np.maximum(np.outer(variance, variance), 0.0))
    matrix = np.divide(covariance, scale, out=np.full_like(covariance, np.nan), where=scale > 0.0)
    return CorrelationMatrix(list(names), [[None if np.isnan(x) else x for x in row] for row in matrix.tolist()])


def minos_interval(minimised: Minimised, name: str) -> Interval | None:
    """Errors of a parameter by MINOS, None where it was not run; a side where it failed is None."""
    errors = minimised.minos.get(name)
    return None if errors is None else Interval(*(None if np.isnan(error) else error for error in errors))


def fit_status(minimised: Minimised) -> FitStatus:
    """What Minuit reported of the fit."""
    return FitStatus(good=minimised.status.good, **asdict(minimised.status))
