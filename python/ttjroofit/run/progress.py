"""What a run shows on a terminal while it works: the stage, and how far split work is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from rich import progress as bars
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

__all__ = ["Progress"]


class Progress:
    """A spinner that names the stage and, below it, a bar for each row of tasks; nothing in a pipe.

    Used in a ``with`` block; nothing stays on the terminal after it.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console if console is not None else Console(stderr=True)
        self._spinner = Spinner("dots", Text("reading"), style="status.spinner")
        self._bars = bars.Progress(
            bars.TextColumn("  {task.description}", markup=False),
            bars.BarColumn(bar_width=30),
            bars.MofNCompleteColumn(),
            _Rate(),
            bars.TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
            # tasks of seconds each: a rate of the last half a minute would jump
            speed_estimate_period=600,
        )
        self._live = Live(
            Group(self._spinner, self._bars), console=self._console, transient=True, refresh_per_second=10
        )

    def __enter__(self) -> Progress:
        if self._console.is_interactive:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def stage(self, name: str) -> None:
        """Name what is being done."""
        # a string would be read as markup of rich
        self._spinner.update(text=Text(name))

    @contextmanager
    def counting(self, name: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
        """A bar as long as the block runs.

        Args:
            name: what is counted, in the plural.
            total: how many there are.
            done: how many were there before; they do not count for the rate.

        Yields:
            Told of each further number that is done.
        """
        bar = self._bars.add_task(name, total=total, completed=done)
        try:
            yield lambda count: self._bars.advance(bar, count)
        finally:
            self._bars.remove_task(bar)


class _Rate(bars.ProgressColumn):
    """Units a second."""

    def render(self, task: bars.Task) -> Text:
        """The rate, or nothing before it is known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.3g}/s" if speed is not None and speed < 1000 else f"{speed:.0f}/s" if speed else "")
