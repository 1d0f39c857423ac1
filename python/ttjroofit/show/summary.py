"""The printed summary of a fit, the text of ``summary.txt``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.fit import ExternalResult, FitResult, FitStatus, SpectrumResult
from ttjroofit.show.mass_text import mass_lines
from ttjroofit.show.nuisance_text import constraint_lines, pull_lines
from ttjroofit.show.numbers import fixed, goodness_text, shorten
from ttjroofit.show.parameter_text import parameter_lines
from ttjroofit.show.repair_text import repair_lines

__all__ = ["WIDTH", "failure_text", "fit_summary"]

WIDTH = 100
"""Characters a line."""


def fit_summary(result: FitResult) -> str:
    """What a fit found, for the terminal and for a talk.

    Args:
        result: of ``-M Fit``; a failed fit is marked at the top.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    sections = [
        _title_lines(result),
        mass_lines(result),
        _goodness_lines(result),
        parameter_lines(result.parameters),
        pull_lines(result),
        constraint_lines(result),
        repair_lines(result.prior_repair),
        _field("timing", ", ".join(f"{stage} {fixed(seconds)} s" for stage, seconds in result.timing_s.items())),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def failure_text(status: FitStatus) -> str:
    """Why a fit is not good: the codes that are not what they should be.

    Args:
        status: of a fit that is not ``good``.
    """
    codes = {"migrad": status.migrad, "hesse": status.hesse, "minos": status.minos}
    reasons = [f"{name} {code}" for name, code in codes.items() if code]
    if status.cov_quality != 3:
        reasons.append(f"covariance quality {status.cov_quality} of 3")
    return ", ".join(reasons) or "a refit for the scale envelope did not converge"


def _title_lines(result: FitResult) -> list[str]:
    rule = "=" * WIDTH
    title = f"ttjroofit {result.version}, fit of the top-quark mass: {result.card}"
    lines = [rule, *wrap(title, WIDTH), rule]
    if not result.status.good:
        lines += [f"*** FIT FAILED ({failure_text(result.status)}): do not use these numbers ***", rule]
    lines += _field("measurements", ", ".join(result.measurements))
    for external in result.external:
        lines += _field("likelihood", _external_text(external))
    lines += _field("data", "Asimov data set" if result.asimov else "as published")
    lines += _field("correlations", result.scenario if result.scenario is not None else "no scenario")
    lines += _field("pulls", result.pulls)
    if result.chi2_form == "pearson":
        lines += _field("chi2", "Pearson: statistical variances follow the fitted expectation")
    lines += _field("engine", result.engine)
    lines += _field("status", _status_text(result.status))
    return lines


def _external_text(external: ExternalResult) -> str:
    return (
        f"{external.name} ({external.file}, {external.pdf}, {external.data}, entries: {external.entries}): "
        f"shares {', '.join(external.shared) or 'nothing'}; nuisances: {len(external.nuisances)}, "
        f"parameters of its own: {len(external.parameters)}"
    )


def _status_text(status: FitStatus) -> str:
    attempts = f"{status.attempts} attempt" + ("s" if status.attempts != 1 else "")
    minos = "not run" if status.minos is None else str(status.minos)
    return (
        f"{'converged' if status.good else 'FIT FAILED'}: codes migrad {status.migrad}, hesse {status.hesse}, "
        f"minos {minos}; covariance quality {status.cov_quality} of 3, edm {status.edm:.1e}; {status.minimizer}, "
        f"strategy {status.strategy}, {attempts}, {status.calls} calls"
    )


def _goodness_lines(result: FitResult) -> list[str]:
    lines = ["Goodness of fit", f"  {goodness_text(result.goodness_of_fit)}"]
    return lines + [f"  {_interpolation_text(spectrum)}" for spectrum in result.spectra]


def _interpolation_text(spectrum: SpectrumResult) -> str:
    chi2, ndf = spectrum.interpolation_chi2, spectrum.interpolation_ndf
    if ndf == 0:
        test = "no degrees of freedom"
    else:
        test = f"chi2/ndf = {fixed(chi2, 1)}/{ndf}" + ("  poor: more than 2 ndf" if chi2 > 2 * ndf else "")
    return f"interpolation in the mass, {shorten(spectrum.measurement, 30)}: {test}"


def _field(name: str, text: str) -> list[str]:
    indent = " " * 14
    return wrap(f"{name:<13} {text}", WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
