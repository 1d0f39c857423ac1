"""Good files that the fuzzer damages: folders, each file name to bytes."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hepdata_record import small_record, write_json, write_yaml
from synthetic import make_measurement, make_prediction, small
from ttjroofit.inputs.measurement_text import measurement_texts

__all__ = [
    "CARD",
    "CONVINO",
    "REPOSITORY",
    "SOURCES",
    "Folder",
    "as_json",
    "cards",
    "combinations",
    "convino",
    "correlation_of_nuisances",
    "hepdata",
    "matrices",
    "measurements",
    "predictions",
]

Folder = Mapping[str, bytes]

REPOSITORY = Path(__file__).parents[2]

CARD = r"""# every statement there is
imax * # cross sections
jmax 1
kmax *
--------------------------------
measurement A A.yaml
measurement B "B.yaml"
theory * $MEASUREMENT_theory.yaml
poi m_t A 172.5 [150,195]
poi m_t_B rgx{B|C} 172.5 [150,195]
pulls published
interpolation 2
pdf multiplicative
tnp on
scale nuisances
repair shrink
include more.txt
combine low = A_bin0
smooth A_s* polynomial 1
A_s1 errorOnError 0.2
pdf_a param 0.1 0.9 [-3,3]
norm_A flatParam
nuisance edit freeze B_s1
nuisance edit rename B_s0 jes_B
"""
MORE = """correlation jes A_s0 jes_B (0.4 & -0.1 : 0.6)
correlation model A_s1 B_s1 0.2
scenario weak = jes
scenario strong = jes model
correlations weak
jets group = A_s0 jes_?
jets group += rgx{B_s[1-9]}
"""

CONVINO = {
    "config.txt": """Comment.
[global]
  normalise = true
  isDifferential = false
[end global]
[inputs]
  nFiles = 2
  file0 = first.txt
  file1 = second.txt
[end inputs]
[observables]
  low = low_1 + low_2
  high = high_1 + high_2
[end observables]
[correlations]
  #!FILE = more.txt
  jes_1 = (0.4 & -0.1 : 0.6) jes_2 + (0.2) lumi_2
[end correlations]
[uncertainty impacts]
  jets = jes_1 + jes_2
  statistics = stat
[end uncertainty impacts]
""",
    "more.txt": "fit_1 = (0.3 & 0.5 : 0.4) lumi_2\n",
    "first.txt": """[hessian]
  low_1 0.02
  fit_1 -0.03 1.8
  high_1 0.004 0.02 0.01
  other_1 0.001 0.1 0.002 0.05
[end hessian]
[not fitted]
  jes_1 stat
  low_1 (+3-2) 99
  high_1 -4 99
  other_1 2 99
[end not fitted]
[systematics]
  jes_1 = lognormal
[end systematics]
[estimates]
  n_estimates = 3
  name_0 = low_1
  value_0 = 100;
  name_1 = high_1
  value_1 = 210
  name_2 = other_1
  value_2 = 30
[end estimates]
""",
    "second.txt": """[correlation matrix]
  low_2 (6) 1
  high_2 (8) 0.1 1
[end correlation matrix]
[not fitted]
  jes_2 lumi_2 stat
  low_2 2 5 6
  high_2 -3 9 8
[end not fitted]
[estimates]
  n_estimates = 2
  name_0 = low_2
  value_0 = 112
  name_1 = high_2
  value_1 = 200
[end estimates]
""",
}

SOURCES: dict[str, Any] = {
    "A_s0": {"up": [1.0, -2.0, 1.5], "down": [-1.5, 1.0, -1.0], "type": "relative", "interpolation": "kinked"},
    "A_s1": {"shift": [2.0, 1.0, -1.0], "type": "lognormal", "prior": "normal"},
    "A_s2": {"shift": [1.0, 1.0, 1.0], "shift_sigma": [0.1, 0.1, 0.2], "prior": "normal"},
}


def as_json(content: Any) -> bytes:
    """A document as JSON, which is YAML."""
    return json.dumps(content, indent=1).encode()


def cards() -> list[Folder]:
    """One with all statements and the shipped ones; inputs are not there."""
    folder = REPOSITORY / "cards"
    beside = {f"correlations/{path.name}": path.read_bytes() for path in (folder / "correlations").glob("*.txt")}
    shipped = [{"card.txt": (folder / f"{name}.txt").read_bytes(), **beside} for name in ("atlas_cms", "cms13")]
    return [{"card.txt": CARD.encode(), "more.txt": MORE.encode()}, *shipped]


def measurements() -> list[Folder]:
    """Plain, with sources that are not linear, profiled, and profiled with its matrix in a text file."""
    plain = _measurement("A", bins=3, sources=3)
    document = yaml.safe_load(plain["A.yaml"])
    triangle = [" ".join(map(str, row)) for row in document["statistical"]["covariance"]]
    beside = {"A.yaml": as_json(document | {"statistical": {"covariance": {"file": "matrix.txt"}}})}
    return [
        {"A.yaml": as_json(document | {"sources": SOURCES, "groups": {"jets": ["A_s[01]", "A_s2"]}})},
        plain,
        _measurement("A", bins=3, sources=2, profiled=3, free=["A_p2"]),
        beside | {"matrix.txt": "\n".join(["# covariance", *triangle]).encode()},
    ]


def predictions() -> list[Folder]:
    """Shifts, pairs and replicas of PDFs."""
    with tempfile.TemporaryDirectory() as folder:
        measurement = make_measurement("A", bins=3)
        make_prediction(Path(folder), measurement)
        text = (Path(folder) / "A_theory.yaml").read_bytes()
    document = yaml.safe_load(text)
    members = [[0.3, 0.3, 0.4], [0.31, 0.3, 0.39], [0.3, 0.32, 0.38], [0.29, 0.31, 0.4]]
    pdf = {"kind": "pairs", "confidence_level": 90, "names": ["pdf_a", "pdf_b"], "members": members, "central": None}
    replicas = pdf | {"kind": "replicas", "confidence_level": 68, "names": ["pdf"], "central": [0.3, 0.31, 0.39]}
    variants = [document, document | {"pdf": pdf}, document | {"pdf": replicas, "tnp": None}]
    return [{"A_theory.yaml": text}, *({"A_theory.yaml": as_json(variant)} for variant in variants)]


def combinations() -> list[Folder]:
    """Cards with all their inputs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = small(folder, make_measurement("A", bins=3, sources=3), make_measurement("B", sources=2, profiled=2))
        theory = {
            f"{part.name}_theory.yaml": (folder / f"{part.name}_theory.yaml").read_bytes()
            for part in parts.measurements
        }
    texts = {file: text.encode() for part in parts.measurements for file, text in measurement_texts(part).items()}
    curved = as_json(yaml.safe_load(texts["A.yaml"]) | {"sources": SOURCES, "groups": {"all": ["*"]}})
    plain = CARD.replace("scale nuisances\n", "").replace("A_s1 errorOnError 0.2\n", "")
    lines = {"card.txt": CARD.encode(), "more.txt": MORE.encode()}
    return [
        {**lines, **texts, **theory},
        {**lines, **texts, **theory, "card.txt": plain.encode()},
        {**lines, **texts, **theory, "A.yaml": curved, "card.txt": plain.encode()},
    ]


def convino() -> list[Folder]:
    """A configuration with an include, a Hessian and a correlation matrix."""
    return [{name: text.encode() for name, text in CONVINO.items()}]


def hepdata() -> list[Folder]:
    """A record as YAML and as JSON, with a mapping and without."""
    folders = []
    for write in (write_yaml, write_json):
        with tempfile.TemporaryDirectory() as name:
            write(Path(name), small_record())
            folders.append({path.name: path.read_bytes() for path in Path(name).iterdir()})
    mapping = {
        "schema": "ttjroofit/hepdata_mapping/1",
        "measurements": [
            {"name": "A", "table": "Table 1", "statistical_covariance": "Table 2, statistical covariance"}
        ],
    }
    return [*folders, {**folders[0], "ttjroofit_mapping.yaml": as_json(mapping)}]


MATRIX = {
    "schema": "ttjroofit/matrix/1",
    "method": "Fit",
    "cards": ["a.txt", "b*.txt"],
    "options": {"correlations": [None, "none"], "no-plots": True, "measurements": [["A", "B"], ["A"]]},
    "statements": {"interpolation": [2, 1, 3], "pdf": ["multiplicative", "off"]},
    "labels": {"correlations": {"none": "uncorrelated"}, "interpolation": {"1": "linear"}},
    "exclude": [{"card": "a", "correlations": "none"}],
    "include": [{"card": "b1", "correlations": ["strong", "weak"], "interpolation": 2}],
}


def matrices() -> list[Folder]:
    """A matrix of fits with cards that are not read."""
    cards = dict.fromkeys(("a.txt", "b1.txt", "b2.txt"), b"tnp on\n")
    return [{"matrix.yaml": as_json(MATRIX), **cards}]


def correlation_of_nuisances() -> bytes:
    """The content of ``nuisance_correlation.npz``."""
    stream = io.BytesIO()
    np.savez_compressed(stream, names=np.array(["a", "b"]), correlation=np.eye(2))
    return stream.getvalue()


def _measurement(name: str, **options: Any) -> dict[str, bytes]:
    texts = measurement_texts(make_measurement(name, **options))
    return {file: text.encode() for file, text in texts.items()}
