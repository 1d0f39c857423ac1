"""The printed summary of ``-M Coverage``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import wrap

import numpy as np

from ttjroofit.results.coverage import BinCoverage, ChoiceCoverage, CoverageResult, Estimate, MassCoverage
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.summary import WIDTH

__all__ = ["CHOICE_TITLES", "coverage_summary", "coverage_warnings"]

CHOICE_TITLES = {"published": "post-fit values", "zero": "zero pulls"}
"""What stands for the profiled values."""

_LABEL, _COLUMN = 52, 24


def coverage_summary(result: CoverageResult) -> str:
    """Pulls and coverage of every mass and every cross section, both choices side by side.

    Args:
        result: of ``-M Coverage``; toys without a fit are marked at the top.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    sections = [
        _title_lines(result),
        *(_mass_lines(name, mass) for name, mass in result.masses.items()),
        _bin_lines(result.bins),
        _wrapped("timing        " + ", ".join(f"{name} {fixed(time)} s" for name, time in result.timing_s.items())),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def coverage_warnings(result: CoverageResult) -> list[str]:
    """What must stand above all numbers: toys that could not be fitted."""
    if result.good:
        return []
    return [f"FITS FAILED for {result.unconverged} of {result.toys} toys, which are left out of the figures of masses"]


def _title_lines(result: CoverageResult) -> list[str]:
    rule = "=" * WIDTH
    lines = [rule, *_wrapped(f"ttjroofit {result.version}, coverage: {result.card}"), rule]
    for warning in coverage_warnings(result):
        lines += [*_wrapped(f"*** {warning} ***"), rule]
    fields = {
        "measurements": ", ".join(result.measurements),
        "correlations": result.scenario if result.scenario is not None else "no scenario",
        "toys": f"{result.toys} of the full likelihood about its post-fit values, seed {result.seed}",
    }
    lines += [line for name, text in fields.items() for line in _wrapped(f"{name:<13} {text}")]
    return lines + [line for quality in result.quality for line in _wrapped(f"quality       {quality}")]


def _mass_lines(name: str, mass: MassCoverage) -> list[str]:
    rows: list[tuple[str, Callable[[ChoiceCoverage], str]]] = [
        (f"mean of the estimate less the truth [{mass.unit}]", lambda choice: _text(choice.bias)),
        (f"RMS of the estimate [{mass.unit}]", lambda choice: _text(choice.rms)),
        (f"mean sigma of HESSE [{mass.unit}]", lambda choice: _text(choice.mean_sigma)),
        ("RMS / mean sigma", lambda choice: _text(choice.rms_over_sigma)),
        ("pull of HESSE: mean", lambda choice: _text(choice.hesse.mean)),
        ("pull of HESSE: width", lambda choice: _text(choice.hesse.width)),
        ("pull of HESSE: half width of central 68.27%", lambda choice: _text(choice.hesse.central)),
        ("signed root of MINOS: mean", lambda choice: _text(choice.minos.mean)),
        ("signed root of MINOS: width", lambda choice: _text(choice.minos.width)),
        *_coverage_rows(mass),
        ("linear, by algebra: mean of the pull", lambda choice: fixed(choice.linear_mean, 4)),
        ("linear, by algebra: width", lambda choice: fixed(choice.linear_width, 4)),
        ("linear, by algebra: width over nuisances", lambda choice: fixed(choice.linear_width_over_truths, 4)),
    ]
    sigmas = (mass.sigma_data, mass.sigma_expected, mass.estimator_data)
    claimed = "{} (HESSE), {} (expected Hessian), {} (cov F cov)".format(*(fixed(sigma, 3) for sigma in sigmas))
    return [
        f"{shorten(name, 36)}, truth {fixed(mass.truth)} {mass.unit}",
        f"  error in the data: {claimed} {mass.unit}",
        f"  data with zero pulls: shifted by {mass.zero_shift:+.3f} {mass.unit}",
        "",
        _row("", [CHOICE_TITLES[choice] for choice in mass.choices]),
        *(_row(label, [entry(choice) for choice in mass.choices.values()]) for label, entry in rows),
    ]


def _coverage_rows(mass: MassCoverage) -> list[tuple[str, Callable[[ChoiceCoverage], str]]]:
    """One row for each interval of each kind."""
    levels = [interval.nominal for interval in next(iter(mass.choices.values())).coverage]
    return [
        (
            f"coverage of {100.0 * nominal:.4g}% intervals of {kind.upper()} [%]",
            lambda choice, level=level, kind=kind: _text(getattr(choice.coverage[level], kind), 100.0, 2),  # type: ignore[misc]
        )
        for level, nominal in enumerate(levels)
        for kind in ("hesse", "minos")
    ]


def _bin_lines(bins: list[BinCoverage]) -> list[str]:
    """The range of the pulls of the combined cross sections, and those that zero pulls move most."""
    lines = ["Combined cross sections, no prediction", "", _row("  pulls of bins, lowest to highest", [*_titles(bins)])]
    for label, entry in (("mean", "mean"), ("width", "width")):
        lines.append(_row(label, [_span([getattr(b.choices[c], entry).value for b in bins]) for c in bins[0].choices]))
    exact = {
        "mean, by algebra": "expected_mean",
        "width, by algebra": "expected_width",
        "width over nuisances, by algebra": "expected_width_over_truths",
    }
    for label, entry in exact.items():
        lines.append(_row(label, [_span([getattr(b.choices[c], entry) for b in bins]) for c in bins[0].choices]))
    return lines


def _titles(bins: list[BinCoverage]) -> list[str]:
    return [CHOICE_TITLES[choice] for choice in bins[0].choices]


def _span(values: list[float]) -> str:
    return f"{fixed(float(np.min(values)), 3)} to {fixed(float(np.max(values)), 3)}"


def _row(label: str, entries: list[str]) -> str:
    return f"  {label:<{_LABEL - 2}}" + "".join(f"{entry:>{_COLUMN}}" for entry in entries)


def _text(estimate: Estimate, factor: float = 1.0, digits: int = 4) -> str:
    return f"{fixed(factor * estimate.value, digits)} +- {fixed(factor * estimate.error, digits)}"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=" " * 14, break_on_hyphens=False)
