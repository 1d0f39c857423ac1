"""``python -m ttjroofit``."""

from __future__ import annotations

from ttjroofit.run.entry import main

__all__: list[str] = []

main()
