"""The program from its first moment on: Ctrl-C counts while its modules are imported, too."""

from __future__ import annotations

import sys

from ttjroofit.run.stopping import deaf, stoppable

__all__ = ["main"]


def main() -> None:
    """Entry point of ``ttjroofit`` and ``python -m ttjroofit``."""
    try:
        with stoppable() as stop:
            try:
                from ttjroofit.run.cli import main as program  # noqa: PLC0415 -- takes half a second

                program()
            except KeyboardInterrupt:
                if sys.stderr is not None:
                    sys.stderr.write(f"{stop.text}\n")
                sys.exit(stop.status)
    finally:
        deaf()
