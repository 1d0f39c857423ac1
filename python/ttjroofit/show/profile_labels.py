"""Parameters of interest as labels of axes and legends."""

from __future__ import annotations

from ttjroofit.results.singles import Ends, SingleResult
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed, shorten

__all__ = ["axis_label", "errors_text", "legend_name", "value_label"]


def axis_label(name: str, single: SingleResult) -> str:
    """Symbol or name with its unit; a nuisance is in units of its prior standard deviation."""
    unit = single.unit or r"prior $\sigma$"
    return f"{_symbol(name, 48)} [{unit}]"


def legend_name(name: str) -> str:
    """Symbol of a mass; any other name with its underscores, shortened."""
    return _symbol(name, 34)


def value_label(best: float, ends: Ends) -> str:
    """``171.49 +1.00 -0.98`` set as a formula."""
    return f"{fixed(best)} {errors_text(ends, best)}"


def errors_text(ends: Ends, best: float) -> str:
    """Errors towards higher and lower values as a formula; ``open`` for an end that was not reached."""
    low, high = ends
    down = r"\mathrm{open}" if low is None else f"-{fixed(best - low)}"
    up = r"\mathrm{open}" if high is None else f"+{fixed(high - best)}"
    return rf"$^{{{up}}}_{{{down}}}$"


def _symbol(name: str, length: int) -> str:
    return mass_symbol(name) if name.startswith("m_t") else shorten(name, length).replace("$", r"\$")
