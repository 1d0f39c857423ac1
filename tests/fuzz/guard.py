"""What code under test may do: so much time and memory, and writing into its own folders only."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

__all__ = ["Forbidden", "TooSlow", "guarded"]


class TooSlow(BaseException):
    """The time is over; no error of the program, so that nothing catches it."""


class Forbidden(BaseException):
    """Something was to be written outside of the folders, or another program to be started."""


_PROGRAMS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "socket.connect", "pty.spawn"}
)
_CHANGES = frozenset(
    {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod", "os.mkfifo"}
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_HARMLESS = ("/dev/null", "/proc/", "/sys/")


class _Watch:
    """State of the one audit hook, which Python does not let go of once it is there."""

    folders: tuple[str, ...] = ()
    installed = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _Watch.folders:
        return
    if event in _PROGRAMS:
        raise Forbidden(f"{event} {arguments!r:.200}")
    if event == "open" and arguments[2] & _WRITING:
        _check(event, arguments[0])
    elif event in _CHANGES:
        # of a symbolic link only the second name is written
        first, last = int(event == "os.symlink"), 2 if event in ("os.rename", "os.link", "os.symlink") else 1
        for path in arguments[first:last]:
            _check(event, path, arguments[-1])


def _check(event: str, path: Any, opened: int = -1) -> None:
    """Check a path, which may be relative to a folder that was ``opened`` before."""
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a number: opened before
    start = Path(f"/proc/self/fd/{opened}" if isinstance(opened, int) and opened >= 0 else "")
    real = os.path.realpath(start / os.fsdecode(path))
    if real not in _Watch.folders and not real.startswith((*(f"{folder}/" for folder in _Watch.folders), *_HARMLESS)):
        raise Forbidden(f"{event} of {real}")


@contextmanager
def guarded(folders: Sequence[Path], seconds: float, memory: int = 2_000_000_000) -> Iterator[None]:
    """Run a block under the limits.

    Args:
        folders: the only ones that may be written into.
        seconds: until ``TooSlow`` is raised, wherever Python looks for signals; regular expressions do.
        memory: bytes beyond what is mapped already, until ``MemoryError``.

    Raises:
        TooSlow: the time is over.
        Forbidden: at a write outside of the folders, or at a call of another program.
    """
    if not _Watch.installed:
        sys.addaudithook(_audit)
        _Watch.installed = True
    limits = resource.getrlimit(resource.RLIMIT_AS)
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    before = signal.signal(signal.SIGALRM, _stop)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + memory, limits[1]))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _Watch.folders = tuple(map(os.path.realpath, folders))
    try:
        yield
    finally:
        _Watch.folders = ()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


def _stop(_: int, frame: FrameType | None) -> None:
    raise TooSlow("stopped" if frame is None else f"stopped in {frame.f_code.co_filename}:{frame.f_lineno}")
