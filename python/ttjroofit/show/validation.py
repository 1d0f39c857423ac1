"""The printed text of ``-M Validate``."""

from __future__ import annotations

from ttjroofit.results.validation import Validation

__all__ = ["validation_summary"]


def validation_summary(validation: Validation) -> str:
    """What the card holds, measurement by measurement, and what looks suspicious."""
    lines = [
        f"{validation.card}: {validation.bins} bins, {validation.nuisances} nuisance parameters, "
        f"{validation.assumptions} prior correlations in force",
        *(f"prediction: {quality}" for quality in validation.quality),
        "",
    ]
    for m in validation.measurements:
        sigmas = " ".join(f"{100 * sigma:.1f}" for sigma in m.relative_sigma)
        lines += [
            f"{m.name}: {m.bins} bins, {m.profiled} profiled nuisances, {m.sources} externalised sources",
            f"  {m.reference}",
            f"  cross section {m.total:.5g} {m.unit}, uncertainty of the bins in %: {sigmas}",
        ]
    repair = f", after `repair {validation.repair}`" if validation.repair else ""
    lines += ["", f"prior correlation: smallest eigenvalue {validation.smallest_eigenvalue:.4g}{repair}"]
    if validation.merged:
        lines.append(f"one parameter with another name: {', '.join(validation.merged)}")
    groups = ", ".join(f"{group} {count}" for group, count in validation.groups.items())
    lines += [f"groups: {groups}", ""]
    lines += [f"remark: {remark}" for remark in validation.remarks] or ["no remarks"]
    return "\n".join(lines) + "\n"
