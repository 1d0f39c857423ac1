"""The spectrum at many points at once, to second order: where thousands of fits spend their time.

The share of bin b is s_b = u_b / sum(u). With the logarithmic derivatives l_bp = d ln(u_b) / dp and their mean
lbar_p = sum_b s_b l_bp, the first derivative of the share is s_b (l_bp - lbar_p), and a sum g = sum_b w_b s_b has the
second derivative sum_b (w_b - g) u_b,pq / sum(u) - lbar_p g_q - lbar_q g_p: the (n, P, P) derivatives of the bins are
never formed. ``Spectrum.jet`` is the slow, obvious twin.

Arrays have the points on their last axis, where numpy's loops are long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.shape import Jet
from ttjroofit.model.spectrum import Spectrum, Term

__all__ = ["DenseExpansion", "Expansion", "expand"]


@dataclass(frozen=True, eq=False)
class Expansion:
    """Cross sections of n bins at B points, and their derivatives with respect to P explicit parameters.

    Attributes:
        value: shape (n, B).
        first: shape (n, P, B).
        terms: what the second derivative is made of.
    """

    value: FloatArray
    first: FloatArray
    terms: tuple[_Expanded, ...]

    def curvature(self, force: FloatArray) -> FloatArray:
        """sum_b force_b d2 x_b / dp dq, shape (B, P, P); ``force`` has shape (n, B)."""
        parameters, points = self.first.shape[1:]
        total = np.zeros((points, parameters, parameters))
        start = 0
        for term in self.terms:
            bins = len(term.share)
            term.add_curvature(force[start : start + bins], total)
            start += bins
        return total


class DenseExpansion:
    """The same where sources are not linear, from the whole jet; its points are on the first axis."""

    def __init__(self, jet: Jet) -> None:
        self.value = np.ascontiguousarray(jet.value.T)
        self.first = np.ascontiguousarray(np.moveaxis(jet.first, 0, -1))
        self._second = jet.second

    def curvature(self, force: FloatArray) -> FloatArray:
        """sum_b force_b d2 x_b / dp dq, shape (B, P, P); ``force`` has shape (n, B)."""
        return np.asarray(np.einsum("bt,tbpq->tpq", force, self._second))


def expand(spectrum: Spectrum, values: FloatArray) -> Expansion | DenseExpansion:
    """Expand about B points; ``values`` has shape (B, P)."""
    if spectrum.responses is not None:
        return DenseExpansion(spectrum.jet(values))
    columns = np.ascontiguousarray(values.T)
    terms = tuple(_expand_term(term, columns) for term in spectrum.terms)
    bins = sum(len(term.share) for term in terms)
    value, first = np.empty((bins, columns.shape[1])), np.zeros((bins, *columns.shape))
    start = 0
    for term in terms:
        end = start + len(term.share)
        value[start:end] = term.norm * term.share * term.per_norm
        first[start:end, term.term.norm] = term.share * term.per_norm
        first[start:end, term.where] = value[start:end, None] * term.centred
        start = end
    if spectrum.linear is not None:
        value += spectrum.linear @ columns
        first += spectrum.linear[:, :, None]
    return Expansion(value, first, terms)


@dataclass(frozen=True, eq=False)
class _Expanded:
    """One measurement's term at B points; p runs over its mass and its A theory nuisances.

    Attributes:
        term: what was expanded.
        share: s, shape (n, B).
        norm: N, shape (B,).
        per_norm: 1 / bin width, shape (n, 1).
        logarithmic: l, shape (n, 1+A, B).
        mean: lbar, shape (1+A, B).
        bend: second derivative of u with respect to the mass over u, shape (n, B).
    """

    term: Term
    share: FloatArray
    norm: FloatArray
    per_norm: FloatArray
    logarithmic: FloatArray
    mean: FloatArray
    bend: FloatArray

    @property
    def where(self) -> list[int]:
        """Positions of the mass and the theory nuisances among the P parameters."""
        return [self.term.mass, *self.term.nuisances.tolist()]

    @property
    def centred(self) -> FloatArray:
        """L - lbar, shape (n, 1+A, B)."""
        return self.logarithmic - self.mean

    def add_curvature(self, force: FloatArray, total: FloatArray) -> None:
        """Add sum_b force_b d2 x_b / dp dq to ``total``, shape (B, P, P); ``force`` has shape (n, B)."""
        pull = force * self.per_norm
        sum_ = np.einsum("bt,bt->t", pull, self.share)
        weight = self.share * (pull - sum_)
        # sum over bins of weight l is d g / dp for g = sum_b pull_b s_b
        slope = np.einsum("bpt,bt->pt", self.logarithmic, weight)
        weighted = np.moveaxis(self.logarithmic * weight[:, None], -1, 0)
        hessian = np.swapaxes(weighted, 1, 2) @ np.moveaxis(self.logarithmic, -1, 0)
        if self.term.shape.response == "additive":
            hessian[:, 1:, 1:] = 0.0
        else:
            diagonal = np.arange(1, len(self.mean))
            hessian[:, diagonal, diagonal] = 0.0
        hessian[:, 0, 0] = np.einsum("bt,bt->t", weight, self.bend)
        cross = np.einsum("pt,qt->tpq", self.mean, slope)
        hessian -= cross + np.swapaxes(cross, 1, 2)
        where = self.where
        total[:, np.array(where)[:, None], where] += self.norm[:, None, None] * hessian
        total[:, self.term.norm, where] += slope.T
        total[:, where, self.term.norm] += slope.T


def _expand_term(term: Term, columns: FloatArray) -> _Expanded:
    """Expand one term; ``columns`` has shape (P, B)."""
    polynomial, slope, bend = _polynomial(term, columns[term.mass])
    shifts, alpha = term.shape.shifts.T[:, :, None], columns[term.nuisances]
    if term.shape.response == "additive":
        deformation = 1.0 + term.shape.shifts.T @ alpha
        relative = shifts / deformation[:, None]
    else:
        factors = 1.0 + shifts * alpha
        deformation = factors.prod(axis=1)
        relative = shifts / factors
    raw = polynomial * term.shape.scale[:, None] * deformation
    share = raw / raw.sum(axis=0)
    logarithmic = np.concatenate([(slope / polynomial)[:, None], relative], axis=1)
    return _Expanded(
        term=term,
        share=share,
        norm=columns[term.norm],
        per_norm=1.0 / term.densities[:, None],
        logarithmic=logarithmic,
        mean=np.einsum("bpt,bt->pt", logarithmic, share),
        bend=bend / polynomial,
    )


def _polynomial(term: Term, mass: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Interpolated shape and its two derivatives by Horner's rule, shapes (n, B)."""
    interpolation = term.shape.interpolation
    offset = mass - interpolation.reference
    value: FloatArray = np.zeros((len(interpolation.coefficients), len(mass)))
    slope: FloatArray = np.zeros_like(value)
    bend: FloatArray = np.zeros_like(value)
    for coefficient in interpolation.coefficients.T[::-1]:
        bend = bend * offset + 2.0 * slope
        slope = slope * offset + value
        value = value * offset + coefficient[:, None]
    return value, slope, bend
