"""Numbers as they are written in a talk: rounded, signed, and ``n/a`` where a failed fit has none."""

from __future__ import annotations

import math

from ttjroofit.results.fit import Envelope, GoodnessOfFit

__all__ = ["asymmetric", "chi2_text", "envelope_text", "fixed", "goodness_text", "p_text", "shorten"]


def fixed(value: float | None, digits: int = 2) -> str:
    """A number with a fixed count of decimals and without a negative zero."""
    if value is None or not math.isfinite(value):
        return "n/a"
    return f"{round(value, digits) + 0.0:.{digits}f}"


def asymmetric(up: float | None, down: float | None, digits: int = 2) -> str:
    """Errors towards higher and lower values, ``+0.98 -1.00``."""
    return f"+{_size(up, digits)} -{_size(down, digits)}"


def envelope_text(envelope: Envelope, digits: int = 2) -> str:
    """A scale envelope as asymmetric errors."""
    return asymmetric(envelope.up, envelope.down, digits)


def goodness_text(fit: GoodnessOfFit | None, chi2: str = "chi2") -> str:
    """Chi2 and p-value, or that there are none; ``chi2`` is how it is written."""
    if fit is None:
        return f"no {chi2}: a likelihood of a workspace is not Gaussian"
    return f"{chi2}/ndf = {chi2_text(fit)}, p = {p_text(fit.p_value)}"


def chi2_text(fit: GoodnessOfFit) -> str:
    """Chi2 over its degrees of freedom, ``14.2/15``."""
    return f"{fixed(fit.chi2, 1)}/{fit.ndf}"


def p_text(p_value: float) -> str:
    """A p-value with two decimals, or two digits if it is below 0.01."""
    return fixed(p_value) if not 0 < p_value < 0.01 else f"{p_value:.1e}"


def shorten(name: str, length: int) -> str:
    """The name with its middle left out if it is longer than ``length``; both ends tell names apart."""
    if len(name) <= length:
        return name
    tail = (length - 2) // 2
    return f"{name[: length - 2 - tail]}..{name[-tail:]}"


def _size(value: float | None, digits: int) -> str:
    return fixed(None if value is None else abs(value), digits)
