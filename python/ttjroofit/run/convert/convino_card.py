"""From a Convino configuration to a card with its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ttjroofit._version import __version__
from ttjroofit.errors import InputError, suggestion
from ttjroofit.inputs.convino.config import ConvinoConfig, ImpactGroup, PriorCorrelation, read_config
from ttjroofit.inputs.convino.conversion import remarks_of, to_measurement
from ttjroofit.inputs.convino.measurement import ConvinoMeasurement, read_convino_measurement
from ttjroofit.inputs.convino.names import plain_name, plain_names
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_text import measurement_texts

__all__ = ["card_from_convino"]

_RULE = "-" * 82
_LARGEST = 0.999
"""Convino sets larger correlations to this."""


def card_from_convino(path: Path) -> tuple[dict[str, str], list[str]]:
    """Convert a configuration and the measurement files it names.

    Returns:
        File name to text, ``card.txt`` first, and what the user must know.

    Raises:
        InputError: with file and line, if a file cannot be read, or a name is unknown or not unique.
    """
    config = read_config(path)
    sources = [read_convino_measurement(file) for file in config.inputs]
    names = plain_names(sources)
    measurements = [
        to_measurement(source, name, names) for source, name in zip(sources, _measurement_names(config), strict=True)
    ]
    remarks = [remark for source in sources for remark in remarks_of(source, names)]
    lines = [
        *_head(config, measurements),
        *_observables(config, sources, names),
        *_correlations(config, sources, names, remarks),
        *_groups(config, sources, names, measurements, remarks=remarks),
    ]
    if config.differential or config.normalise:
        remarks.append("isDifferential and normalise: the result has normalised distributions beside the absolute ones")
    notes = ["unit, energy, channel and bin edges are not in Convino files: correct them here"]
    files = {"card.txt": "\n".join([*(f"# {' '.join(remark.split())}" for remark in remarks), *lines]) + "\n"}
    for measurement in measurements:
        files |= measurement_texts(measurement, notes=notes)
    return files, remarks


def _measurement_names(config: ConvinoConfig) -> list[str]:
    """One a file, by its stem; equal ones are numbered."""
    names: list[str] = []
    for file in config.inputs:
        stem = plain_name(file.stem)
        names.append(_new(stem, names))
    return names


def _new(name: str, taken: Sequence[str] | Mapping[str, object]) -> str:
    candidates = [name, *(f"{name}_{i}" for i in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)


def _head(config: ConvinoConfig, measurements: Sequence[Measurement]) -> list[str]:
    width = max(len(measurement.name) for measurement in measurements)
    return [
        f"# converted from the Convino configuration {config.path.name} by ttjroofit {__version__}",
        _RULE,
        f"imax {sum(len(measurement.bins) for measurement in measurements)}",
        "jmax 0",
        f"kmax {sum(len(measurement.nuisances) for measurement in measurements)}",
        _RULE,
        *(f"measurement {measurement.name:<{width}} {measurement.name}.yaml" for measurement in measurements),
        "pulls published",
    ]


def _observables(config: ConvinoConfig, sources: Sequence[ConvinoMeasurement], names: Mapping[str, str]) -> list[str]:
    estimates = [name for source in sources for name in source.estimates]
    used: dict[str, str] = {}
    lines = []
    for observable in config.observables:
        for name in observable.estimates:
            if name not in estimates:
                raise InputError(
                    f"'{name}' of observable '{observable.name}' is no estimate{suggestion(name, estimates)}",
                    observable.place,
                )
            if name in used:
                raise InputError(
                    f"estimate '{name}' is already in observable '{used[name]}'; remove it from one", observable.place
                )
            used[name] = observable.name
        members = " ".join(names[name] for name in observable.estimates)
        lines.append(f"combine {plain_name(observable.name)} = {members}")
    return [_RULE, *lines] if lines else []


def _correlations(
    config: ConvinoConfig, sources: Sequence[ConvinoMeasurement], names: Mapping[str, str], remarks: list[str]
) -> list[str]:
    """Correlations of one line of the configuration are one block, since they are scanned together."""
    nuisances = [name for source in sources for name in (*source.fitted, *source.sources)]
    blocks: dict[int, str] = {}
    lines = []
    for stated in config.correlations:
        for name in (stated.first, stated.second):
            if name not in nuisances:
                raise InputError(f"'{name}' is no nuisance{suggestion(name, nuisances)}", stated.place)
        if stated.line not in blocks:
            blocks[stated.line] = _new(names[stated.first], list(blocks.values()))
        block = blocks[stated.line]
        lines.append(f"correlation {block} {names[stated.first]} {names[stated.second]} {_range(stated, remarks)}")
    remarks += [
        f"{again.place}: the correlation of {again.first} and {again.second} is stated again later; the last one holds"
        for again in config.repeated
    ]
    return [_RULE, *lines] if lines else []


def _range(stated: PriorCorrelation, remarks: list[str]) -> str:
    what = f"{stated.place}: the correlation of {stated.first} and {stated.second}"
    if abs(stated.nominal) > _LARGEST:
        remarks.append(f"{what} is {stated.nominal:g}, which Convino takes as {_LARGEST}; {_effect(stated.nominal)}")
    if stated.low is None or stated.high is None:
        return repr(stated.nominal)
    low, high = sorted((stated.low, stated.high))
    if not low <= stated.nominal <= high:
        remarks.append(f"{what} lies outside its range {low:g} to {high:g}, which is widened to hold it")
    return f"({stated.nominal!r} & {min(low, stated.nominal)!r} : {max(high, stated.nominal)!r})"


def _effect(nominal: float) -> str:
    return "here the two become one parameter" if abs(nominal) == 1 else "here it holds as it is"


def _groups(
    config: ConvinoConfig,
    sources: Sequence[ConvinoMeasurement],
    names: Mapping[str, str],
    measurements: Sequence[Measurement],
    *,
    remarks: list[str],
) -> list[str]:
    nuisances = [name for source in sources for name in (*source.fitted, *source.sources)]
    taken = [name for measurement in measurements for name in (measurement.name, *measurement.groups)]
    taken += ["combine", "scenario"]
    lines = []
    for group in config.impacts:
        members = _members(group, nuisances, remarks)
        if members:
            name = _new(plain_name(group.name), taken)
            taken.append(name)
            lines.append(f"{name} group = {' '.join(names[member] for member in members)}")
    return [_RULE, *lines] if lines else []


def _members(group: ImpactGroup, nuisances: Sequence[str], remarks: list[str]) -> list[str]:
    for name in group.members:
        if name not in nuisances and name != "stat":
            raise InputError(
                f"'{name}' of impact '{group.name}' is no nuisance{suggestion(name, nuisances)}", group.place
            )
    if "stat" in group.members:
        remarks.append(f"{group.place}: stat in '{group.name}': every result has the statistical uncertainty by itself")
    return [name for name in group.members if name != "stat"]
