"""Signals that end a run: Ctrl-C, SIGTERM of batch systems, SIGHUP of a terminal that is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Stop", "StoppedError", "deaf", "stoppable", "undisturbed"]

AGAIN = 3.0
"""Seconds; putting things in order after a signal takes less."""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedError(KeyboardInterrupt):
    """A signal asked for the end; all that minds Ctrl-C minds it.

    Attributes:
        number: of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Stop:
    """What arrived.

    Attributes:
        number: of the last signal; Ctrl-C if there was none.
        arrived: whether there was one.
    """

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self.arrived = False

    @property
    def status(self) -> int:
        """Exit status: 128 and the number, as a shell gives it; 130 for Ctrl-C."""
        return 128 + self.number

    @property
    def text(self) -> str:
        """One word or two for the user."""
        return "Stopped." if self.number == signal.SIGINT else f"Stopped by {signal.Signals(self.number).name}."

    def raise_(self, number: int, _: FrameType | None) -> None:
        """The handler."""
        if number != signal.SIGALRM:
            self.number, self.arrived = number, True
            # what is raised within a callback of a library is lost: raised again until the block ends
            signal.signal(signal.SIGALRM, self.raise_)
            signal.setitimer(signal.ITIMER_REAL, AGAIN, AGAIN)
        raise StoppedError(self.number)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Signals raise ``StoppedError`` in the block; those that the caller has us ignore (nohup, &) stay ignored."""
    stop = Stop()
    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {
            number: signal.signal(number, stop.raise_)
            for number in SIGNALS
            if signal.getsignal(number) != signal.SIG_IGN
        }
    try:
        yield stop
    finally:
        if stop.arrived:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Signals that arrive in the block count at its end."""
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGALRM)}
    caught = {number: handler for number, handler in before.items() if callable(handler)}
    for number in caught:
        signal.signal(number, lambda number, _: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in caught.items():
            signal.signal(number, handler)
        if arrived:
            signal.raise_signal(arrived[0])


def deaf() -> None:
    """From here on the process ends by itself, and signals only disturb the end."""
    if threading.current_thread() is threading.main_thread():
        for number in (*SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
