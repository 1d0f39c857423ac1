"""The summary figure: masses that others published, reinterpreted alone, and combined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.errors import OptionError
from ttjroofit.inputs.published import PublishedMass
from ttjroofit.results.blinding import is_note
from ttjroofit.results.fit import FitResult, ParameterResult
from ttjroofit.show.mass_summary_figure import SummaryRow, mass_summary_figure
from ttjroofit.show.style import Heading
from ttjroofit.show.summary import failure_text

__all__ = ["mass_summary"]

_ALONE, _COMBINED = "reinterpreted", "combined"


def mass_summary(results: Sequence[FitResult], published: Sequence[PublishedMass] = ()) -> Figure:
    """Draw published masses, then fits of one measurement, then combinations.

    Args:
        results: of ``-M Fit``, in the order of the rows of their section; may be empty if there are published ones.
        published: of others.

    Raises:
        OptionError: if there is nothing to draw, or if masses are blinded in different ways.
    """
    if not results and not published:
        raise OptionError("figure summary: neither a result nor a published mass is given")
    if len({tuple(filter(is_note, result.quality)) for result in results}) > 1:
        raise OptionError("figure summary: some results are blinded, others not or with another salt: draw them apart")
    named = [(result, row) for result in results for row in _rows(result)]
    named.sort(key=lambda item: item[1].section == _COMBINED)
    seen = Counter(row.label for _, row in named)
    ours = [replace(row, label=f"{row.label} ({result.card})") if seen[row.label] > 1 else row for result, row in named]
    others = [
        SummaryRow(
            mass.section,
            mass.name,
            mass.value,
            mass.exp,
            (mass.total, mass.total),
            mass.scale,
            mass.reference,
            ours=False,
        )
        for mass in published
    ]
    quality = tuple(dict.fromkeys(text for result in results for text in result.quality))
    warnings = [
        f"FIT FAILED: {result.card} ({failure_text(result.status)})" for result in results if not result.status.good
    ]
    warnings += [f"Asimov data set: {result.card}" for result in results if result.asimov]
    heading = Heading("summary of top-quark pole masses", quality, tuple(warnings))
    return mass_summary_figure([*others, *ours], heading, band=_band(results, ours))


def _rows(result: FitResult) -> list[SummaryRow]:
    alone = len(result.measurements) == 1
    label = " + ".join(result.measurements)
    if result.scenario is not None and not alone:
        label = f"{label}, {result.scenario}"
    rows = []
    for name, mass in result.masses.items():
        own = label if len(result.masses) == 1 else f"{name} of {label}"
        exp = mass.breakdown.exp if mass.breakdown is not None else None
        scale = (mass.scale.correlated.up, mass.scale.correlated.down) if mass.scale is not None else None
        section = _ALONE if alone else _COMBINED
        rows.append(SummaryRow(section, own, mass.value, exp, _errors(mass), scale, "", ours=True))
    return rows


def _errors(mass: ParameterResult) -> tuple[float, float]:
    """MINOS errors towards lower and higher values, HESSE in their place, NaN without either."""
    if mass.minos is not None and mass.minos.lo is not None and mass.minos.hi is not None:
        return abs(mass.minos.lo), mass.minos.hi
    hesse = mass.hesse if mass.hesse is not None else np.nan
    return hesse, hesse


def _band(results: Sequence[FitResult], rows: Sequence[SummaryRow]) -> SummaryRow | None:
    """The most precise combination of one mass that did not fail."""
    if any(not result.status.good for result in results):
        return None
    combined = [row for row in rows if row.section == _COMBINED and " of " not in row.label]
    return min(combined, key=lambda row: sum(row.total), default=None)
