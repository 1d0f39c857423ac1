"""Combinations of any size as a card with its inputs: ``python -m benchmarks.generate FOLDER BINS NUISANCES``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import yaml

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.measurement_text import measurement_texts

__all__ = ["write_card"]

MASSES = (166.0, 169.0, 172.5, 176.0, 179.0)
TIES = 20
"""Correlations stated between two neighbouring measurements."""


def write_card(folder: Path, bins: int, nuisances: int) -> Path:
    """Write ``card.txt`` with measurements of 10 bins or fewer and their predictions.

    A third of the nuisances is profiled; sources of neighbouring measurements are correlated, some with profiled ones.

    Args:
        folder: made if it does not exist.
        bins: of all measurements.
        nuisances: of all measurements.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, -(-bins // 10))
    lines, before = [], None
    for k in range(count):
        name = f"M{k}"
        m = _measurement(name, _part(bins, count, k), _part(nuisances, count, k), np.random.default_rng(k))
        for file, text in measurement_texts(m).items():
            (folder / file).write_text(text, encoding="utf-8")
        (folder / f"{name}_theory.yaml").write_text(yaml.safe_dump(_prediction(m), default_flow_style=None), "utf-8")
        lines += [f"measurement {name} {name}.yaml", f"theory {name} {name}_theory.yaml"]
        lines += _ties(before, m) if before is not None else []
        before = m
    path = folder / "card.txt"
    path.write_text("\n".join([*lines, "poi m_t * 172.5 [150,195]"]) + "\n", encoding="utf-8")
    return path


def _part(total: int, count: int, k: int) -> int:
    return total // count + (k < total % count)


def _ties(first: Measurement, second: Measurement) -> list[str]:
    pairs = [*zip(first.sources, second.sources, strict=False)][:TIES]
    mixed = [*zip(first.profiled, second.sources[TIES:], strict=False)][:TIES]
    return [f"correlation jes {a} {b} 0.5" for a, b in pairs] + [f"correlation mixed {a} {b} 0.3" for a, b in mixed]


def _measurement(name: str, bins: int, nuisances: int, rng: np.random.Generator) -> Measurement:
    profiled = tuple(f"{name}_p{i}" for i in range(nuisances // 3))
    sources = tuple(f"{name}_s{i}" for i in range(nuisances - len(profiled)))
    values = 1000.0 * _shares(bins, 172.5)
    sigma = np.concatenate([0.04 * values, rng.uniform(0.6, 0.95, len(profiled))])
    factors = np.eye(len(sigma)) + 0.25 * rng.normal(size=(len(sigma), len(sigma))) / np.sqrt(len(sigma))
    covariance = factors @ factors.T
    unit = np.sqrt(np.diag(covariance))
    groups = {f"{name}_fit": profiled, f"{name}_outside": sources}
    return Measurement(
        name=name,
        experiment="ATLAS",
        energy_TeV=13.0,
        channel="dilepton",
        reference="generated",
        observable="rho",
        unit="fb",
        per_unit=False,
        edges=np.linspace(0.0, 1.0, bins + 1),
        bins=tuple(f"{name}_bin{b}" for b in range(bins)),
        values=values * (1.0 + 0.02 * rng.normal(size=bins)),
        covariance=covariance / np.outer(unit, unit) * np.outer(sigma, sigma),
        profiled=profiled,
        profiled_values=0.5 * rng.normal(size=len(profiled)),
        without_prior=frozenset(),
        sources=sources,
        # together 3% whatever their number
        shifts=0.03 * values[:, None] * rng.normal(size=(bins, len(sources))) / np.sqrt(max(1, len(sources))),
        groups={group: names for group, names in groups.items() if names},
        path=Path(f"{name}.yaml"),
    )


def _shares(bins: int, mass: float) -> FloatArray:
    center = (np.arange(bins) + 0.5) / bins
    raw = np.exp(-0.5 * ((center - 0.55 + 0.012 * (mass - 172.5)) / 0.35) ** 2)
    return np.asarray(raw / raw.sum())


def _prediction(measurement: Measurement) -> dict[str, object]:
    bins = len(measurement.bins)
    fractions = np.array([_shares(bins, mass) for mass in MASSES])
    tilt = np.linspace(-1.0, 1.0, bins)
    return {
        "schema": "ttjroofit/prediction/1",
        "name": "generated",
        "measurement": measurement.name,
        "quality": "generated for benchmarks",
        "source": "a formula",
        "energy_TeV": 13,
        "edges": measurement.edges.tolist(),
        "masses": list(MASSES),
        "nominal_mass": 172.5,
        "fractions": fractions.tolist(),
        "fraction_sigma": (0.01 * fractions).tolist(),
        "monte_carlo": "multinomial",
        "scale": {},
        "pdf": {
            "kind": "shifts",
            "confidence_level": 68,
            "names": ["pdf_a", "pdf_b"],
            "members": [(0.03 * tilt).tolist(), (0.02 * (tilt**2 - np.mean(tilt**2))).tolist()],
        },
        "tnp": None,
    }


if __name__ == "__main__":
    sys.stdout.write(f"{write_card(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))}\n")
