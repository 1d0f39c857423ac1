"""Histograms of POWHEG in ROOT files, one folder a run: ``run_PDF_<id>_M_<mass>_muR_<r>_muF_<f>/pwg-all-NLO.root``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from ttjroofit.errors import InputError, Place, TtjroofitError, nearest_names
from ttjroofit.files import is_file, is_folder
from ttjroofit.inputs.calculation.family import KNOWN, known_family
from ttjroofit.inputs.calculation.histogram import Histogram, Quantity, make_histogram
from ttjroofit.inputs.calculation.points import Point, Points, add_point
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["FILE", "PowhegRuns", "find_runs", "read_runs"]

FILE = "pwg-all-NLO.root"

_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_FOLDER = re.compile(rf"run_PDF_([0-9]+)_M_{_NUMBER}_muR_{_NUMBER}_muF_{_NUMBER}", re.ASCII)
_FORM = "run_PDF_<LHAPDF id>_M_<mass>_muR_<factor>_muF_<factor>"
_LONGEST = 9
"""Digits of an LHAPDF number and more."""


@dataclass(frozen=True)
class PowhegRuns:
    """The runs of one PDF family.

    Attributes:
        folders: point to folder.
        first: LHAPDF number of the central member.
        others: LHAPDF numbers of runs that are not of this family.
    """

    folders: dict[Point, Path]
    first: int
    others: tuple[int, ...]


def find_runs(folder: Path, first: int | None, members: int | None = None) -> PowhegRuns:
    """Find the runs by the names of their folders.

    Args:
        folder: with one folder a run; files beside them and hidden folders are passed over.
        first: LHAPDF number of the central member; None for the one that was run at several masses.
        members: error members of its family, whose numbers follow; None for those of a known family, or all up to the
            next central member of a known one.

    Raises:
        InputError: a folder has another name, a point is there twice, or it is not clear which member is central.
    """
    found = [(*_parsed(path), path) for path in _folders(folder)]
    if not found:
        raise InputError(f"no folders {_FORM} here", Place(folder))
    numbers = sorted({number for number, _, _ in found})
    central = _central(folder, [(number, point) for number, point, _ in found]) if first is None else first
    if central not in numbers:
        raise InputError(f"no runs of PDF {central}; there are {_shown(numbers)}", Place(folder))
    last = central + members if members is not None else _last(central, numbers)
    folders: dict[Point, Path] = {}
    for number, point, path in found:
        if central <= number <= last:
            at = point._replace(member=number - central)
            if at in folders:
                raise InputError(f"the same point as {folders[at].name}; remove one", Place(path))
            folders[at] = path
    return PowhegRuns(folders, central, tuple(number for number in numbers if not central <= number <= last))


def read_runs(runs: PowhegRuns, name: str | None, quantity: Quantity | None, file: str = FILE) -> Points:
    """Read the histogram of every run.

    Args:
        runs: where they are.
        name: of the histogram, or a shell pattern that one name matches; None if there is only one.
        quantity: what the contents are; None if all bins are equally wide.
        file: name of the ROOT file in each folder.

    Raises:
        InputError: a file is missing or cannot be read, or it is not clear which histogram is meant.
    """
    points: Points = {}
    for point, folder in sorted(runs.folders.items()):
        path = folder / file
        if not is_file(path):
            raise InputError(f"no such file, of {point}", Place(path))
        add_point(points, point, _histogram(path, name, quantity))
    return points


def _folders(folder: Path) -> list[Path]:
    if not is_folder(folder):
        raise InputError("no such folder; give the one that holds the folders of the runs", Place(folder))
    try:
        return sorted(path for path in folder.iterdir() if is_folder(path) and not path.name.startswith("."))
    except OSError as error:
        raise InputError(f"cannot be listed: {error.strerror}", Place(folder)) from None


def _parsed(path: Path) -> tuple[int, Point]:
    match = _FOLDER.fullmatch(path.name)
    if match is None:
        raise InputError(f"is no run: folders must be called {_FORM}; move others away", Place(path))
    mass, mur, muf = (float(text) for text in match.groups()[1:])
    if len(match[1]) > _LONGEST or not (0 < mass < 1e4 and 0 < mur < 1e3 and 0 < muf < 1e3):
        raise InputError("is no run: a number is not positive, or too large", Place(path))
    return int(match[1]), Point(mass, mur, muf)


def _central(folder: Path, found: Sequence[tuple[int, Point]]) -> int:
    masses: dict[int, set[float]] = {}
    for number, point in found:
        masses.setdefault(number, set()).add(point.mass)
    several = sorted(number for number, those in masses.items() if len(those) > 1)
    if len(several) == 1:
        return several[0]
    known = ", ".join(f"{family.first} ({family.name})" for family in KNOWN if family.first in several)
    what = f"several were run at more than one mass: {_shown(several)}" if several else "none was run at two masses"
    raise InputError(
        f"which PDF is the central one? {what}; say it with --pdf{f': {known}' if known else ''}", Place(folder)
    )


def _last(central: int, numbers: Sequence[int]) -> int:
    """Largest number that may be a member of the family."""
    family = known_family(str(central))
    if family is not None and family.members is not None:
        return central + family.members
    starts = sorted(family.first for family in KNOWN if family.first is not None and family.first > central)
    return starts[0] - 1 if starts else numbers[-1]


def _shown(numbers: Sequence[int], most: int = 8) -> str:
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return ", ".join(map(str, numbers[:most])) + more


def _histogram(path: Path, wanted: str | None, quantity: Quantity | None) -> Histogram:
    try:
        with uproot.open(path) as file:
            name = _chosen(path, _names(file, (wanted or "").rpartition("/")[0]), wanted)
            edges, values, errors = _content(file[name], f"histogram {name}", Place(path))
    except TtjroofitError:
        raise
    except uproot.KeyInFileError:
        raise InputError(f"no directory for histogram {wanted} in it", Place(path)) from None
    # uproot has no error of its own for bytes that make no sense: struct, zlib, memory and many more
    except Exception as error:
        reason = getattr(error, "strerror", None) or "it is no ROOT file, or damaged"
        raise InputError(f"histograms cannot be read: {reason}", Place(path)) from None
    return make_histogram(edges, values, errors, quantity=quantity, place=Place(path), label=f"histogram {name}")


def _content(histogram: Any, label: str, place: Place) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """Edges, shape (n+1,), values, shape (n,), and their errors, shape (n,), None without Sumw2."""
    cells, squares = histogram.values(flow=True), histogram.member("fSumw2")
    stated = (histogram.axis().member("fNbins") + 2, histogram.member("fNcells"), len(squares) or len(cells))
    # uproot makes as many edges as the axis says, gigabytes of them, and roots of values for errors that do not fit
    if len(cells) < 2 or set(stated) != {len(cells)}:
        raise InputError(f"{label} has not one value and error a bin; the file is damaged", place)
    edges = np.asarray(histogram.axis().edges(), dtype=np.float64)
    values = np.asarray(cells[1:-1], dtype=np.float64)
    return edges, values, np.asarray(histogram.errors(), dtype=np.float64) if len(squares) else None


def _names(file: Any, folder: str) -> list[str]:
    """Histograms of one directory; a damaged file may have directories that hold themselves, so no other is opened."""
    where = f"{folder}/" if folder else ""
    classes = (file[folder] if folder else file).classnames(recursive=False, cycle=False)
    return sorted(where + name for name, kind in classes.items() if kind.startswith("TH1"))


def _chosen(path: Path, names: Sequence[str], wanted: str | None) -> str:
    if wanted in names:
        return str(wanted)
    matching = [name for name in names if wanted is None or fnmatchcase(name, wanted)]
    if len(matching) == 1:
        return matching[0]
    if not names:
        raise InputError("no TH1 in it", Place(path))
    if not matching:
        raise InputError(
            f"no histogram {wanted}; {nearest_names(wanted or '', names) or 'there are ' + ', '.join(names[:8])}",
            Place(path),
        )
    shown = ", ".join(matching[:8]) + (f" and {len(matching) - 8} more" if len(matching) > 8 else "")
    raise InputError(f"which histogram? There are {shown}: choose one with --histogram", Place(path))
