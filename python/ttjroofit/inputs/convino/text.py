"""Write a measurement as a Convino file."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.sources import opposite

__all__ = ["convino_remarks", "convino_text"]


def convino_text(measurement: Measurement) -> str:
    """The blocks of a measurement: correlation matrix, [not fitted], [systematics], [nuisance values], [estimates].

    The covariance is written as total uncertainties and correlations with all digits, the sources with a column
    ``stat`` behind them, which Convino reads but does not use beside a matrix.
    """
    blocks = {
        "correlation matrix": _matrix(measurement),
        "not fitted": _not_fitted(measurement),
        "systematics": _systematics(measurement),
        "nuisance values": [
            f"{name} = {float(value)!r}"
            for name, value in zip(measurement.profiled, measurement.profiled_values, strict=True)
            if value != 0
        ],
        "estimates": _estimates(measurement),
    }
    written = {name: lines for name, lines in blocks.items() if lines}
    head = [f"{measurement.name}: {measurement.reference}", f"values in {measurement.unit}", ""]
    return "\n".join([*head, *(_block(name, lines) for name, lines in written.items())])


def convino_remarks(measurement: Measurement) -> list[str]:
    """What Convino reads otherwise than it is meant."""
    remarks = []
    if np.any(measurement.profiled_values):
        remarks.append(
            f"{measurement.name}: pulls are in [nuisance values], which pyconvino reads; Convino takes all of them as 0"
        )
    free = sorted(measurement.without_prior)
    if free:
        remarks.append(f"{measurement.name}: {', '.join(free)} = free is read by pyconvino, not by Convino")
    smooth = [
        name
        for name, response in measurement.responses.items()
        if response.interpolation == "smooth"
        and not np.array_equal(response.down, opposite(response.kind, response.up, measurement.values))
    ]
    if smooth:
        remarks.append(f"{measurement.name}: Convino joins up and down of {', '.join(smooth)} by two straight lines")
    if measurement.shift_sigma is not None:
        remarks.append(f"{measurement.name}: Monte Carlo uncertainties of shifts are not written, Convino has none")
    return remarks


def _matrix(measurement: Measurement) -> list[str]:
    sigma = np.sqrt(np.diag(measurement.covariance))
    correlation = measurement.covariance / np.outer(sigma, sigma)
    np.fill_diagonal(correlation, 1.0)
    names = (*measurement.bins, *measurement.profiled)
    return [
        f"{name} ({float(sigma[i])!r}) {' '.join(map(repr, correlation[i, : i + 1].tolist()))}"
        for i, name in enumerate(names)
    ]


def _not_fitted(measurement: Measurement) -> list[str]:
    if not measurement.sources:
        return []
    statistical = np.sqrt(np.diag(measurement.covariance))
    rows = [" ".join([*measurement.sources, "stat"])]
    for i, name in enumerate(measurement.bins):
        cells = [_cell(measurement, source, i) for source in measurement.sources]
        rows.append(" ".join([name, *cells, repr(float(statistical[i]))]))
    return rows


def _cell(measurement: Measurement, source: str, place: int) -> str:
    response = measurement.responses.get(source)
    if response is None:
        return repr(float(measurement.shifts[place, measurement.sources.index(source)]))
    if np.array_equal(response.down, opposite(response.kind, response.up, measurement.values)):
        return repr(float(response.up[place]))
    return f"({_plain(response.up[place])}{_plain(response.down[place])})"


def _plain(value: float) -> str:
    """With its sign and without an exponent, which Convino would split at its sign."""
    return f"{Decimal(repr(float(value))):+f}"


def _systematics(measurement: Measurement) -> list[str]:
    kinds: dict[str, str] = {name: response.kind for name, response in measurement.responses.items()}
    kinds |= dict.fromkeys(sorted(measurement.without_prior), "free")
    return [f"{name} = {kind}" for name, kind in kinds.items() if kind != "absolute"]


def _estimates(measurement: Measurement) -> list[str]:
    lines = [f"n_estimates = {len(measurement.bins)}"]
    for i, (name, value) in enumerate(zip(measurement.bins, measurement.values, strict=True)):
        lines += [f"name_{i} = {name}", f"value_{i} = {float(value)!r}"]
    return lines


def _block(name: str, lines: Iterable[str]) -> str:
    return "\n".join([f"[{name}]", *(f"  {line}" for line in lines), f"[end {name}]", ""])
