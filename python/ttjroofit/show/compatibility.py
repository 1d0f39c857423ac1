"""The printed summary of ``-M Compatibility``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.compatibility import Comparison, CompatibilityResult, Hypothesis
from ttjroofit.results.fit import CorrelationMatrix, ParameterResult
from ttjroofit.show.numbers import asymmetric, envelope_text, fixed, p_text, shorten
from ttjroofit.show.summary import WIDTH, failure_text
from ttjroofit.show.tension import tension_lines
from ttjroofit.show.toys import source_text

__all__ = ["compatibility_summary", "failures", "mass_terms", "poi_text", "split_text"]


def compatibility_summary(result: CompatibilityResult) -> str:
    """What both fits found and how they compare.

    Args:
        result: of ``-M Compatibility``; a failed fit is marked at the top.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    single, several = result.hypotheses
    sections = [
        _title_lines(result),
        ["Top-quark mass", *(line for quality in result.quality for line in _wrapped(f"  {quality}", 2))],
        ["One mass", *_mass_lines(single)],
        [split_text(result.split), *_mass_lines(several)],
        *(
            _pair_lines(several, compared, quotient)
            for compared, quotient in zip(result.differences, result.ratios, strict=True)
        ),
        _goodness_lines(result),
        *([tension_lines(result.tension)] if result.tension is not None else []),
        _wrapped("timing        " + ", ".join(f"{name} {fixed(time)} s" for name, time in result.timing_s.items()), 0),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def split_text(split: str | None) -> str:
    """What each of the several masses belongs to."""
    return "The masses of the card" if split is None else f"One mass {'a' if split == 'measurement' else 'an'} {split}"


def poi_text(result: CompatibilityResult) -> str:
    """Goodness of both fits in the form of a talk, ``p = 0.27 (2 POI) vs. 0.60 (1 POI)``."""
    single, several = result.hypotheses
    return (
        f"p = {p_text(several.p_value)} ({len(several.masses)} POI) "
        f"vs. {p_text(single.p_value)} ({len(single.masses)} POI)"
    )


def mass_terms(mass: ParameterResult, theory: str) -> str:
    """``+- 1.29 (exp) +- 0.41 (PDF)`` and what else the prediction adds, or the HESSE error."""
    if mass.breakdown is None:
        return f"+- {fixed(mass.hesse)}"
    parts = mass.breakdown
    entries = {"PDF": parts.pdf, theory: parts.tnp, "interpolation": parts.interpolation}
    terms = [f"+- {fixed(parts.exp)} (exp)", *(f"+- {fixed(size)} ({name})" for name, size in entries.items() if size)]
    return " ".join(terms)


def failures(result: CompatibilityResult) -> list[str]:
    """Why the result cannot be used; empty for a good one."""
    names = ("one mass", "several masses")
    reasons = [
        f"{name}: {failure_text(hypothesis.status)}"
        for name, hypothesis in zip(names, result.hypotheses, strict=True)
        if not hypothesis.status.good
    ]
    if result.toys is not None and result.toys.failed:
        reasons.append(f"{result.toys.failed} of {result.toys.toys} toys, which are left out")
    if not reasons and not result.good:
        reasons.append("several masses fit worse than one: a fit ended in a wrong minimum")
    return reasons


def _title_lines(result: CompatibilityResult) -> list[str]:
    rule = "=" * WIDTH
    lines = [rule, *_wrapped(f"ttjroofit {result.version}, compatibility of top-quark masses: {result.card}", 0), rule]
    for failure in failures(result):
        lines += [*_wrapped(f"*** FIT FAILED ({failure}): do not use these numbers ***", 0), rule]
    fields = {
        "measurements": ", ".join(result.measurements),
        "data": "Asimov data set" if result.asimov else "as published",
        "correlations": result.scenario if result.scenario is not None else "no scenario",
        "pulls": result.pulls,
        "engine": result.engine,
        "status": "both fits converged" if result.good else "FIT FAILED",
    }
    return lines + [line for name, text in fields.items() for line in _wrapped(f"{name:<13} {text}", 14)]


def _mass_lines(hypothesis: Hypothesis) -> list[str]:
    kinds = {parameter.kind for parameter in hypothesis.parameters.values()}
    theory = "+".join(name for kind, name in (("tnp", "TNP"), ("scale", "scales")) if kind in kinds) or "TNP"
    lines = []
    # the matrix keeps the order of the masses, keys of JSON do not
    for name in hypothesis.correlation.names:
        mass = hypothesis.parameters[name]
        lines += _wrapped(f"  {_plain(name)} = {fixed(mass.value)} {mass_terms(mass, theory)} {mass.unit}", 6)
        minos = asymmetric(mass.minos.hi, mass.minos.lo) if mass.minos is not None else "n/a"
        lines.append(f"      total: {minos} (MINOS), +- {fixed(mass.hesse)} (HESSE) {mass.unit}")
        if mass.breakdown is not None:
            stat, syst = fixed(mass.breakdown.stat), fixed(mass.breakdown.syst)
            lines.append(f"      exp = +- {stat} (stat) +- {syst} (syst) {mass.unit}")
        if mass.scale is not None:
            text = f"{envelope_text(mass.scale.correlated)} (correlated), {envelope_text(mass.scale.uncorrelated)}"
            lines.append(f"      scale envelope, not in the total: {text} (uncorrelated) {mass.unit}")
    return lines


def _pair_lines(several: Hypothesis, compared: Comparison, quotient: Comparison) -> list[str]:
    correlation = f"{_percent(_entry(several.correlation, compared.masses))} %"
    if several.covariance is not None:
        names, exp = several.covariance.names, several.covariance.exp
        i, j = (names.index(name) for name in compared.masses)
        correlation += f" (experimental part alone: {_percent(exp[i][j] / (exp[i][i] * exp[j][j]) ** 0.5)} %)"
    first, second = (_plain(name) for name in compared.masses)
    return [
        f"{first} and {second}",
        f"  Correlation = {correlation}",
        f"  Difference = {fixed(compared.value, 1)} +- {fixed(compared.error, 1)} GeV{_sigmas(compared)}",
        f"  Ratio = {fixed(quotient.value, 3)} +- {fixed(quotient.error, 3)}",
    ]


def _goodness_lines(result: CompatibilityResult) -> list[str]:
    lines = ["Goodness of fit", f"  {poi_text(result)}"]
    for title, hypothesis in zip(("one mass", f"{result.delta_ndf + 1} masses"), result.hypotheses, strict=True):
        lines.append(f"  {title + ':':<12} chi2/ndf = {fixed(hypothesis.chi2)}/{hypothesis.ndf}")
    lines += [
        "",
        f"One mass against {result.delta_ndf + 1}",
        f"  delta chi2/ndf = {fixed(result.delta_chi2)}/{result.delta_ndf}, p = {p_text(result.p_value)}",
    ]
    return lines + _toy_lines(result)


def _toy_lines(result: CompatibilityResult) -> list[str]:
    toys = result.toys
    if toys is None:
        return []
    source = source_text(toys.toys, toys.seed, frequentist=toys.frequentist, file=toys.file)
    return _wrapped(f"  by toys: p = {fixed(toys.p_value, 4)} +- {fixed(toys.p_value_error, 4)} ({source})", 6)


def _entry(correlation: CorrelationMatrix, pair: tuple[str, str]) -> float | None:
    i, j = (correlation.names.index(name) for name in pair)
    return correlation.matrix[i][j]


def _percent(correlation: float | None) -> str:
    return fixed(None if correlation is None else 100.0 * correlation, 1)


def _sigmas(compared: Comparison) -> str:
    return f" ({fixed(abs(compared.sigmas), 1)} sigma)" if compared.sigmas is not None else ""


def _plain(name: str) -> str:
    """``m_t_CMS`` as ``m_t CMS``."""
    return shorten(name.replace("m_t_", "m_t ", 1) if name.startswith("m_t_") else name, 36)


def _wrapped(text: str, indent: int) -> list[str]:
    """Lines of text, all but the first indented."""
    return wrap(text, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
