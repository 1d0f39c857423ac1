"""Errors and warnings of ``-M Validate``, from the rules themselves."""

from __future__ import annotations

from generator.markdown import code, page, plain, table
from ttjroofit.analysis.checks.check import Check
from ttjroofit.analysis.checks.registry import CHECKS
from ttjroofit.analysis.recovery.problems import ERRORS

__all__ = ["checks_page"]


def checks_page() -> str:
    """Every rule with its cure, warnings with their thresholds."""
    errors = ([code(name), plain(meaning), plain(cure)] for name, (meaning, cure) in ERRORS.items())
    warnings = ([code(check.code), plain(check.what), _threshold(check), plain(check.cure)] for check in CHECKS)
    return page(
        "Errors and warnings of Validate",
        "python/ttjroofit/analysis/checks and python/ttjroofit/analysis/recovery",
        "The codes are those of `result.json`. What the program does with them: [checks of a card](../validation.md).",
        "## Errors",
        table(["error", "meaning", "cure"], errors),
        "## Warnings",
        table(["warning", "meaning", "threshold and why", "cure"], warnings),
    )


def _threshold(check: Check) -> str:
    return "none" if check.threshold is None else f"{check.threshold:g}: {plain(check.reason)}"
