"""``-M Validate``: the standard checks of a card and its inputs, without ROOT."""

from __future__ import annotations

import numpy as np

from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.results.validation import SCHEMA, MeasurementSummary, Validation

__all__ = ["validate"]

LARGE_SHIFT = 0.5
"""A source that moves a bin by more than this share of its value is remarked on."""

LARGE_PULL = 2.0
"""A published post-fit value beyond this many prior sigmas is remarked on."""


def validate(combination: Combination) -> Validation:
    """Assemble, eliminate, and remark on what looks suspicious.

    Raises:
        ModelError: if the likelihood is not positive definite.
    """
    eliminate(combination)
    prior, theory = combination.prior, combination.theory
    return Validation(
        schema=SCHEMA,
        card=combination.card.stem,
        measurements=[_summary(measurement) for measurement in combination.measurements],
        bins=len(combination.bins),
        nuisances=len(combination.owners),
        groups={group: len(names) for group, names in combination.groups.items()},
        assumptions=len(prior.stated),
        merged=[name for name in prior.names if name not in prior.parameters],
        smallest_eigenvalue=float(np.linalg.eigvalsh(prior.correlation)[0]),
        repair=prior.repaired.method if prior.repaired is not None else None,
        quality=list(theory.quality) if theory is not None else [],
        remarks=[
            *(remark for measurement in combination.measurements for remark in _remarks(measurement)),
            *_smoothing_remarks(combination),
            *_theory_remarks(combination),
        ],
    )


def _summary(measurement: Measurement) -> MeasurementSummary:
    bins = len(measurement.bins)
    covariance = measurement.covariance[:bins, :bins] + measurement.shifts @ measurement.shifts.T
    return MeasurementSummary(
        name=measurement.name,
        reference=measurement.reference,
        bins=bins,
        profiled=len(measurement.profiled),
        sources=len(measurement.sources),
        total=measurement.total,
        unit=measurement.unit,
        relative_sigma=(np.sqrt(np.diag(covariance)) / measurement.values).tolist(),
    )


def _remarks(measurement: Measurement) -> list[str]:
    remarks = []
    idle = [name for name, shift in zip(measurement.sources, measurement.shifts.T, strict=True) if not np.any(shift)]
    if idle:
        remarks.append(f"{measurement.name}: sources without any effect: {', '.join(idle)}")
    relative = np.max(np.abs(measurement.shifts) / np.abs(measurement.values)[:, None], axis=0, initial=0.0)
    large = [name for name, size in zip(measurement.sources, relative, strict=True) if size > LARGE_SHIFT]
    if large:
        remarks.append(
            f"{measurement.name}: sources that move a bin by more than {LARGE_SHIFT:.0%}: {', '.join(large)}"
        )
    sigma = np.sqrt(np.diag(measurement.covariance))[len(measurement.bins) :]
    loose = [name for name, s in zip(measurement.profiled, sigma, strict=True) if s > 1.0]
    if loose:
        remarks.append(
            f"{measurement.name}: {len(loose)} published constraints exceed the prior, up to {sigma.max():.3f}"
        )
    pulled = [
        f"{name} ({value:+.2f})"
        for name, value in zip(measurement.profiled, measurement.profiled_values, strict=True)
        if abs(value) > LARGE_PULL
    ]
    if pulled:
        remarks.append(f"{measurement.name}: published pulls beyond {LARGE_PULL:g} sigma: {', '.join(pulled)}")
    return remarks


def _smoothing_remarks(combination: Combination) -> list[str]:
    remarks = []
    for measurement in combination.measurements:
        curves = [curve for curve in combination.smoothed if curve.measurement == measurement.name]
        if curves:
            smooth, sources = len({curve.source for curve in curves}), len(measurement.sources)
            remarks.append(f"{measurement.name}: the shifts of {smooth} of {sources} sources are smoothed")
    return remarks


def _theory_remarks(combination: Combination) -> list[str]:
    if combination.theory is None:
        return ["the card has no `theory` line: cross sections can be combined, no mass can be fitted"]
    remarks = []
    for term in combination.theory.spectrum.terms:
        interpolation = term.shape.interpolation
        if interpolation.chi2 > 2.0 * max(interpolation.ndf, 1):
            remarks.append(
                f"{term.measurement}: the interpolation in the mass has chi2 {interpolation.chi2:.1f} for "
                f"{interpolation.ndf}: the mass points scatter more than their Monte Carlo uncertainties"
            )
    return remarks
