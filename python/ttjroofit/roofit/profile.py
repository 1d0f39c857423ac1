"""Fits of one model with parameters held, none of which depends on those before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ttjroofit.roofit.minimise import FitPlan, Minimised, make_likelihood, minimise
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import set_values

__all__ = ["HeldFits"]


class HeldFits:
    """A workspace and its likelihood, made once: that takes longer than a fit.

    Args:
        workspace: of ``build_reduced``.
        values: of all explicit parameters; the likelihood is counted from there, so that its rounding is the same
            whatever is fitted first.
    """

    def __init__(self, workspace: Any, values: Mapping[str, float]) -> None:
        self._workspace = workspace
        self._prepare(values)
        self._likelihood = make_likelihood(workspace)
        with quiet():
            self._likelihood.getVal()

    def minimise(self, held: Mapping[str, float], start: Mapping[str, float], plan: FitPlan) -> Minimised:
        """Fit with parameters held at given values.

        Args:
            held: values of the parameters that do not move; outside of their ranges if need be.
            start: where the others start.
            plan: of the fit; at least one parameter must float.
        """
        self._prepare({**start, **held})
        for name in held:
            self._workspace.var(name).setConstant(True)
        return minimise(self._workspace, plan, self._likelihood)

    def _prepare(self, values: Mapping[str, float]) -> None:
        """Put everything back, the first steps of Minuit too, set values and widen ranges that exclude them."""
        self._workspace.loadSnapshot("prefit")
        for name, value in values.items():
            variable = self._workspace.var(name)
            if not variable.getMin() <= value <= variable.getMax():
                variable.setRange(min(variable.getMin(), value), max(variable.getMax(), value))
        set_values(self._workspace, values)
