"""Combined cross sections as histograms of ROOT, written without ROOT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import uproot
from uproot.writing import identify

from ttjroofit.analysis.cross_sections import Combined
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.cross_sections import CrossSections, MeasuredBins

__all__ = ["write_histograms"]


def write_histograms(combined: Combined, path: str) -> None:
    """Write the histograms.

    ``<measurement>`` and ``<measurement>_stat`` have the combined values with their total and statistical errors,
    ``<measurement>_normalised`` the density per unit of the observable. The TH2D ``covariance``, ``correlation``,
    ``stat_covariance``, ``normalised_covariance`` (of the densities) and ``nuisance_correlation`` have names as labels.

    Args:
        combined: to write.
        path: of the file.
    """
    result = combined.result
    with uproot.recreate(path) as file:
        for measurement in result.measurements:
            for name, histogram in _of_measurement(result, measurement).items():
                file[name] = histogram
        matrices = {
            "covariance": result.covariance,
            "correlation": result.correlation,
            "stat_covariance": result.stat_covariance,
            "normalised_covariance": result.densities.covariance,
        }
        for name, matrix in matrices.items():
            names = result.measured_bins if name == "normalised_covariance" else result.bins
            file[name] = _matrix(name, names, np.array(matrix))
        if combined.nuisances:
            name = "nuisance_correlation"
            file[name] = _matrix(name, combined.nuisances, combined.nuisance_correlation)


def _of_measurement(result: CrossSections, measurement: MeasuredBins) -> dict[str, Any]:
    where, name = result.where(measurement), measurement.measurement
    quantity = "d#sigma/d#rho" if measurement.per_unit else "#sigma per bin"
    label = f"{quantity} [{measurement.unit}]"
    densities = result.densities
    measured = range(*result.slices[name].indices(len(densities.values)))
    contents = {
        name: (result.values, result.sigma, where, f"{name}, total errors;#rho;{label}"),
        f"{name}_stat": (result.values, result.stat_sigma, where, f"{name}, statistical errors;#rho;{label}"),
        f"{name}_normalised": (
            densities.values,
            densities.sigma,
            list(measured),
            f"{name}, normalised;#rho;1/#sigma d#sigma/d#rho",
        ),
    }
    return {
        key: _distribution(title, measurement.edges, np.array(values)[places], np.array(sigma)[places])
        for key, (values, sigma, places, title) in contents.items()
    }


def _distribution(titles: str, edges: Sequence[float], values: FloatArray, sigma: FloatArray) -> Any:
    """TH1D; ``titles`` are of histogram and axes, separated by semicolons as in ROOT."""
    title, x_title, y_title = titles.split(";")
    bounds = np.array(edges)
    centres = (bounds[:-1] + bounds[1:]) / 2.0
    return identify.to_TH1x(
        fName=None,
        fTitle=title,
        data=_with_flow(values),
        fEntries=float(len(values)),
        fTsumw=float(values.sum()),
        fTsumw2=float((sigma**2).sum()),
        fTsumwx=float(values @ centres),
        fTsumwx2=float(values @ centres**2),
        fSumw2=_with_flow(sigma**2),
        fXaxis=identify.to_TAxis("xaxis", x_title, len(values), edges[0], edges[-1], fXbins=bounds),
        fYaxis=identify.to_TAxis("yaxis", y_title, 1, 0.0, 1.0),
    )


def _matrix(title: str, names: Sequence[str], matrix: FloatArray) -> Any:
    """TH2D with a label a row and column."""
    count = len(names)
    return identify.to_TH2x(
        fName=None,
        fTitle=title,
        # ROOT keeps bins with x running fastest
        data=np.pad(matrix, 1).T.ravel(),
        fEntries=float(matrix.size),
        fTsumw=float(matrix.sum()),
        fTsumw2=0.0,
        fTsumwx=0.0,
        fTsumwx2=0.0,
        fTsumwy=0.0,
        fTsumwy2=0.0,
        fTsumwxy=0.0,
        fSumw2=np.empty(0),
        fXaxis=identify.to_TAxis("xaxis", "", count, 0.0, float(count), fLabels=_labels(names)),
        fYaxis=identify.to_TAxis("yaxis", "", count, 0.0, float(count), fLabels=_labels(names)),
    )


def _labels(names: Sequence[str]) -> Any:
    """Labels of an axis; ROOT finds the bin of each by its unique number."""
    texts = [identify.to_TObjString(name) for name in names]
    for number, text in enumerate(texts, start=1):
        text._bases[0]._members["@fUniqueID"] = number
    return identify.to_THashList(texts)


def _with_flow(values: FloatArray) -> FloatArray:
    return np.pad(values, 1)
