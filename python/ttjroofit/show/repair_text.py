"""The repair of the prior correlations as lines of text."""

from __future__ import annotations

from ttjroofit.results.fit import PriorRepair, RepairedCorrelation
from ttjroofit.show.numbers import fixed, shorten

__all__ = ["repair_lines"]

_SHOWN = 5


def repair_lines(repair: PriorRepair | None) -> list[str]:
    """Method, eigenvalues, and the largest changes; none without a repair."""
    if repair is None:
        return []
    method = repair.method if repair.factor is None else f"{repair.method}, factor {repair.factor:.4f}"
    lines = [
        f"Prior correlations repaired ({method})",
        f"  smallest eigenvalue {repair.eigenvalue_before:.2e} -> {repair.eigenvalue_after:.2e}, "
        f"{len(repair.changes)} stated correlations changed"
        + (f", the largest {_SHOWN}:" if len(repair.changes) > _SHOWN else ":" if repair.changes else ""),
    ]
    return lines + [line for change in repair.changes[:_SHOWN] for line in _change_lines(change)]


def _change_lines(change: RepairedCorrelation) -> list[str]:
    numbers = f"  {fixed(change.stated, 3):>6} -> {fixed(change.used, 3):>6}  "
    first, second = change.nuisances
    line = f"{numbers}{first}, {second}"
    return (
        [line]
        if len(line) <= 100
        else [f"{numbers}{shorten(first, 78)},", f"{' ' * len(numbers)}{shorten(second, 78)}"]
    )
