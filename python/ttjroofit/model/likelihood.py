"""chi2 = -2 ln(L / L_saturated) of a combination with a prediction: reduced, and spelt out term by term."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.factors import factorise
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.parameters import Parameters
from ttjroofit.model.spectrum import Spectrum

__all__ = ["ReducedLikelihood", "explicit_chi2", "reduce_likelihood", "theory_of"]


@dataclass(frozen=True, eq=False)
class ReducedLikelihood:
    """N(mean; x(m, N, alpha), covariance) times the priors of alpha; all linear nuisances eliminated.

    Attributes:
        mean: shape (n,), combined cross sections.
        covariance: shape (n, n): W^-1 of the combination plus the interpolation of the prediction.
        offset: chi2 of the combination itself, a constant.
        parameters: the P explicit parameters.
        spectrum: x as a function of them.
    """

    mean: FloatArray
    covariance: FloatArray
    offset: float
    parameters: Parameters
    spectrum: Spectrum

    def chi2(self, values: FloatArray) -> float:
        """chi2 at ``values``, shape (P,)."""
        residual = self.mean - self.spectrum.value(values)
        means, precisions = self.parameters.prior_terms()
        quadratic = residual @ inverse_positive(self.covariance) @ residual
        return float(quadratic + precisions @ (values - means) ** 2 + self.offset)

    @property
    def ndf(self) -> int:
        """Bins minus floating masses and normalisations: sum_k (n_k - 1) - number of masses if all float."""
        return len(self.mean) - sum(not item.frozen and item.prior is None for item in self.parameters.items)


def theory_of(combination: Combination) -> Theory:
    """The prediction of a combination.

    Raises:
        ModelError: if its card names none.
    """
    if combination.theory is None:
        raise ModelError(
            f"card {combination.card} has no `theory` line, so there is no mass to fit: use -M CrossSections"
        )
    return combination.theory


def reduce_likelihood(combination: Combination, elimination: Elimination) -> ReducedLikelihood:
    """The likelihood of section 4 of the specification."""
    theory, reduced = theory_of(combination), elimination.reduced
    return ReducedLikelihood(
        mean=reduced.mean,
        covariance=reduced.covariance + theory.interpolation_covariance,
        offset=reduced.chi2,
        parameters=theory.parameters,
        spectrum=theory.spectrum,
    )


def explicit_chi2(combination: Combination, values: FloatArray, eta: FloatArray, phi: FloatArray) -> float:
    """chi2 with every nuisance explicit, factor by factor as section 3 of the specification writes it.

    The slow, obvious twin of ``reduce_likelihood``: its minimum over eta and phi is the reduced chi2.

    Args:
        combination: measurements, priors and prediction.
        values: explicit parameters, shape (P,).
        eta: interpolation nuisances, shape (r,).
        phi: all prior parameters, frozen ones included, shape (q,).
    """
    theory = theory_of(combination)
    x = theory.spectrum.value(values) + theory.interpolation @ eta
    means, precisions = theory.parameters.prior_terms()
    chi2 = float(precisions @ (values - means) ** 2 + eta @ eta)
    for factor in factorise(combination):
        residual = factor.residual(x, phi)
        chi2 += float(residual @ inverse_positive(factor.covariance) @ residual) + factor.chi2
    return chi2
