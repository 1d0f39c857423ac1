"""The fit of the data alone by RooFit: no MINOS, no scale envelope, no breakdown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.minuit import fit_status
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.likelihood import ReducedLikelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.tangent import make_tangent
from ttjroofit.results.fit import FitStatus
from ttjroofit.roofit.minimise import FitPlan, minimise
from ttjroofit.roofit.session import root
from ttjroofit.roofit.workspace import build_reduced, build_workspace, set_values

__all__ = ["DataFit", "fit_data"]


@dataclass(frozen=True, eq=False)
class DataFit:
    """The minimum of the data.

    Attributes:
        values: explicit parameters, shape (P,).
        chi2: there.
        status: of the minimiser.
    """

    values: FloatArray
    chi2: float
    status: FitStatus


def fit_data(
    combination: Combination,
    elimination: Elimination,
    likelihood: ReducedLikelihood,
    *,
    options: FitOptions,
    clock: Clock,
) -> DataFit:
    """Fit by MIGRAD and HESSE in the workspace of the engine.

    Args:
        combination: with its prediction.
        elimination: of the combination.
        likelihood: of the combination, for the start and the chi2.
        options: engine and minimiser.
        clock: told of the stages.

    Raises:
        ModelError: if nothing is left to fit.
    """
    parameters = likelihood.parameters
    if not len(parameters.floating):
        raise ModelError("all masses, normalisations and theory nuisances are frozen: nothing is left to fit")
    start = find_minimum(likelihood)
    values = dict(zip(parameters.names, start.tolist(), strict=True))
    with clock.stage("ROOT"):
        root()
    with clock.stage("workspace"):
        if options.engine == "reduced":
            workspace = build_reduced(combination, elimination)
        else:
            workspace = build_workspace(combination, elimination)
            after = make_tangent(combination, elimination, likelihood, start).after
            values |= dict(zip(after.names, after.values.tolist(), strict=True))
    with clock.stage("fit"):
        set_values(workspace, values)
        plan = FitPlan(options.engine, options.minimizer, verbosity=options.verbosity)
        minimised = minimise(workspace, plan)
    found = parameters.values(dict(zip(minimised.names, minimised.values.tolist(), strict=True)))
    return DataFit(np.asarray(found), likelihood.chi2(found), fit_status(minimised))
