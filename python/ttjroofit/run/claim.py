"""An output folder belongs to one run at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from ttjroofit.errors import OptionError
from ttjroofit.run.stopping import undisturbed

__all__ = ["STAGING", "Claim"]

LOCK = ".lock"

# processes in containers may have the same number and machine
_TOKEN = os.urandom(8).hex()

STAGING = ".writing_"
"""Start of the names of folders that unfinished files are in."""


class Claim:
    """Makes a folder and holds the lock on it, for a ``with`` block or until it is released.

    The lock is one of the kernel (``flock``): it ends with the process, however that ends. A claim in a process that
    has one already is part of it. What a run that was killed has left unfinished is removed, if the file system has
    locks: else it may be that of a run at work.
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder.

        Raises:
            OptionError: if it cannot be made or written, or another process has it.
        """
        # a signal in between would leave the lock
        with undisturbed():
            made = _make(folder)
            try:
                handle = _lock(folder)
            except BaseException:
                _remove(made)
                raise
            self._end = weakref.finalize(self, _release, folder, made, handle)
        if handle is not None:
            _sweep(folder)

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let go of the folder; if it was made here and is empty, it is removed."""
        with undisturbed():
            self._end()


def _release(folder: Path, made: Sequence[Path], handle: int | None) -> None:
    if handle is not None:
        _sweep(folder)
        with suppress(OSError):
            (folder / LOCK).unlink()
        os.close(handle)
    _remove(made)


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"{STAGING}*"):
        shutil.rmtree(path, ignore_errors=True)


def _remove(made: Sequence[Path]) -> None:
    """Remove folders, the innermost first, as far as they are empty."""
    with suppress(OSError):
        for folder in made:
            folder.rmdir()


def _make(folder: Path) -> list[Path]:
    """The folders that were made, the innermost first."""
    missing = []
    try:
        for path in (folder, *folder.parents):
            if path.exists():
                break
            missing.append(path)
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise OptionError(f"--output {folder}: there is a file of this name; give the name of a folder") from None
    except OSError as error:
        raise OptionError(f"--output {folder}: the folder cannot be made: {error.strerror}") from None
    return missing


def _lock(folder: Path) -> int | None:
    """Descriptor of the locked file; None if this process has it already, or where the file system knows no locks."""
    path = folder / LOCK
    me = f"process {os.getpid()} on {socket.gethostname()}\n{_TOKEN}"
    try:
        while True:
            with ExitStack() as stack:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
                stack.callback(os.close, handle)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    other = os.pread(handle, 200, 0).decode(errors="replace")
                    break
                except OSError:
                    # nobody can tell whose files are there: they are whole all the same
                    path.unlink(missing_ok=True)
                    return None
                if _is_there(handle, path):
                    _sign(handle, path, me)
                    stack.pop_all()
                    return handle
    except OSError as error:
        raise OptionError(f"--output {folder}: nothing can be written there: {error.strerror}") from None
    if other == me:
        return None
    owner = other.partition("\n")[0] or "unknown process"
    raise OptionError(f"--output {folder}: another run is at work there ({owner}); wait for it, or give another folder")


def _is_there(handle: int, path: Path) -> bool:
    """Whether the file was not removed, by a run that ended, before it was locked."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _sign(handle: int, path: Path, text: str) -> None:
    """Write into the locked file who has it."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text.encode(), 0)
    except OSError:
        path.unlink(missing_ok=True)
        raise
