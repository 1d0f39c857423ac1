"""Small made-up measurements and predictions, and the cards that combine them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from ttjroofit.card.parser import read_card
from ttjroofit.card.statements import Card
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.assemble import assemble
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.spectrum import Spectrum
from twin import Twin, stated_matrix

__all__ = [
    "EVENTS",
    "TIES",
    "Small",
    "make_measurement",
    "make_prediction",
    "random_covariance",
    "scaled",
    "small",
    "three_parts",
]

FloatArray = npt.NDArray[np.float64]

EVENTS = 20_000
"""Monte Carlo events at each mass of the made-up predictions."""

MASSES = (166.0, 169.0, 172.5, 176.0, 179.0)


@dataclass(frozen=True)
class Small:
    """Measurements with predictions, to be combined by a card."""

    folder: Path
    measurements: tuple[Measurement, ...]
    predictions: Mapping[str, Prediction]

    def card(self, *lines: str, poi: str = "poi m_t * 172.5 [150,195]") -> Card:
        text = [f"measurement {m.name} {m.name}.yaml" for m in self.measurements]
        text += [f"theory {m.name} {m.name}_theory.yaml" for m in self.measurements]
        path = self.folder / "card.txt"
        path.write_text("\n".join([*text, poi, *lines]) + "\n", encoding="utf-8")
        return read_card(path)

    def combine(
        self, *lines: str, options: ModelOptions | None = None, poi: str = "poi m_t * 172.5 [150,195]"
    ) -> Combination:
        return assemble(self.card(*lines, poi=poi), self.measurements, options or ModelOptions())

    def with_measurements(self, *measurements: Measurement) -> Small:
        return replace(self, measurements=measurements)

    def twin(self, *stated: tuple[str, str, float], order: int = 2, additive: bool = False) -> Twin:
        predictions = [self.predictions[m.name] for m in self.measurements]
        names = Twin(self.measurements, predictions, np.eye(0)).names
        return Twin(self.measurements, predictions, stated_matrix(names, stated), order, additive)


def small(folder: Path, *measurements: Measurement) -> Small:
    """Write a prediction for each measurement into ``folder``."""
    predictions = {m.name: make_prediction(folder, m, seed) for seed, m in enumerate(measurements)}
    return Small(folder, measurements, predictions)


def random_covariance(rng: np.random.Generator, sigma: Sequence[float] | FloatArray) -> FloatArray:
    """A covariance with the given standard deviations and random correlations, about 0.2 in size."""
    size = len(sigma)
    factors = np.eye(size) + 0.25 * rng.normal(size=(size, size)) / np.sqrt(size)
    covariance = factors @ factors.T
    unit = np.sqrt(np.diag(covariance))
    return covariance / np.outer(unit, unit) * np.outer(sigma, sigma)


def make_measurement(
    name: str,
    *,
    bins: int = 4,
    sources: int = 2,
    profiled: int = 0,
    seed: int = 1,
    per_unit: bool = False,
    free: Sequence[str] = (),
) -> Measurement:
    """Cross sections of about 100 a bin with 4% statistical and 3% systematic uncertainties."""
    rng = np.random.default_rng(seed)
    edges = np.linspace(0.0, 1.0, bins + 1) ** 1.2
    densities = np.diff(edges) if per_unit else np.ones(bins)
    values = 100.0 * bins * _fractions(bins, 172.5) * (1.0 + 0.02 * rng.normal(size=bins)) / densities
    names = tuple(f"{name}_p{i}" for i in range(profiled))
    outside = tuple(f"{name}_s{i}" for i in range(sources))
    sigma = np.concatenate([0.04 * values, rng.uniform(0.6, 0.95, profiled)])
    return Measurement(
        name=name,
        experiment="ATLAS",
        energy_TeV=13.0,
        channel="dilepton",
        reference="made up",
        observable="rho",
        unit="pb",
        per_unit=per_unit,
        edges=edges,
        bins=tuple(f"{name}_bin{b}" for b in range(bins)),
        values=values,
        covariance=random_covariance(rng, sigma),
        profiled=names,
        profiled_values=0.5 * rng.normal(size=profiled),
        without_prior=frozenset(free),
        sources=outside,
        shifts=0.03 * values[:, None] * rng.normal(size=(bins, sources)),
        groups={group: members for group, members in ((f"{name}_fit", names), (f"{name}_outside", outside)) if members},
        path=Path(f"{name}.yaml"),
    )


def _fractions(bins: int, mass: float) -> FloatArray:
    center = (np.arange(bins) + 0.5) / bins
    raw = np.exp(-0.5 * ((center - 0.55 + 0.012 * (mass - 172.5)) / 0.35) ** 2)
    return np.asarray(raw / raw.sum())


def make_prediction(folder: Path, measurement: Measurement, seed: int = 1) -> Prediction:
    """Write ``<measurement>_theory.yaml`` and read it: counts of ``EVENTS`` events at five masses."""
    rng = np.random.default_rng(1000 + seed)
    bins = len(measurement.bins)
    truth = np.array([_fractions(bins, mass) for mass in MASSES])
    fractions = np.array([rng.multinomial(EVENTS, row) for row in truth]) / EVENTS
    tilt = np.linspace(-1.0, 1.0, bins)
    content = {
        "schema": "ttjroofit/prediction/1",
        "name": "toy",
        "measurement": measurement.name,
        "quality": "made up for tests",
        "source": "multinomial counts",
        "energy_TeV": 13,
        "edges": measurement.edges.tolist(),
        "masses": list(MASSES),
        "nominal_mass": 172.5,
        "fractions": fractions.tolist(),
        "fraction_sigma": np.sqrt(fractions * (1.0 - fractions) / EVENTS).tolist(),
        "monte_carlo": "multinomial",
        "scale": {
            key: (1.0 + size * tilt).tolist()
            for key, size in (("2_1", 0.01), ("0.5_1", -0.012), ("1_2", 0.02), ("1_0.5", -0.03))
        },
        "pdf": {
            "kind": "shifts",
            "confidence_level": 68,
            "names": ["pdf_a", "pdf_b"],
            "members": [(0.03 * tilt).tolist(), (0.02 * (tilt**2 - np.mean(tilt**2))).tolist()],
        },
        "tnp": {"names": ["tnp_1"], "shifts": [(0.025 * tilt**3).tolist()]},
    }
    path = folder / f"{measurement.name}_theory.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return read_prediction(path)


def scaled(spectrum: Spectrum, ratios: Mapping[str, FloatArray]) -> Spectrum:
    """The spectrum with scale variations as the nominal prediction; measurements without ratios stay nominal."""
    terms = [
        replace(term, shape=replace(term.shape, scale=ratios.get(term.measurement, term.shape.scale)))
        for term in spectrum.terms
    ]
    return replace(spectrum, terms=tuple(terms))


def three_parts(folder: Path) -> Small:
    """Two measurements with profiled nuisances, one of these without a prior, and one without."""
    return small(
        folder,
        make_measurement("A", bins=3, sources=2, profiled=3, seed=1, per_unit=True, free=["A_p2"]),
        make_measurement("B", bins=4, sources=3, seed=2),
        make_measurement("C", bins=3, sources=1, profiled=2, seed=3),
    )


TIES: dict[str, list[tuple[str, str, float]]] = {
    "independent": [],
    "external with external": [("A_s0", "B_s1", 0.6), ("B_s1", "C_s0", -0.3)],
    "profiled with external": [("A_p0", "B_s0", 0.5), ("A_p1", "B_s0", -0.4), ("C_p0", "B_s0", 0.2)],
    "profiled with profiled": [("A_p0", "C_p1", 0.7), ("A_p1", "B_s2", 0.4), ("C_p0", "B_s2", 0.3)],
}
"""Prior correlations of ``three_parts``; the last ones have no factorised likelihood."""
