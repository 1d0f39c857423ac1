"""From a HEPData record to a card with its inputs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from ttjroofit._version import __version__
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.hepdata.mapping import guess_mapping, read_mapping
from ttjroofit.inputs.hepdata.measurement import Conversion, convert_record
from ttjroofit.inputs.hepdata.record import read_record
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.measurement_text import measurement_texts

__all__ = ["card_from_hepdata"]

_RULE = "-" * 82


def card_from_hepdata(path: Path, mapping: Path | None = None) -> tuple[dict[str, str], list[str]]:
    """Convert a record.

    Args:
        path: folder of the record, or one of its files.
        mapping: file that says what the tables are; else one that came with the record, else names and keywords.

    Returns:
        File name to text, ``card.txt`` first, and what the user must know.

    Raises:
        InputError: with file and line, if something cannot be read, or it is not clear what a table is.
    """
    record = read_record(path)
    stated = mapping if mapping is not None else record.mapping
    chosen = guess_mapping(record) if stated is None else read_mapping(stated)
    conversion = convert_record(record, chosen, Place(path if stated is None else stated))
    remarks = conversion.remarks
    if stated is None:
        tables = chosen.measurements[0].model_dump(exclude_none=True, by_alias=True)
        used = [f"{key} '{name}'" for key, name in tables.items() if name in [table.name for table in record.tables]]
        remarks = [f"tables found by their names: {', '.join(used)}", *remarks]
    files: dict[str, str] = {}
    for measurement, year in zip(conversion.measurements, conversion.years, strict=True):
        files |= measurement_texts(measurement, year=year, notes=[f"converted from HEPData by ttjroofit {__version__}"])
    _check(files, conversion, path)
    return {"card.txt": _card(conversion, remarks, path), **files}, remarks


def _check(files: dict[str, str], conversion: Conversion, path: Path) -> None:
    """What is written must be readable: matrices positive definite, names plain."""
    with tempfile.TemporaryDirectory() as name:
        for file, text in files.items():
            (Path(name) / file).write_text(text, encoding="utf-8")
        for measurement in conversion.measurements:
            try:
                read_measurement(Path(name) / f"{measurement.name}.yaml")
            except InputError as error:
                raise InputError(f"{measurement.name}: {error.message}", Place(path)) from None


def _card(conversion: Conversion, remarks: Sequence[str], path: Path) -> str:
    measurements = conversion.measurements
    width = max(len(measurement.name) for measurement in measurements)
    lines = [
        f"# converted from the HEPData record in {' '.join(path.resolve().name.split())} by ttjroofit {__version__}",
        # a remark on two lines would be a statement of the card
        *(f"# {' '.join(remark.split())}" for remark in remarks),
        _RULE,
        f"imax {sum(len(measurement.bins) for measurement in measurements)}",
        "jmax 0",
        f"kmax {sum(len(measurement.nuisances) for measurement in measurements)}",
        _RULE,
        *(f"measurement {measurement.name:<{width}} {measurement.name}.yaml" for measurement in measurements),
        "pulls published",
    ]
    if conversion.tied:
        lines.append(_RULE)
    for number, names in enumerate(conversion.tied, start=1):
        lines += [f"correlation systematic_{number} {one} {other} 1.0" for one, other in combinations(names, 2)]
    return "\n".join(lines) + "\n"
