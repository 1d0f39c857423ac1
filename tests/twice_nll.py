"""2 * negative log-likelihood of a pdf of a workspace at points, against what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from points import Point
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import set_values

__all__ = ["ABSOLUTE", "RELATIVE", "TwiceNll", "assert_differences_agree", "by_name"]

# chi2 of two points differ by 1e3 on top of constants of the logarithms of some 1e4; both sides invert V on their own.
RELATIVE, ABSOLUTE = 1e-9, 1e-8


class TwiceNll:
    """2 * negative log-likelihood of a pdf of a workspace, as a plain ROOT session would make it."""

    def __init__(self, workspace: Any, config: str) -> None:
        with quiet() as ROOT:
            self.workspace = workspace
            model = workspace.obj(config)
            known = ROOT.RooFit.GlobalObservables(model.GetGlobalObservables())
            self.nll = model.GetPdf().createNLL(workspace.data("data_obs"), known, ROOT.RooFit.EvalBackend("legacy"))

    def __call__(self, values: Mapping[str, float]) -> float:
        set_values(self.workspace, values)
        return 2.0 * float(self.nll.getVal())


def by_name(combination: Combination, point: Point) -> dict[str, float]:
    """Values of the variables of the full model; merged names are functions of others."""
    theory = theory_of(combination)
    names = (*theory.parameters.names, *theory.interpolation_names, *combination.prior.parameters)
    return dict(zip(names, map(float, np.concatenate(point)), strict=True))


def assert_differences_agree(nll: list[float], expected: list[float]) -> None:
    found = np.array(nll) - nll[0]
    np.testing.assert_allclose(found, np.array(expected) - expected[0], rtol=RELATIVE, atol=ABSOLUTE)
    assert np.ptp(found) > 1.0
