"""The printed summary of ``-M GoodnessOfFit``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.show.numbers import fixed, p_text
from ttjroofit.show.summary import WIDTH, failure_text
from ttjroofit.show.toys import source_text, unconverged_text

__all__ = ["goodness_of_fit_failures", "goodness_of_fit_summary"]


def goodness_of_fit_summary(result: GoodnessOfFitResult) -> str:
    """chi2 and p-values.

    Args:
        result: of ``-M GoodnessOfFit``; a failed fit is marked at the top.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    rule = "=" * WIDTH
    lines = [rule, *wrap(f"ttjroofit {result.version}, goodness of fit: {result.card}", WIDTH), rule]
    for failure in goodness_of_fit_failures(result):
        lines += [*wrap(f"*** {failure} ***", WIDTH), rule]
    fields = {
        "measurements": ", ".join(result.measurements),
        "data": "Asimov data set" if result.asimov else "as published",
        "correlations": result.scenario if result.scenario is not None else "no scenario",
        "pulls": result.pulls,
        "engine": result.engine,
        "quality": "; ".join(result.quality),
        "statistic": f"{result.algorithm}: -2 ln(L / L_saturated)",
    }
    lines += [line for name, text in fields.items() for line in _field(name, text)]
    lines += [
        "",
        f"  chi2/ndf = {fixed(result.chi2)}/{result.ndf}",
        f"  p = {p_text(result.p_value_asymptotic)} (chi2 distribution)",
        *_toy_lines(result),
        "",
        *_field("timing", ", ".join(f"{name} {fixed(time)} s" for name, time in result.timing_s.items())),
    ]
    return "\n".join(lines) + "\n"


def goodness_of_fit_failures(result: GoodnessOfFitResult) -> list[str]:
    """Why the result cannot be used, or not fully; empty for a good one."""
    failures = []
    if not result.status.good:
        failures.append(f"FIT FAILED ({failure_text(result.status)}): do not use these numbers")
    if result.toys_unconverged and result.toys is not None:
        failures.append(unconverged_text(result.toys_unconverged, result.toys))
    return failures


def _toy_lines(result: GoodnessOfFitResult) -> list[str]:
    if result.toys is None:
        return []
    source = source_text(result.toys, result.seed, frequentist=bool(result.toys_frequentist), file=result.toys_file)
    if result.p_value_toys is None:
        return _field("", f"p = n/a ({source})")
    return wrap(
        f"  p = {fixed(result.p_value_toys, 4)} +- {fixed(result.p_value_toys_error, 4)} ({source})",
        WIDTH,
        subsequent_indent="      ",
    )


def _field(name: str, text: str) -> list[str]:
    return wrap(f"{name:<13} {text}", WIDTH, subsequent_indent=" " * 14, break_on_hyphens=False)
