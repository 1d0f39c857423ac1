"""The program called as from a shell, in this process."""

from __future__ import annotations

import sys

import pytest

from ttjroofit.run.cli import main

__all__ = ["call"]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Exit status of ``ttjroofit`` with these arguments."""
    monkeypatch.setattr(sys, "argv", ["ttjroofit", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_info:
        main()
    return int(exit_info.value.code or 0)
