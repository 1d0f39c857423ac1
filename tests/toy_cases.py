"""Toys of small combinations, and RooFit on one toy at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ttjroofit.analysis.toys import Hypothesis, toy_truth, truth_values
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.newton import Minima, minimise_all
from ttjroofit.model.toy_observables import from_observables, observables
from ttjroofit.model.toys import ToyModel, Toys, toy_model
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan, Minimised, minimise
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import model_config_name, set_values, variables

__all__ = ["Thrown", "observe", "refit"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Thrown:
    """Toys of a combination with everything that they were made of."""

    combination: Combination
    elimination: Elimination
    likelihood: ReducedLikelihood
    model: ToyModel
    toys: Toys

    @classmethod
    def of(cls, combination: Combination, count: int, *, seed: int = 1, frequentist: bool = True) -> Thrown:
        elimination = eliminate(combination)
        likelihood = reduce_likelihood(combination, elimination)
        truth = toy_truth(combination, elimination, frequentist)
        model = toy_model(combination, elimination, likelihood, truth, seed)
        return cls(combination, elimination, likelihood, model, model.throw(0, count, whole=True))

    @property
    def observables(self) -> dict[str, FloatArray]:
        return observables(self.combination, self.elimination, self.toys, self.model.truth)

    @property
    def truth(self) -> dict[str, float]:
        return truth_values(self.combination, self.elimination, self.model.truth)

    @property
    def minima(self) -> Minima:
        start = Hypothesis.of(self.combination, self.likelihood, self.truth).start
        return minimise_all(self.likelihood, self.toys.problems(self.likelihood, start))

    def chi2_at_truth(self, toy: int, *, full: bool) -> float:
        """chi2 of one toy at the truth: of the reduced model, or with all nuisances explicit."""
        truth, toys, theory = self.model.truth, self.toys, theory_of(self.combination)
        spectrum, prior = self.likelihood.spectrum, self.likelihood.prior
        where = [self.likelihood.parameters.position(name) for name in toys.constrained]
        sigma = [item.prior[1] for item in theory.parameters.items if item.prior is not None and not item.frozen]
        chi2 = float(np.sum(((truth.values[where] - toys.centres[toy]) / sigma) ** 2))
        if not full:
            kept = [self.likelihood.parameters.position(name) for name in toys.kept]
            pull = truth.values[kept] - toys.estimates[toy]
            chi2 += float(pull @ prior.precision[np.ix_(kept, kept)] @ pull)
            residual = toys.means[toy] - spectrum.value(truth.values)
            return chi2 + float(residual @ np.linalg.solve(self.likelihood.covariance, residual))
        joint = from_observables(self.combination, self.elimination, self.observables).joint
        assert joint is not None
        predicted = replace(spectrum, linear=None).value(truth.values)
        distance = np.concatenate([predicted + theory.interpolation @ truth.eta, truth.phi]) - joint[toy]
        chi2 += float(np.sum((truth.eta - toys.eta[toy]) ** 2))
        return chi2 + float(distance @ self.elimination.information.hessian @ distance)


def observe(workspace: Any, bins: tuple[str, ...], observed: Mapping[str, float]) -> None:
    """Make a toy the data of a workspace: its bins, and its auxiliary observables where the workspace has them."""
    with quiet() as ROOT:
        for name, value in observed.items():
            variable = workspace.var(name)
            if variable:
                # bins have ranges that a toy may leave
                variable.removeRange()
                variable.setVal(value)
        data = workspace.data("data_obs")
        for variable in data.get():
            variable.removeRange()
        data.reset()
        data.add(variables(ROOT, workspace, bins))


def refit(thrown: Thrown, workspace: Any, toy: int, engine: Any) -> tuple[Minimised, float]:
    """Fit one toy by RooFit, from the truth; also by how much its chi2 is below that of the truth."""
    observed = {name: float(column[toy]) for name, column in thrown.observables.items()}
    if engine == "reduced":
        # the reduced pdf has eliminated all auxiliary observables but those of the theory
        moved = thrown.likelihood.mean - thrown.combination.observed_values
        observed |= dict(zip(thrown.combination.bins, (thrown.toys.means[toy] - moved).tolist(), strict=True))
        for name, value in zip(thrown.toys.kept, thrown.toys.estimates[toy].tolist(), strict=True):
            # nuisances with unit priors are centred on their own auxiliary observables
            observed |= {f"{name}_kept_In": value, f"{name}_In": value}
    observe(workspace, thrown.combination.bins, observed)
    truth = replace(thrown.model.truth, frequentist=True)
    start = truth_values(thrown.combination, thrown.elimination, truth)
    set_values(workspace, {name: value for name, value in start.items() if workspace.var(name)})
    with quiet() as ROOT:
        config = workspace.obj(model_config_name(engine))
        nll = config.GetPdf().createNLL(
            workspace.data("data_obs"), ROOT.RooFit.GlobalObservables(config.GetGlobalObservables())
        )
        before = float(nll.getVal())
        fitted = minimise(workspace, FitPlan(engine, hesse=False, tolerance=FINE_TOLERANCE))
        return fitted, 2.0 * (float(nll.getVal()) - before)
