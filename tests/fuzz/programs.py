"""The program as called in a shell, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from ttjroofit.errors import TtjroofitError
from ttjroofit.run.cli import main

__all__ = ["program"]


def program(*arguments: str) -> Callable[[Path], None]:
    """A call of the program on a folder, for which ``FOLDER`` stands; a refusal is raised again, as it was printed."""

    def call(folder: Path) -> None:
        out, err = StringIO(), StringIO()
        before = sys.argv
        sys.argv = ["ttjroofit", *(word.replace("FOLDER", str(folder)) for word in arguments)]
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main()
        except SystemExit as stop:
            status = stop.code
        finally:
            sys.argv = before
        if status == 2:
            raise TtjroofitError(err.getvalue().rstrip("\n").removeprefix("Error: "))
        assert status in (0, 1), f"status {status}"

    return call
