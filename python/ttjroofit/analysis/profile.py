"""The profile likelihood: the reduced model with some parameters held and all others at their conditional minimum."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Minima, Problems, minimise_all
from ttjroofit.model.tangent import make_tangent
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan, Minimised, Minimizer
from ttjroofit.roofit.profile import HeldFits
from ttjroofit.roofit.workspace import build_reduced

__all__ = ["Profile", "Profiled", "conditional_minima", "fit_profile", "freeze", "hold", "make_profile", "profile_at"]

NO_COVARIANCE = -1
"""Status of a point where Minuit reports success but no valid covariance."""


@dataclass(frozen=True, eq=False)
class Profile:
    """A reduced model and the parameters whose profile is wanted.

    Attributes:
        combination, elimination: of the model; nuisances that are frozen are so in the combination.
        likelihood: with the linear nuisances of ``keep`` explicit.
        keep: linear nuisances among the scanned or held parameters.
        scanned: names of the d parameters of interest.
        held: names of parameters that stay at their values in ``best``.
        best: the minimum over all parameters that are not held, shape (P,).
        minimizer: of RooFit.
        verbosity: of ROOT.
    """

    combination: Combination
    elimination: Elimination
    likelihood: ReducedLikelihood
    keep: tuple[str, ...]
    scanned: tuple[str, ...]
    held: tuple[str, ...]
    best: FloatArray
    minimizer: Minimizer
    verbosity: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Of the P explicit parameters."""
        return self.likelihood.parameters.names

    @property
    def where(self) -> Indices:
        """Positions of the scanned parameters, shape (d,)."""
        return self._positions(self.scanned)

    @property
    def chi2(self) -> float:
        """At the minimum."""
        return self.likelihood.chi2(self.best)

    @property
    def values(self) -> dict[str, float]:
        """Of all explicit parameters at the minimum."""
        return dict(zip(self.names, self.best.tolist(), strict=True))

    def fixed(self, scanned: bool) -> npt.NDArray[np.bool_]:
        """Which explicit parameters do not move, shape (P,): the held ones, and the scanned ones if asked for."""
        fixed = np.array([item.frozen for item in self.likelihood.parameters.items])
        fixed[self._positions(self.held)] = True
        if scanned:
            fixed[self.where] = True
        return fixed

    def covariance(self) -> FloatArray:
        """Of the scanned parameters, from the second derivative at the minimum: shape (d, d)."""
        minima = conditional_minima(self, np.empty((1, 0)), ())
        inverse = np.linalg.inv(minima.hessian[0])
        return np.asarray(inverse[np.ix_(self.where, self.where)])

    def _positions(self, names: Sequence[str]) -> Indices:
        return np.array([self.names.index(name) for name in names], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Profiled:
    """Conditional minima found by Minuit.

    Attributes:
        values: all explicit parameters, shape (B, P).
        delta: chi2 above that of the best fit, shape (B,).
        status: 0 where Minuit converged with a valid covariance, shape (B,).
    """

    values: FloatArray
    delta: FloatArray
    status: npt.NDArray[np.int64]


_prepared: WeakKeyDictionary[Profile, HeldFits] = WeakKeyDictionary()


def make_profile(
    combination: Combination, scanned: Sequence[str], minimizer: Minimizer | None = None, verbosity: int = 0
) -> Profile:
    """Prepare the profile of some parameters; its best fit is the numpy minimum until ``fit_profile`` fits it.

    Args:
        combination: with its prediction.
        scanned: masses, normalisations, theory nuisances, nuisances of the measurements or of the interpolation.
        minimizer: of RooFit; Minuit2 unless given.
        verbosity: of ROOT.

    Raises:
        OptionError: for an unknown or frozen name, or one that stands for another parameter.
    """
    for name in scanned:
        _check_floating(combination, name)
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    keep = tuple(name for name in scanned if name not in likelihood.parameters.names)
    if keep:
        likelihood = reduce_likelihood(combination, elimination, keep)
    best = find_minimum(likelihood)
    return Profile(
        combination, elimination, likelihood, keep, tuple(scanned), (), best, minimizer or Minimizer(), verbosity
    )


def _check_floating(combination: Combination, name: str) -> None:
    """Raise an OptionError if a parameter cannot be scanned."""
    theory, prior = theory_of(combination), combination.prior
    parameters = theory.parameters
    if name in parameters.names:
        if parameters.items[parameters.position(name)].frozen:
            raise OptionError(f"-P {name}: the parameter is frozen and cannot be scanned")
        return
    if name in theory.interpolation_names:
        return
    if name not in prior.parents:
        known = [*parameters.names, *prior.names, *theory.interpolation_names]
        raise OptionError(f"-P {name}: no parameter of this name{suggestion(name, known)}")
    parent, sign = prior.parents[name]
    if parent != name:
        raise OptionError(f"-P {name}: it equals {'-' if sign < 0 else ''}{parent}, use that name")
    if name in combination.frozen:
        raise OptionError(f"-P {name}: the nuisance is frozen and cannot be scanned")


def hold(profile: Profile, values: Mapping[str, float]) -> Profile:
    """The same profile with explicit parameters held at given values, all others at their new minimum in numpy.

    Args:
        profile: of which the parameters are explicit.
        values: by name.

    Raises:
        OptionError: if the model has no minimum there.
    """
    best = profile.best.copy()
    for name, value in values.items():
        best[profile.names.index(name)] = value
    scanned = tuple(name for name in profile.scanned if name not in values)
    changed = replace(profile, scanned=scanned, held=tuple(dict.fromkeys((*profile.held, *values))), best=best)
    minima = conditional_minima(changed, np.empty((1, 0)), ())
    if not minima.converged[0]:
        settings = ", ".join(f"{name}={value:g}" for name, value in values.items())
        raise OptionError(f"the model has no minimum with {settings}: choose other values")
    return replace(changed, best=minima.values[0])


def freeze(profile: Profile, names: Collection[str]) -> Profile:
    """The same profile with parameters of any kind frozen at their values in its best fit.

    The best fit stays where it is, and so does its chi2.

    Args:
        profile: after its fit.
        names: parameters; those that are scanned float on, those that are frozen already stay so.
    """
    combination, theory = profile.combination, theory_of(profile.combination)
    after = make_tangent(combination, profile.elimination, profile.likelihood, profile.best).after
    best = dict(zip(after.names, after.values.tolist(), strict=True)) | profile.values
    frozen = combination.prior.parameters_of(names) - set(profile.scanned)
    parameters = combination.prior.parameters
    starts = np.array([best.get(name, start) for name, start in zip(parameters, combination.starts, strict=True)])
    linear = frozen.intersection(parameters).difference(profile.names)
    changed = replace(combination, frozen=combination.frozen | linear, starts=starts)
    interpolation = tuple(name for name in theory.interpolation_names if name in frozen and name not in profile.keep)
    keep = profile.keep + interpolation
    elimination = eliminate(changed)
    likelihood = reduce_likelihood(changed, elimination, keep)
    held = tuple(name for name in likelihood.parameters.names if name in frozen)
    return replace(
        profile,
        combination=changed,
        elimination=elimination,
        likelihood=likelihood,
        keep=keep,
        held=tuple(dict.fromkeys((*profile.held, *held))),
        best=likelihood.parameters.values(best),
    )


def conditional_minima(profile: Profile, points: FloatArray, scanned: Sequence[str] | None = None) -> Minima:
    """Minima of the reduced chi2 in numpy with parameters held.

    Args:
        profile: whose best fit the search starts from.
        points: values of the parameters, shape (B, d).
        scanned: names of the d parameters; those of the profile unless given.
    """
    names = profile.scanned if scanned is None else scanned
    start = np.tile(profile.best, (len(points), 1))
    held = np.tile(profile.fixed(scanned=False), (len(points), 1))
    for column, name in enumerate(names):
        start[:, profile.names.index(name)] = points[:, column]
        held[:, profile.names.index(name)] = True
    means = np.tile(profile.likelihood.mean, (len(points), 1))
    return minimise_all(profile.likelihood, Problems(means, profile.likelihood.precision, start, held))


def fit_profile(profile: Profile, *, minos: Sequence[str] = (), hesse: bool = True) -> tuple[Profile, Minimised]:
    """Fit all that is not held by RooFit, and take its minimum as the best fit."""
    fixed = profile.fixed(scanned=False)
    held = {name: value for (name, value), is_fixed in zip(profile.values.items(), fixed, strict=True) if is_fixed}
    plan = FitPlan(
        minimizer=profile.minimizer,
        hesse=hesse,
        minos=tuple(minos),
        tolerance=FINE_TOLERANCE,
        verbosity=profile.verbosity,
    )
    minimised = _fits(profile).minimise(held, profile.values, plan)
    found = dict(zip(minimised.names, minimised.values.tolist(), strict=True))
    best = np.array([found.get(name, value) for name, value in profile.values.items()])
    return replace(profile, best=best), minimised


def profile_at(profile: Profile, points: FloatArray) -> Profiled:
    """Conditional minima by Minuit, each started from that of numpy.

    Points are solved one by one, so that none depends on another, not even by rounding.

    Args:
        profile: after its fit.
        points: values of the scanned parameters, shape (B, d).
    """
    solved = [_solve_point(profile, point) for point in points]
    values = np.array([value for value, _ in solved]).reshape(len(points), len(profile.names))
    chi2 = np.array([profile.likelihood.chi2(value) for value in values])
    return Profiled(values, chi2 - profile.chi2, np.array([status for _, status in solved], dtype=np.int64))


def _solve_point(profile: Profile, point: FloatArray) -> tuple[FloatArray, int]:
    """Explicit parameters at one conditional minimum, shape (P,), and its status."""
    minimum = conditional_minima(profile, point[None])
    values, fixed = minimum.values[0], profile.fixed(scanned=True)
    if np.all(fixed):
        return values, 0
    start = dict(zip(profile.names, values.tolist(), strict=True))
    held = {name: start[name] for name, is_fixed in zip(profile.names, fixed, strict=True) if is_fixed}
    plan = FitPlan(minimizer=profile.minimizer, hesse=False, tolerance=FINE_TOLERANCE, verbosity=profile.verbosity)
    minimised = _fits(profile).minimise(held, start, plan)
    values[~fixed] = [minimised.value(name) for name in profile.names if name not in held]
    return values, 0 if minimised.status.good else minimised.status.migrad or NO_COVARIANCE


def _fits(profile: Profile) -> HeldFits:
    """The workspace of a profile, made once in each process."""
    if profile not in _prepared:
        workspace = build_reduced(profile.combination, profile.elimination, profile.keep)
        _prepared[profile] = HeldFits(workspace, profile.values)
    return _prepared[profile]
