"""A short campaign over every reader, and proof that the fuzzer sees what it looks for."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.campaign import Limits, fuzz, mutation
from fuzz.targets import TARGETS, Target
from ttjroofit.errors import InputError, OptionError, Place

SEED = 20261122
COUNT = 120
"""Mutations of the cheapest target; a long run is ``python tests/fuzz/run.py``."""

_FEWEST = 40  # of which some are accepted, with this seed

QUICK = {name: target for name, target in TARGETS.items() if name != "plot"}


@pytest.mark.parametrize("name", QUICK)
def test_no_mutation_crashes_a_reader(name: str) -> None:
    target = QUICK[name]
    outcome = fuzz(name, target, range(max(_FEWEST, COUNT // target.cost)), SEED)
    assert {what: crash.trace for what, crash in outcome.crashes.items()} == {}
    # a campaign that never gets past the first check tests nothing
    assert outcome.refused > 0
    assert outcome.accepted > 0
    assert outcome.accepted + outcome.refused == outcome.mutations


@pytest.mark.parametrize("name", QUICK)
def test_a_number_says_all_about_a_mutation(name: str) -> None:
    target = QUICK[name]
    if name == "toys":
        pytest.skip("a ROOT file holds its time of writing")
    made = [[mutation(name, target, target.seeds(), SEED, number) for number in range(5)] for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] != [mutation(name, target, target.seeds(), SEED + 1, number) for number in range(5)]


def _key_error(folder: Path) -> object:
    return {}[folder]


def _nameless(_: Path) -> None:
    raise OptionError("no file is named")


def _of_two_lines(folder: Path) -> None:
    error = InputError("one line", Place(folder / "a"))
    error.args = (f"{folder}: one line\nand another",)
    raise error


def _endless(_: Path) -> None:
    for _number in itertools.count():
        time.sleep(0.001)


def _outside(folder: Path) -> None:
    (folder.parent.parent / "escaped").write_text("x", encoding="utf-8")


def _upwards(folder: Path) -> None:
    (folder / ".." / ".." / "escaped").mkdir()


def _linked(folder: Path) -> None:
    (folder.parent.parent / "escaped").symlink_to(folder)


def _program(_: Path) -> None:
    subprocess.run([sys.executable, "-c", "pass"], check=True)


def _huge(_: Path) -> int:
    return len(bytearray(1 << 40))


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (_key_error, "KeyError"),
        (_nameless, "message: names no file"),
        (_of_two_lines, "message: more than one line"),
        (_endless, "TooSlow"),
        (_outside, "Forbidden open of "),
        (_upwards, "Forbidden os.mkdir of "),
        (_linked, "Forbidden os.symlink of "),
        (_program, "Forbidden subprocess.Popen"),
        (_huge, "MemoryError"),
    ],
)
def test_planted_faults_are_found(read: Callable[[Path], object], what: str) -> None:
    calls = itertools.count()
    # the good files are read without the guard first
    target = Target(lambda: [{"a": b"x y z"}], lambda folder: read(folder) if next(calls) else None)
    outcome = fuzz("planted", target, range(3), 1, limits=Limits(seconds=0.2))
    assert outcome.crashed == 3
    assert next(crash.number for crash in outcome.crashes.values()) == 0
    assert all(found.startswith(what) for found in outcome.crashes)
