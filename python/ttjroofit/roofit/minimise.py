"""Minuit2, HESSE and MINOS through RooMinimizer, with retries and an honest status."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import model_config_name, variables

__all__ = [
    "FINE_TOLERANCE",
    "MINIMIZERS",
    "FitPlan",
    "Minimised",
    "Minimizer",
    "Status",
    "make_likelihood",
    "minimise",
    "parse_minimizer",
]

MINIMIZERS = {
    "Minuit2": ("migrad", "simplex", "combined"),
    "Minuit": ("migrad", "simplex"),
}
"""Minimisers of ROOT that also give HESSE and MINOS, with their algorithms; the first is the default."""

TOLERANCE = 1e-4
"""MIGRAD is asked for an estimated distance to the minimum (EDM) of 0.001 TOLERANCE in the negative log-likelihood."""

FINE_TOLERANCE = 1e-7
"""The same for fits whose shift from another fit is wanted. Minuit2 itself stops at 2 sqrt(precision) = 3e-8."""

MAX_CALLS = 10_000_000
"""Evaluations of one MIGRAD at most: far above the 5e5 of 640 parameters, RooMinimizer's default is not."""

NO_COVARIANCE = 5
"""Status of Minuit2 for a valid minimum without a covariance."""

STRATEGIES = (1, 2, 2)
"""Minuit strategies tried one after the other until a fit succeeds."""


@dataclass(frozen=True)
class Minimizer:
    """A minimiser of ROOT and its algorithm."""

    name: str = "Minuit2"
    algorithm: str = "migrad"

    def __str__(self) -> str:
        return f"{self.name},{self.algorithm}"


def parse_minimizer(text: str) -> Minimizer:
    """Read ``NAME`` or ``NAME,ALGORITHM`` as combine writes them.

    Raises:
        OptionError: for an unknown minimiser or algorithm.
    """
    name, _, algorithm = text.partition(",")
    known = {key.lower(): key for key in MINIMIZERS}
    if name.lower() not in known:
        raise OptionError(f"--minimizer {text}: no minimiser {name}; choose among {', '.join(MINIMIZERS)}")
    algorithms = MINIMIZERS[known[name.lower()]]
    algorithm = algorithm.lower() or algorithms[0]
    if algorithm not in algorithms:
        raise OptionError(
            f"--minimizer {text}: {name} has no algorithm {algorithm}; choose among {', '.join(algorithms)}"
        )
    return Minimizer(known[name.lower()], algorithm)


@dataclass(frozen=True)
class FitPlan:
    """How a model is to be fitted.

    Attributes:
        engine: ``reduced`` or ``full``.
        minimizer: Minuit2 MIGRAD unless given.
        hesse: whether HESSE is run after the minimisation.
        minos: parameters to run MINOS on.
        tolerance: of MIGRAD.
        verbosity: of ROOT.
    """

    engine: Literal["reduced", "full"] = "reduced"
    minimizer: Minimizer = field(default_factory=Minimizer)
    hesse: bool = True
    minos: tuple[str, ...] = ()
    tolerance: float = TOLERANCE
    verbosity: int = 0


@dataclass(frozen=True)
class Status:
    """What the minimiser reported.

    Attributes:
        minimizer: name and algorithm.
        strategy: of the attempt that stands.
        migrad, hesse, minos: status codes, 0 for success; ``minos`` None if it was not run.
        cov_quality: 3 for a full, accurate, positive-definite covariance.
        edm: estimated distance to the minimum in the negative log-likelihood.
        calls: evaluations of the likelihood.
        attempts: fits tried.
    """

    minimizer: str
    strategy: int
    migrad: int
    hesse: int
    minos: int | None
    cov_quality: int
    edm: float
    calls: int
    attempts: int

    @property
    def good(self) -> bool:
        """Converged with a valid covariance."""
        return self.migrad == 0 and self.hesse == 0 and self.cov_quality == 3 and self.minos in (0, None)


@dataclass(frozen=True, eq=False)
class Minimised:
    """The minimum found.

    Attributes:
        names: floating parameters in the order of RooFit.
        values: shape (d,).
        covariance: shape (d, d), from HESSE.
        minos: name to (lower, upper) error, the lower one negative; NaN where MINOS failed.
        nll: negative log-likelihood at the minimum, relative to where the fit started.
        status: of the minimiser.
        result: the RooFitResult itself.
        seconds: wall time of minimisation, HESSE and MINOS, in all attempts.
    """

    names: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    minos: dict[str, tuple[float, float]]
    nll: float
    status: Status
    result: Any
    seconds: float

    def value(self, name: str) -> float:
        """Value of a floating parameter."""
        return float(self.values[self.names.index(name)])

    def sigma(self, name: str) -> float:
        """HESSE error of a floating parameter."""
        position = self.names.index(name)
        return float(np.sqrt(self.covariance[position, position]))


def minimise(workspace: Any, plan: FitPlan, likelihood: Any = None) -> Minimised:
    """Fit a model of a workspace to its data, from the values its parameters have now.

    Args:
        workspace: of ``build_workspace``.
        plan: what to run.
        likelihood: of ``make_likelihood``, for those who fit one model many times; None makes it.

    Returns:
        The minimum, whether or not the fit succeeded: see its status. The parameters of the workspace are left there.
    """
    with quiet(plan.verbosity) as ROOT:
        likelihood = make_likelihood(workspace, plan.engine) if likelihood is None else likelihood
        attempts: list[_Attempt] = []
        for strategy in STRATEGIES:
            attempts.append(_attempt(ROOT, workspace, likelihood, plan, strategy))
            if attempts[-1].status.good:
                break
        return _collect(attempts, plan)


@dataclass(frozen=True, eq=False)
class _Attempt:
    """One fit with one strategy: the RooFitResult, its status, and the seconds inside Minuit."""

    result: Any
    status: Status
    seconds: float


def make_likelihood(workspace: Any, engine: str = "reduced") -> Any:
    """The negative log-likelihood of a model of a workspace, relative to its first value."""
    with quiet() as ROOT:
        config = workspace.obj(model_config_name(engine))
        # without the constant of the logarithm HESSE takes smaller steps and is more accurate
        options = [ROOT.RooFit.GlobalObservables(config.GetGlobalObservables()), ROOT.RooFit.Offset("initial")]
        if hasattr(ROOT.RooFit, "EvalBackend"):
            # for a single data point the caches of the legacy backend beat the vectorised one by an order of magnitude
            options.append(ROOT.RooFit.EvalBackend("legacy"))
        return config.GetPdf().createNLL(workspace.data("data_obs"), *options)


def _attempt(ROOT: Any, workspace: Any, likelihood: Any, plan: FitPlan, strategy: int) -> _Attempt:
    """One fit with one strategy; it goes on from where the parameters are."""
    minimiser = ROOT.RooMinimizer(likelihood)
    minimiser.setPrintLevel(plan.verbosity - 2)
    minimiser.setPrintEvalErrors(plan.verbosity - 2)
    minimiser.setStrategy(strategy)
    minimiser.setEps(plan.tolerance)
    minimiser.setMaxFunctionCalls(MAX_CALLS)
    scanned = variables(ROOT, workspace, plan.minos)
    start = time.perf_counter()
    migrad = _code(minimiser.minimize(plan.minimizer.name, plan.minimizer.algorithm), plan)
    hesse = _code(minimiser.hesse(), plan) if plan.hesse else 0
    minos = _code(minimiser.minos(scanned), plan) if plan.minos else None
    seconds = time.perf_counter() - start
    result = minimiser.save()
    status = Status(
        minimizer=str(plan.minimizer),
        strategy=strategy,
        migrad=migrad,
        hesse=hesse,
        minos=minos,
        cov_quality=int(result.covQual()),
        edm=float(result.edm()),
        calls=int(minimiser.evalCounter()),
        attempts=1,
    )
    return _Attempt(result, status, seconds)


def _code(code: int, plan: FitPlan) -> int:
    """The status without what is no failure: a simplex has no covariance, HESSE makes it afterwards."""
    if plan.minimizer.algorithm == "simplex" and code % 10 == NO_COVARIANCE:
        return code - NO_COVARIANCE
    return code


def _collect(attempts: Sequence[_Attempt], plan: FitPlan) -> Minimised:
    """The last attempt stands; calls and seconds are those of all."""
    result = attempts[-1].result
    calls = sum(attempt.status.calls for attempt in attempts)
    floating = list(result.floatParsFinal())
    names = tuple(str(variable.GetName()) for variable in floating)
    matrix = result.covarianceMatrix()
    covariance = np.array([[matrix(i, j) for j in range(len(names))] for i in range(len(names))])
    return Minimised(
        names=names,
        values=np.array([variable.getVal() for variable in floating]),
        covariance=covariance,
        minos={name: _minos_errors(floating[names.index(name)]) for name in plan.minos if name in names},
        nll=float(result.minNll()),
        status=replace(attempts[-1].status, calls=calls, attempts=len(attempts)),
        result=result,
        seconds=sum(attempt.seconds for attempt in attempts),
    )


def _minos_errors(variable: Any) -> tuple[float, float]:
    if not variable.hasAsymError():
        return float("nan"), float("nan")
    return float(variable.getAsymErrorLo()), float(variable.getAsymErrorHi())
