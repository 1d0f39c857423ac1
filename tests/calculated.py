"""POWHEG runs, JSON and CSV as others would write them, made from predictions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
import uproot
from uproot.writing import identify

from ttjroofit.inputs.prediction import Prediction

__all__ = ["CENTRAL", "Run", "histogram", "nnlo_document", "runs_of", "table_of", "write_json", "write_powheg"]

FloatArray = npt.NDArray[np.float64]
CENTRAL = 99000
"""LHAPDF number of no known family."""


class Run(NamedTuple):
    """Cross sections of bins at a point, with standard deviations."""

    mass: float
    mur: float
    muf: float
    member: int
    values: FloatArray
    sigma: FloatArray


def runs_of(prediction: Prediction) -> list[Run]:
    """Runs that have the shapes of a prediction; its PDF shifts are symmetric members, its cross sections invented."""
    nominal = int(np.flatnonzero(prediction.masses == prediction.nominal_mass)[0])
    shape, mass = prediction.fractions[nominal], prediction.nominal_mass
    sigma = _before_normalisation(prediction, nominal)
    runs = []
    for i, one in enumerate(prediction.masses):
        total = 1000.0 - 4.0 * one
        values = total * prediction.fractions[i] / prediction.fractions[i].sum()
        runs.append(Run(float(one), 1.0, 1.0, 0, values, total * _before_normalisation(prediction, i)))
    runs += [Run(mass, *factors, 0, 7.0 * ratio * shape, sigma) for factors, ratio in prediction.scales.items()]
    runs += [
        Run(mass, 1.0, 1.0, j, 300.0 * shape * (1.0 + shift), sigma)
        for j, shift in enumerate(prediction.pdf_shifts, start=1)
    ]
    return runs


def _before_normalisation(prediction: Prediction, i: int) -> FloatArray:
    """Standard deviations of independent bins whose shares have ``fraction_sigma``.

    s_b^2 = v_b (1 - 2 f_b) + f_b^2 sum_a v_a is linear in v.
    """
    shares = prediction.fractions[i] / prediction.fractions[i].sum()
    matrix = np.diag(1.0 - 2.0 * shares) + np.outer(shares**2, np.ones(len(shares)))
    return np.asarray(np.sqrt(np.linalg.solve(matrix, prediction.fraction_sigma[i] ** 2)))


def histogram(values: FloatArray, sigma: FloatArray | None, edges: FloatArray) -> Any:
    """TH1D; without errors if there are none."""
    sumw2 = np.empty(0) if sigma is None else np.pad(sigma**2, 1)
    return identify.to_TH1x(
        fName=None,
        fTitle="rho",
        data=np.pad(values, 1),
        fEntries=float(len(values)),
        fTsumw=float(values.sum()),
        fTsumw2=0.0,
        fTsumwx=0.0,
        fTsumwx2=0.0,
        fSumw2=sumw2,
        fXaxis=identify.to_TAxis("xaxis", "rho", len(values), edges[0], edges[-1], fXbins=edges),
    )


def write_powheg(folder: Path, runs: Iterable[Run], edges: FloatArray, first: int = CENTRAL) -> Path:
    """A folder a run."""
    for run in runs:
        inner = folder / f"run_PDF_{first + run.member}_M_{run.mass:g}_muR_{run.mur}_muF_{run.muf}"
        inner.mkdir(parents=True)
        # not compressed, so that a damaged byte is a damaged number
        with uproot.recreate(inner / "pwg-all-NLO.root", compression=None, uuid_function=lambda: UUID(int=1)) as file:
            file["rho"] = histogram(run.values, run.sigma, edges)
    return folder


def nnlo_document(prediction: Prediction, order: str = "NNLO", pdf: str = "TOY") -> dict[str, Any]:
    """The JSON of a prediction, theory nuisance parameters included."""
    nominal = int(np.flatnonzero(prediction.masses == prediction.nominal_mass)[0])
    entries = [
        {
            "order": order,
            "pdf": pdf,
            "mass": run.mass,
            "muR": run.mur,
            "muF": run.muf,
            "member": run.member,
            "values": run.values.tolist(),
            "errors": run.sigma.tolist(),
        }
        for run in runs_of(prediction)
    ]
    entries += [
        {
            "order": order,
            "pdf": pdf,
            "mass": prediction.nominal_mass,
            "tnp": name,
            "values": (prediction.fractions[nominal] * (1.0 + shift)).tolist(),
        }
        for name, shift in zip(prediction.tnp_names, prediction.tnp_shifts, strict=True)
    ]
    return {
        "schema": "ttjroofit/nnlo_histograms/1",
        "source": "made up for tests",
        "energy_TeV": prediction.energy_TeV,
        "observable": "rho",
        "unit": "fb",
        "quantity": "per bin",
        "edges": prediction.edges.tolist(),
        "pdf_families": {pdf: {"type": "symmhessian", "confidence_level": 68}},
        "runs": entries,
    }


def write_json(path: Path, document: dict[str, Any]) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def table_of(prediction: Prediction, form: str) -> str:
    """CSV in the ``long`` or the ``wide`` form."""
    runs = runs_of(prediction)
    return "\n".join(_long(runs, prediction.edges) if form == "long" else _wide(runs, prediction.edges)) + "\n"


def _long(runs: Sequence[Run], edges: FloatArray) -> Iterator[str]:
    yield "# long form"
    yield "mass,low,high,value,error,muR,muF,pdf"
    for run in runs:
        for bin_, value in enumerate(run.values.tolist()):
            cells = (run.mass, *edges[bin_ : bin_ + 2].tolist(), value, float(run.sigma[bin_]), run.mur, run.muf)
            yield ",".join([*map(repr, cells), str(run.member)])


def _wide(runs: Sequence[Run], edges: FloatArray) -> Iterator[str]:
    columns = {"low": edges[:-1], "high": edges[1:]}
    for run in runs:
        if run.member:
            columns[f"pdf_{run.member}"] = run.values
        elif (run.mur, run.muf) != (1.0, 1.0):
            columns[f"scale_{run.mur:g}_{run.muf:g}"] = run.values
        else:
            columns |= {f"m_{run.mass:g}": run.values, f"error_{run.mass:g}": run.sigma}
    yield ", ".join(columns)
    for row in zip(*columns.values(), strict=True):
        yield ", ".join(repr(float(value)) for value in row)
