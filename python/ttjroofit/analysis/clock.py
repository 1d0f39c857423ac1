"""Wall time of the stages of an analysis."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Seconds by stage; a listener is told the name of each stage as it begins."""

    def __init__(self, listener: Callable[[str], None] | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._listener = listener

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block and add it to the stage of this name."""
        if self._listener is not None:
            self._listener(name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - start)

    def add(self, name: str, seconds: float) -> None:
        """Add seconds measured elsewhere to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
