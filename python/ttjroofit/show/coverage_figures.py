"""All figures of ``-M Coverage``: which numbers of the result go into which figure."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.coverage import ChoiceCoverage, CoverageResult
from ttjroofit.show.coverage import CHOICE_TITLES, coverage_warnings
from ttjroofit.show.coverage_bins import BinPulls, bin_pulls_figure
from ttjroofit.show.coverage_pulls import ChoicePulls, pull_distributions_figure
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.style import Heading

__all__ = ["coverage_figures"]


def coverage_figures(result: CoverageResult) -> dict[str, Figure]:
    """Draw pulls and coverage.

    Returns:
        Name to figure: ``coverage_<mass>`` for each mass, and ``coverage_bins``.
    """
    figures = {}
    for name, mass in result.masses.items():
        heading = _heading(result, f"pulls and intervals of the mass in {result.toys} toys", prediction=True)
        choices = [_pulls(choice, entry) for choice, entry in mass.choices.items()]
        figures[f"coverage_{name}"] = pull_distributions_figure(choices, mass_symbol(name), heading)
    heading = _heading(result, f"pulls of the combined cross sections in {result.toys} toys", prediction=False)
    figures["coverage_bins"] = bin_pulls_figure(_bins(result), heading)
    return figures


def _heading(result: CoverageResult, subject: str, *, prediction: bool) -> Heading:
    quality = tuple(result.quality) if prediction else ()
    return Heading(f"{result.card}: {subject}", quality, tuple(coverage_warnings(result)))


def _pulls(choice: str, entry: ChoiceCoverage) -> ChoicePulls:
    return ChoicePulls(
        label=CHOICE_TITLES[choice],
        edges=np.array(entry.histogram.edges),
        counts=np.array([entry.histogram.hesse, entry.histogram.minos]),
        means=tuple((pull.mean.value, pull.mean.error) for pull in (entry.hesse, entry.minos)),
        widths=tuple((pull.width.value, pull.width.error) for pull in (entry.hesse, entry.minos)),
        nominal=np.array([interval.nominal for interval in entry.coverage]),
        coverage=np.array(
            [[(kind.value, kind.error) for kind in (interval.hesse, interval.minos)] for interval in entry.coverage]
        ),
    )


def _bins(result: CoverageResult) -> list[BinPulls]:
    return [
        BinPulls(
            label=CHOICE_TITLES[choice],
            measurements=[entry.measurement for entry in result.bins],
            mean=np.array([(b.choices[choice].mean.value, b.choices[choice].mean.error) for b in result.bins]),
            width=np.array([(b.choices[choice].width.value, b.choices[choice].width.error) for b in result.bins]),
            expected=np.array(
                [(b.choices[choice].expected_mean, b.choices[choice].expected_width) for b in result.bins]
            ),
            over_truths=np.array([b.choices[choice].expected_width_over_truths for b in result.bins]),
        )
        for choice in CHOICE_TITLES
    ]
