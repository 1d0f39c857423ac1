"""The output folder: every file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttjroofit.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OutputFolder"]


class OutputFolder:
    """A folder that files are written into under a temporary name first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: list[Path] = []
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OptionError(f"--output {path}: the folder cannot be made: {error.strerror}") from None

    def write_text(self, name: str, text: str) -> None:
        """Write a text file."""
        self._replace(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write_root(self, name: str, write: Callable[[str], Any]) -> None:
        """Write a ROOT file; ``write`` is given the name to write to."""
        self._replace(name, lambda path: write(str(path)))

    def write_figures(self, figures: Mapping[str, Figure]) -> None:
        """Write figures by their stems, as PDF and PNG."""
        # matplotlib takes half a second to import: only for those who plot
        from ttjroofit.show.style import save_figure  # noqa: PLC0415

        for stem, figure in figures.items():
            self._note(stem, partial(save_figure, figure, self.path, stem))

    def write_pages(self, stem: str, figures: Sequence[Figure]) -> None:
        """Write figures as the pages of one PDF, the first one as PNG too."""
        from ttjroofit.show.style import save_pages  # noqa: PLC0415 -- imports matplotlib

        self._note(stem, partial(save_pages, figures, self.path, stem))

    def _note(self, stem: str, save: Callable[[], list[Path]]) -> None:
        try:
            self.written += save()
        except OSError as error:
            raise OptionError(f"{self.path / stem} cannot be written: {error.strerror}") from None

    def _replace(self, name: str, write: Callable[[Path], Any]) -> None:
        target = self.path / name
        handle, temporary = tempfile.mkstemp(suffix=target.suffix, prefix=f".{target.stem}_", dir=self.path)
        os.close(handle)
        try:
            write(Path(temporary))
            # mkstemp makes files private; results are for everybody whom the folder lets in
            mask = os.umask(0)
            os.umask(mask)
            Path(temporary).chmod(0o666 & ~mask)
            Path(temporary).replace(target)
        except OSError as error:
            raise OptionError(f"{target} cannot be written: {error.strerror}") from None
        finally:
            Path(temporary).unlink(missing_ok=True)
        self.written.append(target)
