"""From the tables of a HEPData record to measurements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.hepdata.mapping import MeasurementMapping, RecordMapping
from ttjroofit.inputs.hepdata.matrices import BinLabels, shift_table, symmetric_table
from ttjroofit.inputs.hepdata.record import Record
from ttjroofit.inputs.hepdata.spectrum import Spectrum, read_spectrum
from ttjroofit.inputs.hepdata.systematics import eigen_sources
from ttjroofit.inputs.hepdata.table import HepTable
from ttjroofit.inputs.measurement import FloatArray, Measurement, Response

__all__ = ["Conversion", "convert_record"]

_DIFFERENT = 0.02
"""Relative difference of variances from which a total is said not to be the sum of its parts."""


@dataclass(frozen=True, eq=False)
class Conversion:
    """Measurements of a record.

    Attributes:
        measurements: in order.
        tied: names of sources that are one and the same in several measurements.
        years: of data taking, one a measurement.
        remarks: what was assumed.
    """

    measurements: list[Measurement]
    tied: list[list[str]]
    years: list[str]
    remarks: list[str]


@dataclass(frozen=True, eq=False)
class _Content:
    """Covariance of bins and profiled nuisances, and sources: name to changes for +1 and -1."""

    covariance: FloatArray
    sources: Mapping[str, tuple[FloatArray, FloatArray]]
    profiled: Sequence[str] = ()
    profiled_values: FloatArray = field(default_factory=lambda: np.zeros(0))


def convert_record(record: Record, mapping: RecordMapping, asked: Place) -> Conversion:
    """Read all measurements that a mapping names.

    Args:
        record: with the tables.
        mapping: what they are.
        asked: the place of the mapping.

    Raises:
        InputError: with file and line, if a table is missing, malformed or does not fit the others.
    """
    spectra = [read_spectrum(record, measurement, asked) for measurement in mapping.measurements]
    remarks = [remark for spectrum in spectra for remark in spectrum.remarks]
    tied: list[list[str]] = []
    if mapping.covariance is not None:
        contents, tied = _jointly(record, mapping, spectra, asked)
    else:
        contents = [_alone(record, spectrum, asked, remarks) for spectrum in spectra]
    measurements = [_measurement(record, *pair) for pair in zip(spectra, contents, strict=True)]
    years = [str(measurement.year) for measurement in mapping.measurements]
    return Conversion(measurements, tied, years, remarks)


def _jointly(
    record: Record, mapping: RecordMapping, spectra: Sequence[Spectrum], asked: Place
) -> tuple[list[_Content], list[list[str]]]:
    """All measurements from the total and statistical covariance of all their bins."""
    if mapping.covariance is None or mapping.statistical_covariance is None:
        raise InputError("a covariance of all measurements needs a statistical_covariance beside it", asked)
    names = [name for spectrum in spectra for name in spectrum.labels.names]
    ranges = [edges for spectrum in spectra for edges in spectrum.labels.ranges]
    bins = BinLabels(names, ranges)
    table = record.table(mapping.covariance, asked)
    total = symmetric_table(table, bins)
    statistical = symmetric_table(record.table(mapping.statistical_covariance, asked), bins)
    ends = np.cumsum([0, *(len(spectrum.values) for spectrum in spectra)])
    blocks = [slice(start, end) for start, end in pairwise(ends.tolist())]
    inside = np.zeros_like(statistical)
    for block in blocks:
        inside[block, block] = statistical[block, block]
    # what the statistical uncertainties of different measurements share goes into the sources
    shifts = eigen_sources(total, inside, table.place)
    contents, tied = [], []
    for spectrum, block in zip(spectra, blocks, strict=True):
        sources = {f"{spectrum.mapping.name}_systematic_{k + 1}": shifts[block, k] for k in range(shifts.shape[1])}
        contents.append(_Content(inside[block, block], {name: (shift, -shift) for name, shift in sources.items()}))
        tied.append(list(sources))
    return contents, [list(group) for group in zip(*tied, strict=True)] if len(spectra) > 1 else []


def _alone(record: Record, spectrum: Spectrum, asked: Place, remarks: list[str]) -> _Content:
    mapping = spectrum.mapping
    if mapping.nuisances is not None:
        return _profiled(record, spectrum, asked, remarks)
    total = _matrix(record, spectrum, mapping.covariance, asked)
    statistical = _statistical(record, spectrum, asked)
    sources = {_source_name(mapping, label): ends for label, ends in spectrum.sources.items()}
    sources |= _shifts(record, spectrum, asked)
    if sources:
        if statistical is None:
            raise InputError(
                "there are sources but no statistical uncertainty; label one 'stat', or state statistical_covariance "
                "in a mapping file (--mapping, docs/hepdata.md)",
                spectrum.table.place,
            )
        _compare(spectrum, statistical, sources, total, remarks)
        return _Content(statistical, sources)
    return _without_sources(spectrum, total, statistical, remarks)


def _without_sources(
    spectrum: Spectrum, total: FloatArray | None, statistical: FloatArray | None, remarks: list[str]
) -> _Content:
    name = spectrum.mapping.name
    if total is not None and statistical is not None:
        shifts = eigen_sources(total, statistical, spectrum.table.place)
        sources = {f"{name}_systematic_{k + 1}": (shift, -shift) for k, shift in enumerate(shifts.T)}
        remarks.append(f"{name}: total less statistical covariance is carried over as {len(sources)} eigenvectors")
        return _Content(statistical, sources)
    if total is not None:
        remarks.append(f"{name}: there is one covariance and no source: all of it stands as statistical")
        return _Content(total, {})
    if statistical is not None and spectrum.systematic is not None:
        remarks.append(f"{name}: the systematic uncertainty is taken as one source, fully correlated between the bins")
        return _Content(statistical, {f"{name}_systematic": spectrum.systematic})
    uncertainty = spectrum.total if spectrum.total is not None else spectrum.statistical
    if uncertainty is None:
        raise InputError(f"table '{spectrum.table.name}' has no uncertainties and no covariance", spectrum.table.place)
    remarks.append(f"{name}: there is no covariance: bins are taken as not correlated")
    return _Content(np.diag(uncertainty**2), {})


def _profiled(record: Record, spectrum: Spectrum, asked: Place, remarks: list[str]) -> _Content:
    """A fit that published its nuisances: their correlation with the bins is needed."""
    mapping = spectrum.mapping
    table = record.table(mapping.nuisances or "", asked)
    names, values, sigma = _nuisances(table)
    stated = mapping.nuisance_covariance or mapping.nuisance_correlation
    if stated is None:
        remarks.append(f"table '{table.name}' is not used: there is no correlation of the nuisances with the bins")
        return _alone(record, _without_nuisances(spectrum), asked, remarks)
    if spectrum.sources:
        labels = ", ".join(list(spectrum.sources)[:5])
        remarks.append(f"{mapping.name}: errors {labels} are not used: the nuisances of the fit hold them")
    matrix = symmetric_table(record.table(stated, asked), spectrum.labels, names)
    plain = [_plain(name) for name in names]
    sources = _shifts(record, spectrum, asked)
    if mapping.nuisance_covariance is not None:
        return _Content(matrix, sources, plain, values)
    of_fit = _matrix(record, spectrum, mapping.covariance, asked)
    bin_sigma = spectrum.total if of_fit is None else np.sqrt(np.diag(of_fit))
    if bin_sigma is None:
        raise InputError(
            "the standard deviations of the bins in the fit are needed: label an error 'total', or state the "
            "covariance of the fit in a mapping file (--mapping, docs/hepdata.md)",
            spectrum.table.place,
        )
    widths = np.concatenate([bin_sigma, sigma])
    np.fill_diagonal(matrix, 1.0)
    return _Content(matrix * np.outer(widths, widths), sources, plain, values)


def _without_nuisances(spectrum: Spectrum) -> Spectrum:
    values = {name: getattr(spectrum, name) for name in spectrum.__dataclass_fields__}
    return Spectrum(**values | {"mapping": spectrum.mapping.model_copy(update={"nuisances": None})})


def _nuisances(table: HepTable) -> tuple[list[str], FloatArray, FloatArray]:
    """Names, values and standard deviations, from an error or a second variable."""
    if not table.axes or not table.dependents:
        raise table.file.error(f"table '{table.name}' of nuisances needs names and values")
    names = [str(label) for label in table.axes[0].labels]
    values = table.dependents[0]
    others = [v for v in table.dependents[1:] if re.search(r"sigma|constraint|uncert|error|width|std", v.name.lower())]
    labels = values.error_labels
    if labels:
        ends = np.array([row.get(labels[0], (np.nan, np.nan)) for row in values.errors])
        sigma = (ends[:, 0] - ends[:, 1]) / 2
    elif others:
        sigma = np.array(others[0].values)
    else:
        raise table.file.error(f"table '{table.name}' has no standard deviations: give values an error")
    found = np.array(values.values)
    bad = ~(np.isfinite(found) & np.isfinite(sigma) & (sigma > 0))
    if np.any(bad):
        worst = int(np.argmax(bad))
        raise InputError(
            f"nuisance '{names[worst]}' needs a value and a positive standard deviation, found {found[worst]:g} and "
            f"{sigma[worst]:g}",
            table.place_of(values, worst),
        )
    return names, found, sigma


def _statistical(record: Record, spectrum: Spectrum, asked: Place) -> FloatArray | None:
    mapping = spectrum.mapping
    covariance = _matrix(record, spectrum, mapping.statistical_covariance, asked)
    if covariance is not None or spectrum.statistical is None:
        return covariance
    correlation = _matrix(record, spectrum, mapping.statistical_correlation, asked)
    sigma = spectrum.statistical
    return np.diag(sigma**2) if correlation is None else correlation * np.outer(sigma, sigma)


def _matrix(record: Record, spectrum: Spectrum, table: str | None, asked: Place) -> FloatArray | None:
    return None if table is None else symmetric_table(record.table(table, asked), spectrum.labels)


def _shifts(record: Record, spectrum: Spectrum, asked: Place) -> dict[str, tuple[FloatArray, FloatArray]]:
    table = spectrum.mapping.shifts
    if table is None:
        return {}
    found = shift_table(record.table(table, asked), spectrum.labels)
    return {_source_name(spectrum.mapping, label): (shift, -shift) for label, shift in found.items()}


def _compare(
    spectrum: Spectrum,
    statistical: FloatArray,
    sources: Mapping[str, tuple[FloatArray, FloatArray]],
    total: FloatArray | None,
    remarks: list[str],
) -> None:
    """Say so if a stated total is not the sum of its parts."""
    stated = np.diag(total) if total is not None else None if spectrum.total is None else spectrum.total**2
    if stated is None:
        return
    summed = np.diag(statistical) + sum(((up - down) / 2) ** 2 for up, down in sources.values())
    worst = int(np.argmax(np.abs(summed - stated) - _DIFFERENT * stated))
    if abs(summed[worst] - stated[worst]) > _DIFFERENT * stated[worst]:
        remarks.append(
            f"{spectrum.mapping.name}: in {spectrum.labels.names[worst]} the variances of statistics and sources sum "
            f"up to {summed[worst]:.4g}, the stated total is {stated[worst]:.4g}"
        )


def _source_name(mapping: MeasurementMapping, label: str) -> str:
    plain = _plain(label)
    known = [mapping.name, *([mapping.experiment] if mapping.experiment else [])]
    return plain if any(plain.startswith(f"{name}_") for name in known) else f"{mapping.name}_{plain}"


def _plain(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "_"
    return f"_{plain}" if plain[0].isdigit() else plain


def _measurement(record: Record, spectrum: Spectrum, content: _Content) -> Measurement:
    mapping = spectrum.mapping
    _check_variances(spectrum, content)
    _check_names(record, spectrum, [*content.profiled, *content.sources])
    ends = list(content.sources.values())
    shifts = np.array([(up - down) / 2 for up, down in ends]).reshape(len(ends), len(spectrum.values)).T
    curved = {
        name: Response("absolute", up, down)
        for name, (up, down) in content.sources.items()
        if not np.array_equal(up, -down)
    }
    groups = {f"{mapping.name}_fitted": tuple(content.profiled), f"{mapping.name}_sources": tuple(content.sources)}
    return Measurement(
        name=mapping.name,
        experiment=spectrum.experiment,
        energy_TeV=spectrum.energy_TeV,
        channel=spectrum.channel,
        reference=mapping.reference or f"converted from the HEPData record in {record.path.resolve().name}",
        observable=spectrum.observable,
        unit=spectrum.unit,
        per_unit=spectrum.per_unit,
        edges=spectrum.edges,
        bins=tuple(spectrum.labels.names),
        values=spectrum.values,
        covariance=content.covariance,
        profiled=tuple(content.profiled),
        profiled_values=content.profiled_values,
        without_prior=frozenset(map(_plain, mapping.without_prior)),
        sources=tuple(content.sources),
        shifts=shifts,
        groups={group: members for group, members in groups.items() if members},
        path=record.path,
        responses=curved,
    )


def _check_variances(spectrum: Spectrum, content: _Content) -> None:
    variances = np.diag(content.covariance)
    if not np.all(variances > 0):
        worst = int(np.argmin(variances))
        name = [*spectrum.labels.names, *content.profiled][worst]
        raise InputError(f"variance of '{name}' is {variances[worst]:g}, must be > 0", spectrum.table.place)


def _check_names(record: Record, spectrum: Spectrum, nuisances: Sequence[str]) -> None:
    unknown = [name for name in map(_plain, spectrum.mapping.without_prior) if name not in nuisances]
    if unknown:
        raise InputError(f"without_prior: no nuisance '{unknown[0]}'", Place(record.path))
    names = [*spectrum.labels.names, *nuisances]
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise InputError(
            f"two names become '{twice[0]}' (letters, digits and underscores); rename one", spectrum.table.place
        )
