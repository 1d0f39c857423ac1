"""Damage files, read them, and note what came of it."""

from __future__ import annotations

import faulthandler
import random
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.guard import Forbidden, TooSlow, guarded
from fuzz.mutation import Mutator
from fuzz.seeds import Folder
from fuzz.targets import Target
from ttjroofit.errors import TtjroofitError

__all__ = ["Crash", "Limits", "Outcome", "fuzz"]

_LONGEST_MESSAGE = 4100


@dataclass(frozen=True)
class Limits:
    """Of one call: seconds, and bytes beyond what is mapped."""

    seconds: float = 10.0
    memory: int = 2_000_000_000


@dataclass(frozen=True)
class Crash:
    """Something that must not happen.

    Attributes:
        number: of the mutation, to make it again.
        what: error and the last place in the package, the same for the same fault.
        trace: of Python.
    """

    number: int
    what: str
    trace: str


@dataclass
class Outcome:
    """What came of the mutations of a target: counts, seconds of the slowest one with its number, and crashes."""

    mutations: int = 0
    accepted: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: tuple[float, int] = (0.0, 0)
    crashes: dict[str, Crash] = field(default_factory=dict)
    crashed: int = 0


def fuzz(
    name: str,
    target: Target,
    numbers: Sequence[int],
    seed: int,
    *,
    limits: Limits | None = None,
    keep: Path | None = None,
    until: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Make mutations and read them.

    Args:
        name: of the target.
        target: to be fuzzed.
        numbers: of the mutations; with the seed they say all about them.
        seed: of the campaign.
        limits: of each call.
        keep: folder for the files that made a crash.
        until: asked before each mutation whether to stop.
    """
    folders, limits, outcome = target.seeds(), limits or Limits(), Outcome()
    with tempfile.TemporaryDirectory(prefix="fuzz_") as scratch, _temporary(scratch) as temporary:
        for folder in folders:  # what is imported or cached at first use is so outside of the guard
            target.read(_written(Path(scratch) / "good", folder))
        for number in numbers:
            if until():
                break
            damaged = mutation(name, target, folders, seed, number)
            place = _written(Path(scratch) / "damaged", damaged)
            start = time.perf_counter()
            with _watchdog(limits.seconds):
                crash = _call(target, (place, temporary), limits, number, outcome)
            spent = time.perf_counter() - start
            outcome.mutations += 1
            outcome.seconds += spent
            outcome.slowest = max(outcome.slowest, (spent, number))
            if crash is not None:
                outcome.crashed += 1
                if crash.what not in outcome.crashes and keep is not None:
                    shutil.copytree(place, keep / f"{name}_{seed}_{number}", dirs_exist_ok=True)
                outcome.crashes.setdefault(crash.what, crash)
    return outcome


def mutation(name: str, target: Target, folders: Sequence[Folder], seed: int, number: int) -> Folder:
    """The damaged folder of a number: one file of a good folder, or two, are damaged."""
    rng = random.Random(f"{seed}:{name}:{number}")
    mutator = Mutator(rng, target.words)
    folder = dict(rng.choice(folders))
    for file in rng.sample(sorted(folder), k=min(len(folder), rng.choice((1, 1, 1, 2)))):
        other = rng.choice(list(rng.choice(folders).values()))
        folder[file] = mutator.mutate(folder[file], other)
    return folder


@contextmanager
def _temporary(scratch: str) -> Iterator[Path]:
    """A folder for temporary files of the program; warnings are errors meanwhile."""
    before, folder = tempfile.tempdir, Path(scratch) / "temporary"
    folder.mkdir()
    tempfile.tempdir = str(folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield folder
    finally:
        tempfile.tempdir = before


def _written(place: Path, folder: Folder) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for file, content in folder.items():
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).write_bytes(content)
    return place


def _call(target: Target, own: Sequence[Path], limits: Limits, number: int, outcome: Outcome) -> Crash | None:
    try:
        with guarded(own, limits.seconds, limits.memory):
            target.read(own[0])
    except TtjroofitError as error:
        outcome.refused += 1
        fault = _bad_message(str(error), own[0] if target.names_file else None)
        return None if fault is None else Crash(number, f"message: {fault}", str(error)[:2000])
    except (Exception, TooSlow, Forbidden, SystemExit) as error:
        return Crash(number, _signature(error), "".join(traceback.format_exception(error))[-6000:])
    outcome.accepted += 1
    return None


def _bad_message(text: str, place: Path | None) -> str | None:
    """What is wrong with the message of an error: it must be short, one line, plain text, and name a file."""
    if not text.strip():
        return "empty"
    if len(text.splitlines()) > 1:
        return "more than one line"
    if not text.isprintable():
        return "control characters"
    if len(text) > _LONGEST_MESSAGE:
        return "too long"
    if place is not None and str(place) not in text:
        return "names no file"
    return None


def _signature(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/ttjroofit/" in frame.filename]
    last = own[-1] if own else frames[-1]
    detail = str(error).partition(" at 0x")[0][:60] if isinstance(error, Forbidden | Warning) else ""
    return f"{type(error).__name__} {detail}in {last.filename.rpartition('/ttjroofit/')[2]}:{last.lineno} {last.name}"


class _watchdog:  # noqa: N801 -- used like a function
    """Ends the process with a traceback if even the alarm is not heard."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        faulthandler.dump_traceback_later(10 * self._seconds + 60, exit=True)

    def __exit__(self, *_: object) -> None:
        faulthandler.cancel_dump_traceback_later()
