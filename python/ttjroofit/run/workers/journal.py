"""Finished tasks on disk, for a run that goes on where another one stopped."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from ttjroofit.errors import OptionError

__all__ = ["Journal", "Journals"]

FOLDER = ".tasks"
CHECKSUM_BYTES = 32


class Journals:
    """The journals of an output folder, one for each ``map`` of a run.

    Attributes:
        folder: where they are.
        opened: those of this run.
    """

    def __init__(self, output: Path, *, resume: bool) -> None:
        self.folder = output / FOLDER
        self.opened: list[Journal] = []
        self._resume = resume

    def open(self, name: str, fingerprint: str, count: int) -> Journal:
        """The journal of ``count`` tasks with this fingerprint; without resuming, what older runs left is removed.

        Raises:
            OptionError: if the folder cannot be made.
        """
        if not self._resume and not self.opened:
            shutil.rmtree(self.folder, ignore_errors=True)
        journal = Journal(self.folder / f"{name}-{fingerprint}", count)
        self.opened.append(journal)
        return journal

    def remove(self) -> None:
        """Remove the journals of this run, and the folder if no other run has any."""
        for journal in self.opened:
            shutil.rmtree(journal.folder, ignore_errors=True)
        if self.opened:
            with suppress(OSError):
                self.folder.rmdir()


class Journal:
    """The finished tasks of one ``map``, a file each: a checksum, then the pickled result.

    The checksum covers the fingerprint and the number of the task: a file that is torn, or that another run wrote, does
    not count. It is no seal against somebody who may write into the output folder.

    Attributes:
        folder: where the files are.
        count: how many tasks there are.
        kept: how many of them are on disk.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.folder = folder
        self.count = count
        self.kept = 0
        self._make_folder()

    def read(self) -> dict[int, Any]:
        """Results of the tasks that are on disk, by their numbers."""
        results = {}
        for index in range(self.count):
            # whatever is wrong with a file, the cure is to do its task again
            with suppress(Exception):
                payload = self.payload(index)
                if payload is not None:
                    results[index] = pickle.loads(payload)
        self.kept = len(results)
        return results

    def payload(self, index: int) -> bytes | None:
        """The pickled result of a task; None if its file is torn or belongs elsewhere.

        Raises:
            OSError: if there is no file.
        """
        content = self._path(index).read_bytes()
        checksum, payload = content[:CHECKSUM_BYTES], content[CHECKSUM_BYTES:]
        return payload if checksum == self._checksum(index, payload) else None

    def write(self, index: int, payload: bytes) -> None:
        """Keep the pickled result of a task: whole or not at all, also when the power fails.

        Raises:
            OptionError: if it cannot be written.
        """
        try:
            self._replace(self._path(index), self._checksum(index, payload) + payload)
        except FileNotFoundError:
            # another run into the same folder has ended and tidied up
            self._make_folder()
            self._replace(self._path(index), self._checksum(index, payload) + payload)
        self.kept += 1

    def _path(self, index: int) -> Path:
        return self.folder / f"{index}.task"

    def _checksum(self, index: int, payload: bytes) -> bytes:
        return hashlib.blake2b(f"{self.folder.name}/{index}:".encode() + payload, digest_size=CHECKSUM_BYTES).digest()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(f"--output: the folder {self.folder} cannot be made: {error.strerror}") from None

    def _replace(self, target: Path, content: bytes) -> None:
        try:
            handle, temporary = tempfile.mkstemp(prefix=f".{target.stem}_", dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(target)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise OptionError(f"--output: {target} cannot be written: {error.strerror}") from None
