"""Names of the results as labels of axes and legends."""

from __future__ import annotations

import re

from ttjroofit.results.cross_sections import MeasuredBins
from ttjroofit.results.fit import ParameterResult, SpectrumResult
from ttjroofit.show.numbers import fixed, shorten

__all__ = ["cross_section_label", "mass_symbol", "mass_text", "observable_label", "spectrum_title"]

_RHO = "rho = 340 GeV / m(ttbar+jet)"
_RHO_LABEL = r"$\rho = 340\,\mathrm{GeV}\,/\,m(t\bar{t}+\mathrm{jet})$"


def observable_label(observable: str) -> str:
    """The first clause of a definition, which names the observable; rho is set as a formula."""
    clause = observable.split(",", maxsplit=1)[0]
    return _RHO_LABEL if clause == _RHO else clause.replace("$", r"\$")


def cross_section_label(spectrum: SpectrumResult | MeasuredBins) -> str:
    """Label of the axis of cross sections with its unit."""
    symbol = r"$d\sigma/d\rho$" if spectrum.per_unit else r"$\sigma$ per bin"
    return f"{symbol} [{spectrum.unit}]"


def spectrum_title(spectrum: SpectrumResult | MeasuredBins) -> str:
    """Experiment, energy and channel."""
    return f"{spectrum.experiment} data, {spectrum.energy_TeV:g} TeV, {spectrum.channel}"


def mass_symbol(name: str) -> str:
    """``m_t`` as a formula, ``m_t_CMS`` with what follows in brackets, any other name as it is."""
    match = re.fullmatch(r"m_t(?:_(\w+))?", name)
    if match is None:
        return shorten(name, 20).replace("$", r"\$")
    return r"$m_t$" if match[1] is None else rf"$m_t$ ({shorten(match[1], 16)})"


def mass_text(name: str, mass: ParameterResult) -> str:
    """A mass with its MINOS errors, or with its HESSE error where MINOS has none."""
    start = f"{mass_symbol(name)} = {fixed(mass.value)}"
    if mass.hesse == 0:
        return f"{start} {mass.unit} (fixed)"
    if mass.minos is None or mass.minos.lo is None or mass.minos.hi is None:
        return rf"{start} $\pm$ {fixed(mass.hesse)} {mass.unit}"
    up, down = fixed(abs(mass.minos.hi)), fixed(abs(mass.minos.lo))
    return rf"{start} $^{{+{up}}}_{{-{down}}}$ {mass.unit}"
