"""The printed summary of combined cross sections: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

import math
from itertools import pairwise
from textwrap import wrap

from ttjroofit.results.cross_sections import CrossSections, MeasuredBins
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.repair_text import repair_lines
from ttjroofit.show.summary import WIDTH

__all__ = ["bin_ranges", "cross_sections_summary", "kinds_of_groups"]

_GROUPS, _NUISANCES, _NAME = 12, 6, 56


def cross_sections_summary(result: CrossSections) -> str:
    """Bins with their uncertainties, largest impacts, and the goodness of the combination.

    Args:
        result: of ``-M CrossSections``.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    sections = [
        _title_lines(result),
        *(_bin_lines(result, measurement) for measurement in result.measurements),
        _group_lines(result),
        _moved_lines(result),
        _combined_lines(result),
        [_chi2_line(result)],
        repair_lines(result.prior_repair),
        _field("timing", ", ".join(f"{stage} {fixed(seconds)} s" for stage, seconds in result.timing_s.items())),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def bin_ranges(measurement: MeasuredBins) -> list[str]:
    """The range of each bin, ``0.30-0.45``, with as many digits as the edges need."""
    digits = max((len(f"{edge:.4g}".partition(".")[2]) for edge in measurement.edges), default=0)
    edges = [fixed(edge, digits) for edge in measurement.edges]
    return [f"{low}-{high}" for low, high in pairwise(edges)]


def kinds_of_groups(result: CrossSections) -> dict[str, list[float]]:
    """Impacts of groups that are a kind of uncertainty, largest first; groups that are a measurement are left out."""
    measurements = {measurement.measurement for measurement in result.measurements}
    kinds = [(group, impacts) for group, impacts in result.impacts.items() if group not in measurements]
    return dict(sorted(kinds, key=lambda item: (-max(map(abs, item[1])), item[0])))


def _title_lines(result: CrossSections) -> list[str]:
    rule = "=" * WIDTH
    title = f"ttjroofit {result.version}, combined cross sections: {result.card}"
    lines = [rule, *wrap(title, WIDTH), rule]
    lines += _field("measurements", ", ".join(measurement.measurement for measurement in result.measurements))
    lines += _field("data", "Asimov data set" if result.asimov else "as published")
    lines += _field("correlations", result.scenario if result.scenario is not None else "no scenario")
    lines += _field("pulls", result.pulls)
    if result.chi2_form == "pearson":
        lines += _field("chi2", "Pearson: statistical variances follow the combined values")
    frozen = sum(nuisance.constraint == 0 for nuisance in result.nuisances)
    text = f"{len(result.nuisances)}, of which {frozen} frozen" if frozen else str(len(result.nuisances))
    return lines + _field("nuisances", text)


def _bin_lines(result: CrossSections, measurement: MeasuredBins) -> list[str]:
    where = result.slices[measurement.measurement]
    quantity = "per unit of the observable" if measurement.per_unit else "per bin"
    lines = [
        f"{shorten(measurement.measurement, 50)} [{measurement.unit}, {quantity}]",
        f"  {'bin':<16}{'observed':>11}{'combined':>11}{'total':>10}{'stat':>10}{'syst':>10}{'shift':>14}",
    ]
    combined = result.where(measurement)
    columns = (
        *(column[where] for column in (result.observed, result.observed_sigma)),
        *([column[i] for i in combined] for column in (result.values, result.sigma, result.stat_sigma)),
    )
    rows = zip(bin_ranges(measurement), *columns, strict=True)
    for name, observed, published, value, total, stat in rows:
        syst = math.sqrt(max(total**2 - stat**2, 0.0))
        errors = "".join(f"{f'{fixed(100 * error / abs(value))} %':>10}" for error in (total, stat, syst))
        shift = fixed((value - observed) / published)
        lines.append(f"  {name:<16}{observed:>11.5g}{value:>11.5g}{errors}{f'{shift} sigma':>14}")
    return lines


def _combined_lines(result: CrossSections) -> list[str]:
    """The cross sections that several bins measure, and all of them where chi2 is not a parabola."""
    measured = [name for measurement in result.measurements for name in measurement.truths]
    shown = [i for i, name in enumerate(result.bins) if result.errors is not None or measured.count(name) > 1]
    if not shown:
        return []
    lines = [f"{'Combined cross sections':<46}{'value':>12}{'total':>12}{'stat':>12}{'from bins':>11}"]
    for i in shown:
        name, value = result.bins[i], f"{result.values[i]:>12.6g}"
        errors = f"{result.sigma[i]:>12.4g}{result.stat_sigma[i]:>12.4g}"
        lines.append(f"  {shorten(name, 43):<44}{value}{errors}{measured.count(name):>11}")
        if result.errors is not None:
            error = result.errors[i]
            lines.append(f"  {'':<44}{'':>12}{f'{error.hi:+.4g}':>12}{f'{error.lo:+.4g}':>12}")
    return lines


def _chi2_line(result: CrossSections) -> str:
    if result.ndf == 0:
        return "chi2/ndf: no degrees of freedom, every cross section is measured once"
    test = (
        f"p-value {fixed(result.p_value, 3)}"
        if result.p_value is not None
        else "no p-value: nuisances profiled in different measurements are tied"
    )
    return f"chi2/ndf: {fixed(result.chi2)}/{result.ndf}, {test}"


def _group_lines(result: CrossSections) -> list[str]:
    lines = [f"{'Largest impacts of groups of nuisances':<42}{'impact':>10}  bin"]
    for group, impacts in list(kinds_of_groups(result).items())[:_GROUPS]:
        place = max(range(len(impacts)), key=lambda i: abs(impacts[i]))
        impact = f"{fixed(100 * abs(impacts[place]))} %"
        lines.append(f"  {shorten(group, 40):<40}{impact:>10}  {shorten(result.bins[place], 44)}")
    return lines if len(lines) > 1 else []


def _moved_lines(result: CrossSections) -> list[str]:
    ranked = sorted(result.nuisances, key=lambda nuisance: -abs(nuisance.value - nuisance.prefit))
    moved = [nuisance for nuisance in ranked[:_NUISANCES] if fixed(abs(nuisance.value - nuisance.prefit)) != "0.00"]
    if not moved:
        return []
    lines = [
        f"{'Nuisances moved most by the combination [prior sigma]':<{_NAME + 2}}{'before':>9}{'after':>9}{'sigma':>9}"
    ]
    for nuisance in moved:
        numbers = "".join(f"{fixed(x):>9}" for x in (nuisance.prefit, nuisance.value, nuisance.constraint))
        lines.append(f"  {shorten(nuisance.name, _NAME):<{_NAME}}{numbers}")
    return lines


def _field(name: str, text: str) -> list[str]:
    return wrap(f"{name:<13} {text}", WIDTH, subsequent_indent=" " * 14, break_long_words=False, break_on_hyphens=False)
