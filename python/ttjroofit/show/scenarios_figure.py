"""The masses of all correlation scenarios on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.scenarios import ScenarioResult
from ttjroofit.show.compatibility_masses import MassRows, masses_figure
from ttjroofit.show.numbers import chi2_text, fixed, shorten
from ttjroofit.show.style import Heading

__all__ = ["scenarios_figure"]

_NOTE = 90


def scenarios_figure(scenarios: Sequence[ScenarioResult], heading: Heading) -> Figure:
    """One row a scenario that has a fit, the one in force on top with its band."""
    rows = sorted((s for s in scenarios if s.fit is not None), key=lambda scenario: not scenario.in_force)
    fits = [scenario.fit for scenario in rows if scenario.fit is not None]
    missing = [f"{shorten(s.name, 40)}: no fit" for s in scenarios if s.fit is None]
    repaired = [s.name for s in rows if s.repair is not None]
    return masses_figure(
        MassRows(
            labels=[shorten(scenario.name, 30) for scenario in rows],
            values=np.array([fit.mass for fit in fits]),
            inner=np.array([fit.exp for fit in fits]),
            outer=np.array([(fit.total, fit.total) for fit in fits]),
            numbers=[
                rf"{fixed(fit.mass)} $\pm$ {fixed(fit.exp)} (exp) $\pm$ {fixed(fit.total)} (total), "
                rf"$\chi^2$ {chi2_text(fit.goodness_of_fit)}"
                for fit in fits
            ],
            notes=[*wrap(f"repaired: {', '.join(repaired)}" if repaired else "", _NOTE), *missing],
            unit="GeV",
        ),
        heading,
    )
