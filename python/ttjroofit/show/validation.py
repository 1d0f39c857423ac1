"""The printed text of ``-M Validate``."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ttjroofit.results.validation import Finding, MeasurementSummary, Validation

__all__ = ["sentence", "validation_summary"]

SHOWN = 3
"""Names of a finding that are printed; result.json has all."""


def validation_summary(validation: Validation) -> str:
    """What the card holds, measurement by measurement, and what is wrong or looks suspicious."""
    verdict = f"{_count(validation.errors, 'error')}, {_count(validation.warnings, 'warning')}"
    if not validation.errors:
        return "\n".join([*_content(validation), "", *_by_rule(validation.warnings), verdict]) + "\n"
    could = [_measurement(measurement) for measurement in validation.measurements]
    errors = [f"error [{finding.code}] {_at(finding)}{finding.message}" for finding in validation.errors]
    hint = "warnings are looked for once there are no errors"
    return "\n".join([f"{validation.card}: cannot be fitted", *could, "", *errors, f"{verdict}; {hint}"]) + "\n"


def sentence(finding: Finding) -> str:
    """A finding in one line: the measurement, the message, the worst names with their values."""
    who = f"{finding.measurement}: " if finding.measurement is not None else ""
    if not finding.names or (len(finding.names) == 1 and _holds(finding.message, finding.names[0])):
        return f"{who}{finding.message}"
    names = ", ".join(_item(finding, number) for number in range(min(len(finding.names), SHOWN)))
    more = f" and {len(finding.names) - SHOWN} more" if len(finding.names) > SHOWN else ""
    return f"{who}{finding.message}: {names}{more}"


def _holds(message: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", message) is not None


def _item(finding: Finding, number: int) -> str:
    name = finding.names[number]
    value = finding.values[number] if number < len(finding.values) else math.nan
    return f"{name} ({value:.3g})" if math.isfinite(value) else name


def _count(findings: Sequence[Finding], noun: str) -> str:
    return f"{len(findings)} {noun}{'' if len(findings) == 1 else 's'}"


def _at(finding: Finding) -> str:
    return f"{finding.place}: " if finding.place is not None else ""


def _by_rule(findings: Sequence[Finding]) -> list[str]:
    """Findings of one rule together, below it one line each, and the cure once."""
    lines = []
    for code in dict.fromkeys(finding.code for finding in findings):
        same = [finding for finding in findings if finding.code == code]
        lines += [f"warning [{code}] {sentence(finding)}" for finding in same]
        example = f": `{same[0].lines[0]}`; result.json has all lines" if same[0].lines else ""
        lines.append(f"    cure: {same[0].cure}{example}")
    return lines


def _content(validation: Validation) -> list[str]:
    repair = f" after `repair {validation.repair}`" if validation.repair else ""
    lines = [
        f"{validation.card}: {validation.bins} bins, {validation.nuisances} nuisance parameters in "
        f"{len(validation.groups)} groups, {validation.assumptions} prior correlations in force "
        f"(smallest eigenvalue {validation.smallest_eigenvalue:.3g}{repair})",
        *(_measurement(measurement) for measurement in validation.measurements),
    ]
    if validation.merged:
        lines.append(f"one parameter with another name: {', '.join(validation.merged)}")
    if not validation.quality:
        lines.append("prediction: none, no mass can be fitted; cross sections can be combined")
    return [*lines, *(f"prediction: {quality}" for quality in validation.quality)]


def _measurement(measurement: MeasurementSummary) -> str:
    sigmas = " ".join(f"{100 * sigma:.1f}" for sigma in measurement.relative_sigma)
    smoothed = f", {measurement.smoothed} of them smoothed" if measurement.smoothed else ""
    return (
        f"{measurement.name}: {measurement.bins} bins, {measurement.profiled} profiled nuisances, "
        f"{measurement.sources} sources{smoothed}; {measurement.total:.5g} {measurement.unit}, "
        f"uncertainty of the bins in %: {sigmas}"
    )
