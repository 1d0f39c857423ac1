"""The predicted cross sections of all bins as a function of the explicit parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.responses import Responses
from ttjroofit.model.shape import Jet, Shape

__all__ = ["Spectrum", "Term"]


@dataclass(frozen=True, eq=False)
class Term:
    """x_b = N f_b(m, alpha) / density_b for one measurement.

    Attributes:
        measurement: its name.
        mass: position of its mass among the explicit parameters.
        norm: position of its normalisation.
        nuisances: positions of the theory nuisances, in the order of ``shape.shifts``.
        shape: f, normalised to sum 1.
        densities: shape (n,): bin widths for values per unit of the observable, ones for values per bin.
        quality: the line of the prediction that says what it is good for.
    """

    measurement: str
    mass: int
    norm: int
    nuisances: Indices
    shape: Shape
    densities: FloatArray
    quality: str

    def jet(self, values: FloatArray) -> Jet:
        """Cross sections of the n bins and derivatives with respect to all P explicit parameters.

        Args:
            values: shape (..., P).

        Returns:
            Jet of n values over P parameters.
        """
        shares = self.shape.jet(values[..., self.mass], values[..., self.nuisances])
        where = np.concatenate([[self.mass], self.nuisances]).astype(np.intp)
        per_norm = 1.0 / self.densities
        scale = values[..., self.norm, None] * per_norm
        first = np.zeros((*scale.shape, values.shape[-1]))
        second = np.zeros((*first.shape, values.shape[-1]))
        first[..., where] = scale[..., None] * shares.first
        first[..., self.norm] = per_norm * shares.value
        second[..., where[:, None], where] = scale[..., None, None] * shares.second
        mixed = per_norm[:, None] * shares.first
        second[..., self.norm, where] = second[..., where, self.norm] = mixed
        return Jet(scale * shares.value, first, second)

    def interpolation_responses(self, mass: float, norm: float) -> FloatArray:
        """Shifts of the cross sections for +1 sigma of each interpolation nuisance, shape (n, r).

        The covariance of the interpolated shape at ``mass`` is carried through the renormalisation and split into its
        r eigenvectors of non-zero eigenvalue (largest first); one direction vanishes because shares sum to 1.
        """
        interpolation = self.shape.interpolation
        raw = interpolation.value(mass)
        share = raw / raw.sum()
        jacobian = (np.eye(len(raw)) - share[:, None]) / raw.sum() * (norm / self.densities)[:, None]
        values, vectors = np.linalg.eigh(jacobian @ interpolation.value_covariance(mass) @ jacobian.T)
        kept = np.flatnonzero(values > 1e-12 * values[-1])[::-1]
        signs = np.sign(vectors[np.argmax(np.abs(vectors), axis=0), np.arange(len(raw))])
        return np.asarray((vectors * signs)[:, kept] * np.sqrt(values[kept]))


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The predictions of all measurements, bins in the order of the measurements.

    Attributes:
        terms: one a measurement.
        linear: shape (n, P), what the explicit parameters add beyond the terms: nuisances of the measurements that are
            kept explicit; None if there are none.
        responses: what sources that are not linear make of the cross sections; None if there are none.
    """

    terms: tuple[Term, ...]
    linear: FloatArray | None = None
    responses: Responses | None = None

    def jet(self, values: FloatArray) -> Jet:
        """Cross sections of all n bins and their derivatives; ``values`` has shape (..., P)."""
        jets = [term.jet(values) for term in self.terms]
        value = np.concatenate([jet.value for jet in jets], axis=-1)
        first = np.concatenate([jet.first for jet in jets], axis=-2)
        total = Jet(value, first, np.concatenate([jet.second for jet in jets], axis=-3))
        if self.responses is not None:
            total = self.responses.apply(total, values)
        if self.linear is not None:
            total = Jet(total.value + values @ self.linear.T, total.first + self.linear, total.second)
        return total

    def value(self, values: FloatArray) -> FloatArray:
        """Cross sections of all n bins, shape (..., n)."""
        return self.jet(values).value
