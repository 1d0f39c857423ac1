"""The likelihood as a function of numpy arrays, for a minimiser or a sampler of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.library.model import Source, as_model
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood

__all__ = ["Chi2", "likelihood"]


@dataclass(frozen=True, eq=False)
class Chi2:
    """chi2 = -2 ln(L / L_saturated) as a function of the F floating parameters: ``chi2(values)``.

    The likelihood is the reduced one (docs/likelihood.md): linear nuisances are eliminated, so that their profile is
    taken at every point. Its priors are in it: exp(-chi2 / 2) is a posterior density up to flat priors and a constant.

    Attributes:
        names: the F names: masses in GeV, normalisations in the unit of their measurement, theory nuisances.
        start: shape (F,), start values of the card.
        low, high: shape (F,), ends of the ranges.
        step: shape (F,), about a standard deviation each.
        ndf: degrees of freedom at the minimum.
        errordef: rise of chi2 at one standard deviation, under the name that iminuit looks for.
    """

    names: tuple[str, ...]
    start: FloatArray
    low: FloatArray
    high: FloatArray
    step: FloatArray
    ndf: int
    errordef: float = 1.0
    _likelihood: ReducedLikelihood = field(kw_only=True, repr=False)

    def __call__(self, values: npt.ArrayLike) -> float:
        """chi2 at ``values``, shape (F,).

        Raises:
            ValueError: for another shape.
        """
        return self._likelihood.chi2(self._all(values))

    def gradient(self, values: npt.ArrayLike) -> FloatArray:
        """Derivatives of chi2 with respect to the F parameters, shape (F,)."""
        reduced, everything = self._likelihood, self._all(values)
        jet = reduced.spectrum.jet(everything)
        _, half, _ = reduced.prior.quadratic((everything - reduced.prior.mean)[None])
        slope = 2.0 * (jet.first.T @ reduced.precision @ (jet.value - reduced.mean) + half[0])
        return np.asarray(slope[reduced.parameters.floating])

    def values(self, given: Mapping[str, float]) -> FloatArray:
        """The start values, shape (F,), with those given in place of theirs.

        Raises:
            ValueError: for a name that is none of the floating parameters.
        """
        strange = [name for name in given if name not in self.names]
        if strange:
            raise ValueError(f"{strange[0]} is none of the floating parameters: {', '.join(self.names)}")
        return np.array([given.get(name, start) for name, start in zip(self.names, self.start.tolist(), strict=True)])

    def _all(self, values: npt.ArrayLike) -> FloatArray:
        """The values of all explicit parameters, frozen ones at their start."""
        given = np.asarray(values, dtype=np.float64)
        if given.shape != (len(self.names),):
            raise ValueError(f"values of shape {given.shape}, expected ({len(self.names)},): one for each of `names`")
        everything = self._likelihood.parameters.start
        everything[self._likelihood.parameters.floating] = given
        return everything


def likelihood(source: Source) -> Chi2:
    """The reduced likelihood of a model as a function; no ROOT.

    Args:
        source: model, card or path of a card.

    Raises:
        TtjroofitError: as of ``load``; a card without a prediction has no such likelihood.

    Example:
        >>> from scipy.optimize import minimize
        >>> chi2 = likelihood("cards/atlas8.txt")
        >>> minimum = minimize(chi2, chi2.start, jac=chi2.gradient)
        >>> f"{chi2.names[0]} = {minimum.x[0]:.2f} GeV, chi2 = {minimum.fun:.2f} for {chi2.ndf}"
        'm_t = 171.88 GeV, chi2 = 6.85 for 6'
    """
    combination = as_model(source).combination
    reduced = reduce_likelihood(combination, eliminate(combination))
    items = [reduced.parameters.items[i] for i in reduced.parameters.floating]
    return Chi2(
        names=tuple(item.name for item in items),
        start=np.array([item.start for item in items]),
        low=np.array([item.low for item in items]),
        high=np.array([item.high for item in items]),
        step=np.array([item.step for item in items]),
        ndf=reduced.ndf,
        _likelihood=reduced,
    )
