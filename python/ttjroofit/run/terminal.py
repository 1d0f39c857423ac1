"""What the program prints, on whatever is there to print on."""

from __future__ import annotations

import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from ttjroofit.files import visible

if TYPE_CHECKING:
    from ttjroofit.run.request import Outcome

__all__ = ["is_unheard", "prepare_terminal", "say", "say_outcome", "settle"]


def prepare_terminal() -> None:
    """A character that the terminal has no code for is shown as a question mark, not as an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def say(text: str, *, err: bool = False) -> None:
    """Print; where nobody listens any more, nothing is said, now and later.

    Raises:
        OSError: if the output goes to a file that cannot be written.
    """
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        _mute(1 if not err else 2)
    except OSError:
        # no word about stderr can be said
        if not err:
            _mute(1)
            raise


def say_outcome(outcome: Outcome) -> None:
    """Print what came of a run, and what was written."""
    names = ", ".join(path.name for path in outcome.written)
    say(visible(f"{outcome.text}\nwritten to {outcome.written[0].parent}: {names}"))


def is_unheard() -> bool:
    """Whether stdout is a pipe that nobody reads any more, such as that of ``| head``: he has what he wants."""
    poll = select.poll()
    try:
        poll.register(1, 0)
        unheard = any(event & select.POLLERR for _, event in poll.poll(0))
    except OSError:
        return False
    if unheard:
        _mute(1)
    return unheard


def settle() -> None:
    """Have all that was printed arrive, while an error can still be told.

    Raises:
        OSError: if it cannot.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _mute(1)
    except OSError as error:
        _mute(1)
        raise OSError(error.errno, f"the output cannot be written: {error.strerror}") from None


def _mute(descriptor: int) -> None:
    """What is left in the buffer would be tried again when Python ends, and fail with a traceback."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
