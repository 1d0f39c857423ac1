"""Lines that the summaries of fits, scans and contours of parameters of interest share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from ttjroofit.results.fit import FitStatus, GoodnessOfFit
from ttjroofit.results.singles import Ends, SingleResult
from ttjroofit.show.numbers import asymmetric, chi2_text, fixed, p_text
from ttjroofit.show.summary import WIDTH, failure_text

__all__ = ["goodness_line", "interval_text", "parameter_lines", "profile_warnings", "title_lines", "value_text"]


def profile_warnings(status: FitStatus, failed: Sequence[str], *, asimov: bool) -> list[str]:
    """What must stand above all numbers: a failed fit, points that failed, data that are none.

    Args:
        status: of the fit.
        failed: what else did not converge.
        asimov: whether the data are an Asimov data set.
    """
    lines = [] if status.good else [f"FIT FAILED ({failure_text(status)})"]
    lines += [f"NOT CONVERGED: {what}" for what in failed]
    return lines + (["Asimov data set"] if asimov else [])


def title_lines(title: str, warnings: Sequence[str], quality: Sequence[str]) -> list[str]:
    """Title between rules, warnings, what the prediction is good for."""
    rule = "=" * WIDTH
    lines = [rule, *wrap(title, WIDTH), rule, *(f"*** {warning} ***" for warning in warnings)]
    for text in quality:
        lines += wrap(f"quality       {text}", WIDTH, subsequent_indent=" " * 14)
    return lines


def parameter_lines(parameters: Mapping[str, SingleResult]) -> list[str]:
    """Value with HESSE and MINOS errors and profile intervals of each parameter."""
    lines = []
    for name, single in parameters.items():
        minos = single.minos
        lines.append(f"{name} = {value_text(single)}")
        if minos is not None:
            lines.append(f"  MINOS       {asymmetric(minos.hi, minos.lo, _digits(single))} {single.unit}".rstrip())
        lines += interval_lines(single.intervals, single.unit)
    return lines


def value_text(single: SingleResult) -> str:
    """Value with its HESSE error, ``171.491 +- 0.992 GeV``."""
    digits = _digits(single)
    return f"{fixed(single.value, digits)} +- {fixed(single.hesse, digits)} {single.unit}".rstrip()


def interval_lines(intervals: Mapping[str, Ends], unit: str) -> list[str]:
    """One line an interval."""
    return [f"  {probability}%         {interval_text(ends, unit)}" for probability, ends in intervals.items()]


def interval_text(ends: Ends, unit: str) -> str:
    """``[170.506, 172.493] GeV``; ``open`` for an end that was not reached."""
    low, high = ("open" if end is None else fixed(end, 3) for end in ends)
    return f"[{low}, {high}] {unit}".rstrip()


def goodness_line(goodness: GoodnessOfFit) -> str:
    """Goodness of the best fit."""
    return f"chi2/ndf      {chi2_text(goodness)}, p = {p_text(goodness.p_value)}"


def _digits(single: SingleResult) -> int:
    """Three decimals, four where the error is small."""
    return 3 if single.hesse is None or single.hesse >= 0.05 else 4
