"""Signals: the exit status of a shell, one line, no process and no half a file left; the next run is as ever."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from faults.runs import (
    CARDS,
    METHODS,
    await_handlers,
    finish,
    found_wrong,
    group_of,
    same_content,
    start,
    wait_for,
)
from program import call
from ttjroofit.run.methods import METHODS as PROGRAMS
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.stopping import StoppedError, stoppable, undisturbed

CARD = CARDS / "atlas8.txt"

PARALLEL = ("-M", "GoodnessOfFit", "--algo", "saturated", "-t", 40000, "--no-plots", "--parallel", 2)
"""Takes long: a signal comes in time."""


@pytest.mark.parametrize(
    ("number", "status", "text", "group"),
    [
        (signal.SIGINT, 130, "Stopped.", True),
        (signal.SIGTERM, 143, "Stopped by SIGTERM.", False),
    ],
)
def test_split_work_is_stopped(number: int, status: int, text: str, group: bool, tmp_path: Path) -> None:
    """Ctrl-C reaches the processes of the pool as well, which used to print tracebacks while they started."""
    with start(CARD, *PARALLEL, "-o", tmp_path / "out") as process:
        await_handlers(process)
        assert wait_for(lambda: len(group_of(process.pid)) >= 2), "no processes were started"
        time.sleep(random.Random(int(number)).uniform(0.0, 1.0))
        (os.killpg if group else os.kill)(process.pid, number)
        done = finish(process)
    assert (done.status, len(done.lines)) == (status, 1), done.error
    assert done.lines[0].startswith(text)
    assert wait_for(lambda: not group_of(done.pid), seconds=10.0)
    assert found_wrong(tmp_path / "out") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_stopped_while_modules_are_imported(number: int, tmp_path: Path) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("nohup asks programs to ignore this signal")
    with start(CARD, "-o", tmp_path / "out") as process:
        await_handlers(process)
        os.kill(process.pid, number)
        done = finish(process)
    assert done.status == 128 + number, done.error
    assert len(done.lines) == 1
    assert not (tmp_path / "out").exists()


def test_killed_run_leaves_nothing_that_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL in the midst of writing; the next run tidies up and gives the same as one that nothing was done to."""
    output, still = tmp_path / "out", tmp_path / "still"
    assert call(monkeypatch, CARD, *METHODS["CrossSections"], "--no-plots", "-o", still) == 0
    with start(CARD, *METHODS["CrossSections"], "--no-plots", "-o", output) as process:
        assert wait_for(lambda: any(output.glob(".writing_*/*")), interval=0.002)
        process.kill()
        assert finish(process).status == -signal.SIGKILL
    assert found_wrong(output, killed=True) == []
    assert any(output.glob(".writing_*")), "it was not killed in the midst of writing"
    assert call(monkeypatch, CARD, *METHODS["CrossSections"], "--no-plots", "-o", output) == 0
    assert found_wrong(output) == []
    assert same_content(output, still) == []


def test_signal_while_files_are_put_in_place_counts_afterwards() -> None:
    moved = []

    def move() -> None:
        with undisturbed():
            signal.raise_signal(signal.SIGTERM)
            moved.append("result.json")
        moved.append("too late")

    with stoppable() as stop:
        with pytest.raises(StoppedError, match=r"^$"):
            move()
        assert moved == ["result.json"]
        assert stop.status == 143


def test_signal_that_a_library_swallows_is_raised_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in callbacks of C++ and in finalisers, where Python only prints what was raised."""
    monkeypatch.setattr("ttjroofit.run.stopping.AGAIN", 0.05)
    with stoppable() as stop:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(StoppedError, match=r"^$"):
            time.sleep(10.0)
        assert (stop.arrived, stop.status) == (True, 130)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.mark.parametrize("arrives", [True, False])
def test_error_that_a_library_makes_of_a_signal(
    arrives: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ROOT lacked the attribute RooMinimizer when SIGTERM came while it looked for it, and there was a traceback."""

    def lack(_: Run) -> Outcome:
        if arrives:
            with suppress(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
        raise AttributeError("Failed to get attribute RooMinimizer from ROOT")

    monkeypatch.setitem(PROGRAMS, "Fit", lack)
    if arrives:
        assert call(monkeypatch, CARD, "-o", tmp_path / "out") == 143
        assert capsys.readouterr().err == "Stopped by SIGTERM.\n"
    else:
        with pytest.raises(AttributeError, match="RooMinimizer"):
            call(monkeypatch, CARD, "-o", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_the_caller_has_us_ignore_stays_ignored() -> None:
    """``nohup`` ignores SIGHUP."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable() as stop:
            signal.raise_signal(signal.SIGHUP)
        assert not stop.arrived
    finally:
        signal.signal(signal.SIGHUP, before)
