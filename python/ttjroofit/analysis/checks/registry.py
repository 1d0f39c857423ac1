"""All checks, in the order in which their findings are listed."""

from __future__ import annotations

from ttjroofit.analysis.checks import (
    correlations,
    covariances,
    fits,
    groups,
    lookalikes,
    shifts,
    theory,
    units,
)

__all__ = ["CHECKS"]

CHECKS = (
    *units.CHECKS,
    *covariances.CHECKS,
    *fits.CHECKS,
    *shifts.CHECKS,
    *correlations.CHECKS,
    *lookalikes.CHECKS,
    *groups.CHECKS,
    *theory.CHECKS,
)
