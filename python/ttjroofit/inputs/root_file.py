"""Whether a ROOT file is whole, told from its first bytes: ROOT itself tries to go on with what is left of one."""

from __future__ import annotations

import struct
from pathlib import Path

from ttjroofit.errors import InputError, Place

__all__ = ["check_whole", "damage"]

_SMALL = struct.Struct(">4sii i ii i i B i i i")
_LARGE = struct.Struct(">4sii q qi i i B i q i")
"""Headers of files below and above 2 GB: TFile in the ROOT reference, "ROOT file layout"."""

_LARGE_VERSION = 1_000_000


def damage(path: Path) -> str | None:
    """What is wrong with a ROOT file as far as its header tells; None if nothing is.

    Raises:
        OSError: if it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_LARGE.size)
    if len(head) < _LARGE.size or not head.startswith(b"root"):
        return "it is no file of ROOT"
    form = _LARGE if struct.unpack_from(">i", head, 4)[0] >= _LARGE_VERSION else _SMALL
    end, seek_info = (form.unpack_from(head)[index] for index in (3, 10))
    if seek_info == 0 or size > end:
        return "it was never finished: whoever wrote it was stopped"
    return f"it is cut off: {size} of {end} bytes are there" if size < end else None


def check_whole(path: Path) -> None:
    """Refuse a ROOT file that is cut off or was never finished.

    Raises:
        InputError: that says what is wrong.
    """
    try:
        found = damage(path)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
    if found is not None:
        raise InputError(f"{found}; copy or make it again", Place(path))
