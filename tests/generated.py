"""Combinations drawn at random for laws of the algebra, and everything that is said of one, by names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from synthetic import Small, make_measurement, small
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.refit import mass_fitter
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.impacts import global_impacts, ordinary_impact
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior
from twin import FloatArray

__all__ = ["Answer", "Case", "Recipe", "Tie", "assert_same", "changed", "lines", "recipes"]

Tie = tuple[str, str, float]

LARGEST_TIE = 0.6
"""With larger ones between profiled nuisances the total need not be positive definite."""


@dataclass(frozen=True)
class Case:
    """Measurements with predictions and stated correlations.

    Attributes:
        parts: measurements and predictions.
        ties: stated correlations; a nuisance is in one of them at most, so that the matrix is positive definite.
    """

    parts: Small
    ties: tuple[Tie, ...]

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        return self.parts.measurements

    @property
    def untied(self) -> list[tuple[int, str]]:
        """Sources that no correlation names, each with the number of its measurement."""
        tied = {name for first, second, _ in self.ties for name in (first, second)}
        return [(k, name) for k, m in enumerate(self.measurements) for name in m.sources if name not in tied]

    def answer(self, *more: str, options: ModelOptions | None = None) -> Answer:
        """What is said of the combination, with more lines in its card."""
        return Answer.of(self.parts.combine(*lines(self.ties), *more, options=options))

    def with_measurements(self, *measurements: Measurement) -> Case:
        return replace(self, parts=self.parts.with_measurements(*measurements))

    def with_measurement(self, number: int, measurement: Measurement) -> Case:
        """Another measurement in place of the one of a number."""
        everything = list(self.measurements)
        everything[number] = measurement
        return self.with_measurements(*everything)


def lines(ties: Sequence[Tie]) -> list[str]:
    """Lines of a card that state correlations."""
    return [f"correlation drawn {first} {second} {value:.17g}" for first, second, value in ties]


@dataclass(frozen=True)
class Recipe:
    """What a case is drawn from.

    Attributes:
        shapes: bins, sources and profiled nuisances of each measurement.
        seed: of everything else.
    """

    shapes: Sequence[tuple[int, int, int]]
    seed: int

    def case(self, folder: Path) -> Case:
        """The case, its predictions written into ``folder``."""
        rng = self.rng()
        measurements = [
            make_measurement("ABC"[k], bins=bins, sources=sources, profiled=profiled, seed=int(rng.integers(2**31)))
            for k, (bins, sources, profiled) in enumerate(self.shapes)
        ]
        return Case(small(folder, *measurements), tuple(_draw_ties(rng, measurements)))

    def rng(self) -> np.random.Generator:
        """Random numbers for what a test chooses."""
        return np.random.default_rng(self.seed)


_SHAPES = st.tuples(st.integers(3, 5), st.integers(1, 3), st.integers(0, 3))

recipes = st.builds(Recipe, shapes=st.lists(_SHAPES, min_size=2, max_size=3), seed=st.integers(0, 2**32 - 1))
"""Two or three measurements of 3 to 5 bins with sources and profiled nuisances, some of them tied."""


def _draw_ties(rng: np.random.Generator, measurements: Sequence[Measurement]) -> list[Tie]:
    owners = {name: m.name for m in measurements for name in m.nuisances}
    order = [str(name) for name in rng.permutation(list(owners))]
    pairs = [pair for pair in zip(order[::2], order[1::2], strict=False) if owners[pair[0]] != owners[pair[1]]]
    # half of the pairs: some sources must stay untied
    return [(*pair, float(rng.uniform(-LARGEST_TIE, LARGEST_TIE))) for pair in pairs[: (len(pairs) + 1) // 2]]


def changed(measurement: Measurement, **fields: object) -> Measurement:
    """A measurement with other sources or covariance, its groups after them."""
    new = replace(measurement, **fields)  # type: ignore[arg-type]
    members = {f"{new.name}_fit": new.profiled, f"{new.name}_outside": new.sources}
    return replace(new, groups={group: names for group, names in members.items() if names})


@dataclass(frozen=True)
class Answer:
    """What is said of a combination, by names.

    Attributes:
        mass, sigma, chi2: of the fit of the mass.
        bins: names of the n combined cross sections.
        values: of them, shape (n,).
        covariance: shape (n, n).
        pulls: nuisance to its value and constraint after the combination.
        on_bins: nuisance to the shift of the bins for its post-fit +1 sigma, shape (n,).
        on_mass: nuisance to the shift of the mass.
        from_auxiliary: nuisance to its global impact on the mass.
    """

    mass: float
    sigma: float
    chi2: float
    bins: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    pulls: Mapping[str, tuple[float, float]]
    on_bins: Mapping[str, FloatArray]
    on_mass: Mapping[str, float]
    from_auxiliary: Mapping[str, float]

    @classmethod
    def of(cls, combination: Combination) -> Answer:
        result, fitter = combine_cross_sections(combination).result, mass_fitter(combination)
        minimum = fitter.own()
        after = posterior(combination, eliminate(combination), minimum.values[0])
        values, parents = np.array(result.values), combination.prior.parents
        return cls(
            mass=float(minimum.values[0, fitter.mass]),
            sigma=float(minimum.sigma(fitter.mass)[0]),
            chi2=fitter.likelihood.chi2(minimum.values[0]),
            bins=tuple(result.bins),
            values=values,
            covariance=np.array(result.covariance),
            pulls={nuisance.name: (nuisance.value, nuisance.constraint) for nuisance in result.nuisances},
            on_bins={name: np.array(shift) * values for name, shift in result.source_impacts.items()},
            on_mass={n: s * ordinary_impact(after, "m_t", parent) for n, (parent, s) in parents.items()},
            from_auxiliary=global_impacts(combination, after, "m_t").impacts,
        )

    def ordered(self, bins: Sequence[str]) -> Answer:
        """The same with some or all of its bins, in another order."""
        where = [self.bins.index(name) for name in bins]
        return replace(
            self,
            bins=tuple(bins),
            values=self.values[where],
            covariance=self.covariance[np.ix_(where, where)],
            on_bins={name: shift[where] for name, shift in self.on_bins.items()},
        )

    def scaled(self, factors: FloatArray) -> Answer:
        """The same with cross sections in other units; ``factors`` has shape (n,)."""
        return replace(
            self,
            values=self.values * factors,
            covariance=self.covariance * np.outer(factors, factors),
            on_bins={name: shift * factors for name, shift in self.on_bins.items()},
        )

    def without(self, *names: str) -> Answer:
        """The same without some nuisances."""
        return self._with({name: (name, 1.0) for name in self.pulls if name not in names})

    def flipped(self, *names: str) -> Answer:
        """The same with the sign of some nuisances turned."""
        return self._with({name: (name, -1.0 if name in names else 1.0) for name in self.pulls})

    def _with(self, signs: Mapping[str, tuple[str, float]]) -> Answer:
        return replace(
            self,
            pulls={n: (s * self.pulls[old][0], self.pulls[old][1]) for n, (old, s) in signs.items()},
            on_bins={n: s * self.on_bins[old] for n, (old, s) in signs.items()},
            on_mass={n: s * self.on_mass[old] for n, (old, s) in signs.items()},
            from_auxiliary={
                n: signs.get(n, (n, 1.0))[1] * shift
                for n, shift in self.from_auxiliary.items()
                if n in signs or n not in self.pulls
            },
        )


def assert_same(found: Answer, expected: Answer, tolerance: float, nuisances: Sequence[str] | None = None) -> None:
    """Compare two answers, everything in standard deviations.

    Args:
        found: in any order of bins.
        expected: with the bins and nuisances to compare.
        tolerance: in standard deviations, and relative for these themselves.
        nuisances: to compare; those of ``expected`` unless given.
    """
    found = found.ordered(expected.bins)
    sigma = np.sqrt(np.diag(expected.covariance))
    differences = {
        "mass": (found.mass - expected.mass) / expected.sigma,
        "sigma": found.sigma / expected.sigma - 1.0,
        "chi2": (found.chi2 - expected.chi2) / (1.0 + abs(expected.chi2)),
        "values": (found.values - expected.values) / sigma,
        "covariance": (found.covariance - expected.covariance) / np.outer(sigma, sigma),
    }
    for name in expected.pulls if nuisances is None else nuisances:
        differences[f"pull of {name}"] = np.subtract(found.pulls[name], expected.pulls[name])
        differences[f"impact of {name} on bins"] = (found.on_bins[name] - expected.on_bins[name]) / sigma
        differences[f"impact of {name}"] = (found.on_mass[name] - expected.on_mass[name]) / expected.sigma
        moved = found.from_auxiliary[name] - expected.from_auxiliary[name]
        differences[f"global impact of {name}"] = moved / expected.sigma
    wrong = {what: value for what, value in differences.items() if not np.max(np.abs(value)) < tolerance}
    assert not wrong
