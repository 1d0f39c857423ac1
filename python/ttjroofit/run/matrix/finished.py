"""Entries that are done: what their folder was made from, so that they are not repeated."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ttjroofit.card.render import moved
from ttjroofit.errors import InputError, OptionError
from ttjroofit.results.store import read_result, to_json
from ttjroofit.run.matrix.entry import EntryAnswer
from ttjroofit.run.output import OutputFolder

__all__ = ["MARKER", "Finished", "clear_entry", "finished_status", "write_entry"]

MARKER = "entry.json"
CARD = "card.txt"
SCHEMA = "ttjroofit/matrix_entry/1"


@dataclass(frozen=True)
class Finished:
    """What ``entry.json`` says of the folder that it is in.

    Attributes:
        schema: name and version of this format.
        fingerprint: of all that the files were made from.
        status: exit status of the run.
        files: name to the digest of each file.
    """

    schema: str
    fingerprint: str
    status: int
    files: dict[str, str]


def finished_status(folder: Path, fingerprint: str) -> int | None:
    """The status that an entry ended with; None if it has to be run.

    Args:
        folder: of the entry.
        fingerprint: of all that its files would be made from; they count only if all are there and whole.
    """
    finished = _read(folder)
    if finished is None or finished.fingerprint != fingerprint:
        return None
    try:
        whole = all(_digest((folder / name).read_bytes()) == digest for name, digest in finished.files.items())
    except OSError:
        return None
    return finished.status if whole else None


def write_entry(folder: Path, answer: EntryAnswer, fingerprint: str) -> None:
    """Write the files of an entry, each whole or not at all, the marker last.

    Raises:
        OptionError: if one cannot be written.
    """
    output, contents = OutputFolder(folder), _in_place(folder, answer)
    for name, content in contents.items():
        output.write_bytes(name, content)
    files = {name: _digest(content) for name, content in contents.items()}
    output.write_text(MARKER, to_json(Finished(SCHEMA, fingerprint, answer.status, files)))
    clear_entry(folder)
    output.publish()


def _in_place(folder: Path, answer: EntryAnswer) -> Mapping[str, bytes]:
    """The files; jobs made the card for a folder that may be another one."""
    here = os.path.realpath(folder)
    if CARD not in answer.files or answer.folder in ("", here):
        return answer.files
    text = moved(answer.files[CARD].decode("utf-8"), Path(answer.folder), Path(here))
    return {**answer.files, CARD: text.encode("utf-8")}


def clear_entry(folder: Path) -> None:
    """Remove what an earlier entry of this name wrote: it is no result of this one.

    Raises:
        OptionError: if a file cannot be removed.
    """
    finished = _read(folder)
    if finished is None:
        return
    try:
        for name in (MARKER, *finished.files):
            (folder / Path(name).name).unlink(missing_ok=True)
    except OSError as error:
        raise OptionError(f"{folder}: an old file cannot be removed: {error.strerror}") from None
    with suppress(OSError):
        folder.rmdir()


def _read(folder: Path) -> Finished | None:
    try:
        return read_result(Finished, folder / MARKER)
    except InputError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
