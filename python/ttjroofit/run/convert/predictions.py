"""From calculations of others to a prediction file in the bins of a measurement."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ttjroofit._version import __version__
from ttjroofit.errors import InputError, OptionError, Place
from ttjroofit.inputs.calculation.curves import CurveOptions, read_curves
from ttjroofit.inputs.calculation.family import KNOWN, Family, Kind, known_family, plain_name
from ttjroofit.inputs.calculation.histogram import Quantity
from ttjroofit.inputs.calculation.nnlo import NnloChoice, read_nnlo
from ttjroofit.inputs.calculation.points import Calculation
from ttjroofit.inputs.calculation.powheg import PowhegRuns, find_runs, read_runs
from ttjroofit.inputs.calculation.prediction import Target, predict
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.prediction_text import prediction_text

__all__ = ["Asked", "Converted", "prediction_from_curves", "prediction_from_nnlo", "prediction_from_powheg"]

_LONGEST = 80
"""Characters of the name of a calculation, which is part of a file name."""


@dataclass(frozen=True)
class Converted:
    """What is to be written.

    Attributes:
        files: file name to text.
        remarks: what the user must know.
        measurement: name of that the prediction is for.
    """

    files: dict[str, str]
    remarks: list[str]
    measurement: str


@dataclass(frozen=True)
class Asked:
    """Options that all conversions of predictions share.

    Attributes:
        measurement: file of the measurement whose bins are wanted.
        name: of the calculation; None for one made from the file names and the PDF family.
        quality: one line that says what the prediction is good for; None for where it comes from.
        nominal_mass: GeV, where scales and PDFs were varied; None for the mass with most variations.
        quantity: what the numbers are; None if all bins are equally wide, or the file says it.
        pdf: LHAPDF number or name of a PDF family; None if it is clear.
        pdf_type: error type of the family; None if it is a known one.
        pdf_cl: confidence level of its members in per cent; None if it is a known one.
        pdf_members: number of its error members; None if it is a known one, or the last one was run.
    """

    measurement: Path
    name: str | None = None
    quality: str | None = None
    nominal_mass: float | None = None
    quantity: Quantity | None = None
    pdf: str | None = None
    pdf_type: Kind | None = None
    pdf_cl: Literal[68, 90] | None = None
    pdf_members: int | None = None


def prediction_from_powheg(
    folder: Path, asked: Asked, *, histogram: str | None, file: str, unit: str | None
) -> Converted:
    """Convert a folder of POWHEG runs.

    Args:
        folder: with one folder a run.
        asked: what is wanted.
        histogram: name or pattern; None if there is only one.
        file: name of the ROOT file in each folder.
        unit: ``pb`` or ``fb`` of the histograms; None if unknown.

    Returns:
        The file and what the user must know.

    Raises:
        InputError: with the place, whatever is wrong with the files.
        OptionError: an option has an impossible value, or the PDF family is not known and not stated.
    """
    if unit is not None and asked.quantity is None:
        raise OptionError(f"--unit {unit}: cross sections need --quantity 'per bin' or 'per unit of rho' too")
    measurement = read_measurement(asked.measurement)
    runs = find_runs(folder, _number(asked.pdf), asked.pdf_members)
    family = _powheg_family(runs, asked)
    points = read_runs(runs, histogram, asked.quantity, file)
    used = family.name if family is not None else f"LHAPDF {runs.first}"
    target = _target(
        asked, measurement, f"POWHEG_{plain_name(used).lstrip('_')}", f"POWHEG histograms, PDF {used}", folder
    )
    prediction, remarks = predict(Calculation(points, family), replace(target, unit=unit), Place(folder))
    if runs.others:
        shown = ", ".join(map(str, runs.others[:8])) + (" ..." if len(runs.others) > 8 else "")
        remarks.append(f"runs of other PDFs are not used: LHAPDF {shown}")
    return _checked(target, prediction_text(prediction, _head(folder)), remarks, folder)


def prediction_from_nnlo(paths: Sequence[Path], asked: Asked, order: str | None) -> Converted:
    """Convert JSON files of an NNLO code; as ``prediction_from_powheg``.

    Args:
        paths: of the files, which together are one calculation.
        asked: what is wanted; the PDF family is described in the files.
        order: of perturbation theory; None if there is only one.
    """
    measurement = read_measurement(asked.measurement)
    calculation, first, chosen = read_nnlo(paths, NnloChoice(order, asked.pdf, measurement.energy_TeV))
    used = calculation.family.name if calculation.family is not None else "unknown"
    target = _target(asked, measurement, plain_name(f"{chosen}_{used}"), f"{chosen}, PDF {used}", paths[0])
    target = replace(target, source=f"{first.source}; {target.source}", unit=first.unit)
    prediction, remarks = predict(calculation, target, Place(paths[0]))
    return _checked(target, prediction_text(prediction, _head(*paths)), remarks, paths[0])


def prediction_from_curves(
    paths: Sequence[Path], asked: Asked, *, relative_error: float | None, multinomial: bool
) -> Converted:
    """Convert CSV tables; as ``prediction_from_powheg``.

    Args:
        paths: of the files, which together are one calculation.
        asked: what is wanted.
        relative_error: Monte Carlo uncertainty of values without one, over the value.
        multinomial: uncertainties are those of the shares of one sample.
    """
    measurement = read_measurement(asked.measurement)
    options = CurveOptions(asked.quantity, relative_error, multinomial, asked.nominal_mass)
    points = read_curves(paths, options)
    family = None
    if any(point.member for point in points):
        family = _family(asked, known_family(asked.pdf or ""), asked.pdf, None)
    target = _target(asked, measurement, plain_name(paths[0].stem), f"curves of {_shown(paths[0])}", paths[0])
    prediction, remarks = predict(Calculation(points, family), target, Place(paths[0]))
    return _checked(target, prediction_text(prediction, _head(*paths)), remarks, paths[0])


def _number(pdf: str | None) -> int | None:
    """LHAPDF number of the central member."""
    if pdf is None:
        return None
    family = known_family(pdf)
    if family is not None:
        return family.first
    if not (pdf.isascii() and pdf.isdigit() and len(pdf) < 10):
        known = ", ".join(family.name for family in KNOWN)
        raise OptionError(f"--pdf {pdf}: an LHAPDF number is needed, or one of {known}")
    return int(pdf)


def _powheg_family(runs: PowhegRuns, asked: Asked) -> Family | None:
    known = known_family(str(runs.first))
    if known is None and not any(point.member for point in runs.folders):
        return None
    return _family(asked, known, f"LHAPDF_{runs.first}", runs.first)


def _family(asked: Asked, known: Family | None, name: str | None, first: int | None) -> Family:
    """What is known of a family, and what the options say instead."""
    kind = asked.pdf_type or (known.kind if known else None)
    level = asked.pdf_cl or (known.confidence_level if known else None)
    name = known.name if known else name
    if kind is None or level is None or name is None:
        raise OptionError(
            f"PDF family {name or 'without a name'} is not known: give "
            + ("--pdf NAME and " if name is None else "")
            + "--pdf-type hessian, symmhessian or replicas and --pdf-cl 68 or 90"
        )
    if kind == "replicas" and level != 68:
        raise OptionError("--pdf-cl 90: replicas have no confidence level; give 68")
    return Family(name, first, kind, level, asked.pdf_members or (known.members if known else None))


def _target(asked: Asked, measurement: Measurement, name: str, quality: str, origin: Path) -> Target:
    chosen = name[:_LONGEST] if asked.name is None else asked.name
    if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", chosen) or len(chosen) > _LONGEST:
        raise OptionError(f"--name {chosen}: at most {_LONGEST} letters, digits and underscores are needed")
    if asked.quality is not None and not (asked.quality.strip() and asked.quality.isprintable()):
        raise OptionError("--quality: one line of text is needed")
    return Target(
        measurement=measurement,
        name=chosen,
        quality=quality if asked.quality is None else asked.quality,
        source=f"converted from {_shown(origin)} by ttjroofit {__version__}",
        nominal_mass=asked.nominal_mass,
    )


def _head(*paths: Path) -> list[str]:
    names = ", ".join(_shown(path) for path in paths[:3]) + (" and more" if len(paths) > 3 else "")
    return [f"Converted from {names} by ttjroofit {__version__}. Format: docs/inputs.md."]


def _shown(path: Path) -> str:
    """The name of a file as text on one line, whatever bytes it has."""
    return "".join(character if character.isprintable() else "?" for character in path.resolve().name)


def _checked(target: Target, text: str, remarks: list[str], origin: Path) -> Converted:
    """What is written must be readable."""
    name = target.measurement.name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prediction.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            read_prediction(path)
        except InputError as error:
            raise InputError(error.message, Place(origin)) from None
    return Converted({f"{name}_{target.name}.yaml": text}, remarks, name)
