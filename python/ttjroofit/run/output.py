"""The output folder: every file whole or not at all, and all files of one run."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttjroofit.errors import OptionError
from ttjroofit.run.claim import STAGING, Claim
from ttjroofit.run.stopping import undisturbed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["OutputFolder", "write_whole"]


class OutputFolder:
    """Files of one run, written beside the old ones until ``publish`` puts all of them in their places.

    Whatever goes wrong before leaves the folder as it was; the folder belongs to one run at a time.

    Attributes:
        path: of the folder, made if missing.
        written: where the files will be, in the order of writing.
    """

    def __init__(self, path: Path) -> None:
        """Take the folder.

        Raises:
            OptionError: if it cannot be made or written, or another process writes into it.
        """
        self.path = path
        self.written: list[Path] = []
        claim = Claim(path)
        try:
            self._staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=path))
        except OSError as error:
            claim.release()
            raise OptionError(f"--output {path}: nothing can be written there: {error.strerror}") from None
        # also when an error leaves no chance to say so
        self._close = weakref.finalize(self, _close, self._staging, claim)

    def write_text(self, name: str, text: str) -> None:
        """Write a text file."""
        self._write(name, lambda path: path.write_text(text, encoding="utf-8"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file as it is."""
        self._write(name, lambda path: path.write_bytes(content))

    def write_root(self, name: str, write: Callable[[str], Any]) -> None:
        """Write a ROOT file; ``write`` is given the name to write to."""
        self._write(name, lambda path: write(str(path)))

    def write_figures(self, figures: Mapping[str, Figure]) -> None:
        """Write figures by their stems, as PDF and PNG."""
        # matplotlib takes half a second to import: only for those who plot
        from ttjroofit.show.style import save_figure  # noqa: PLC0415

        for stem, figure in figures.items():
            self._note(stem, partial(save_figure, figure, self._staging, stem))

    def write_pages(self, stem: str, figures: Sequence[Figure]) -> None:
        """Write figures as the pages of one PDF, the first one as PNG too."""
        from ttjroofit.show.style import save_pages  # noqa: PLC0415 -- imports matplotlib

        self._note(stem, partial(save_pages, figures, self._staging, stem))

    def publish(self) -> tuple[Path, ...]:
        """Put all files in their places, at once for those who do not look within a millisecond, and end the writing.

        The file written last is the seal: an old one is removed before anything else, the new one comes last. Where it
        is, all files are of its run.

        Returns:
            The files.

        Raises:
            OptionError: if a file cannot be put in its place, such as where a folder is.
        """
        folder = next((path for path in self.written if path.is_dir()), None)
        if folder is not None:
            raise OptionError(f"{folder} cannot be written: there is a folder of this name")
        try:
            with undisturbed():
                for path in self.written[-1:]:
                    path.unlink(missing_ok=True)
                for path in self.written:
                    (self._staging / path.name).replace(path)
        except OSError as error:
            raise _unwritable(path, error) from None
        self._close()
        return tuple(self.written)

    def _note(self, stem: str, save: Callable[[], list[Path]]) -> None:
        try:
            paths = save()
        except OSError as error:
            raise _unwritable(self.path / stem, error) from None
        for path in paths:
            self._add(path.name)

    def _write(self, name: str, write: Callable[[Path], Any]) -> None:
        try:
            write(self._staging / name)
        except OSError as error:
            raise _unwritable(self.path / name, error) from None
        self._add(name)

    def _add(self, name: str) -> None:
        if self.path / name not in self.written:
            self.written.append(self.path / name)


def write_whole(path: Path, text: str) -> None:
    """Write one text file, whole or not at all, whoever else writes into its folder.

    Raises:
        OptionError: if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # no file of tempfile, which is private: results are for everybody whom the folder lets in
        temporary = path.parent / f".{path.stem}_{os.urandom(8).hex()}"
        try:
            with temporary.open("x", encoding="utf-8") as file:
                file.write(text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def _close(staging: Path, claim: Claim) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    claim.release()


def _unwritable(path: Path, error: OSError) -> OptionError:
    return OptionError(f"{path} cannot be written: {error.strerror or error}")
