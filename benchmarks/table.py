"""The table of ratios, and that of the scaling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.table import Table

from benchmarks.comparison import Comparison, Series

__all__ = ["ratios", "scaling"]


def ratios(comparisons: Sequence[Comparison]) -> Table:
    """One row a comparison."""
    table = Table(title="Ratios of one run, seconds of processor")
    for column in ("what", "slow", "fast"):
        table.add_column(column)
    for column in ("slow time", "fast time", "ratio", "agreement"):
        table.add_column(column, justify="right")
    for row in comparisons:
        table.add_row(
            row.name,
            row.slow,
            row.fast,
            f"{_seconds(row.slow_s)}/{row.unit}",
            f"{_seconds(row.fast_s)}/{row.unit}",
            f"{row.ratio:.2g}" if row.ratio < 10 else f"{row.ratio:.0f}",
            row.agreement,
        )
    return table


def scaling(series: Series) -> Table:
    """One row a routine, one column a size; the power between the two largest sizes beside the expected one."""
    table = Table(title=f"{series.ylabel} against {series.xlabel}")
    table.add_column("")
    for size in series.sizes:
        table.add_column(f"{size}", justify="right")
    table.add_column("power", justify="right")
    table.add_column("expected", justify="right")
    for name, costs in series.costs.items():
        expected = series.powers.get(name)
        table.add_row(
            name,
            *(f"{cost:.3g}" for cost in costs),
            f"{_power(series.sizes, costs):.1f}" if len(costs) > 1 else "",
            "" if expected is None else f"{expected:g}",
        )
    return table


def _power(sizes: Sequence[int], costs: Sequence[float]) -> float:
    return float(np.log(costs[-1] / costs[-2]) / np.log(sizes[-1] / sizes[-2]))


def _seconds(value: float) -> str:
    """With a unit that keeps the number between 1 and 1000."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if value * factor >= 1.0:
            return f"{value * factor:.3g} {unit}"
    return f"{value * 1e9:.3g} ns"
