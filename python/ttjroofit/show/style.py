"""The look of all figures, their heading, and how they are saved. Matplotlib's global state is left alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from itertools import filterfalse
from pathlib import Path
from textwrap import wrap
from typing import Any, ParamSpec, TypeVar

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text

from ttjroofit.results.blinding import is_note

__all__ = [
    "COLOURS",
    "CURVES",
    "LINE_STYLES",
    "Heading",
    "add_axes",
    "in_style",
    "labelled",
    "legend_above",
    "new_figure",
    "plain_where_no_formula",
    "save_figure",
    "save_pages",
]

P = ParamSpec("P")
R = TypeVar("R")

# Colours of the scheme of M. Petroff (arXiv:2107.02270), which colour-blind readers can tell apart.
COLOURS = {
    "prediction": "#bd1f01",
    "band": "#f0a79b",
    "data": "#000000",
    "combined": "#3f90da",
    "up": "#3f90da",
    "down": "#ffa90e",
    "one sigma": "#c2dfae",
    "two sigma": "#fbf3d0",
    "experiment": "#3f90da",
    "theory": "#ffa90e",
    "sum": "#646773",
    "row": "#f2f3f5",
    "warning": "#bd1f01",
}

CURVES = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#b9ac70", "#e76300", "#a96b59", "#717581", "#92dadd")
"""Colours of many curves, of the same scheme."""

LINE_STYLES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
"""To be cycled with ``CURVES``: curves that are alike in grey differ in these."""

_label: ContextVar[str] = ContextVar("label", default="ttjroofit")

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same bytes everywhere
    "mathtext.fontset": "dejavusans",
    "font.size": 9,
    "axes.linewidth": 0.8,
    "axes.labelsize": 10,
    "axes.titley": 1.0,  # a fixed place: looking for one takes a third of the drawing time
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 150,
}

_TITLE_CHARACTERS, _WARNING_CHARACTERS, _QUALITY_CHARACTERS = 12.6, 12.5, 15.0  # an inch, in their sizes
_LINE = 0.17
_LEFT = 0.12
_X_LABEL = 0.24
_Y_LABEL = 0.48


@dataclass(frozen=True)
class Heading:
    """What stands above every figure.

    Attributes:
        title: what is shown, of which card.
        quality: lines that say what the prediction is good for; empty where no prediction enters.
        warnings: such as a failed fit, shown in colour.
    """

    title: str
    quality: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def in_style(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function under the style of ttjroofit, whatever the user's matplotlibrc says."""

    @wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> R:
        with style.context(_STYLE, after_reset=True):
            return function(*args, **kwargs)

    return styled


@contextmanager
def labelled(text: str) -> Iterator[None]:
    """Figures made inside carry this label, such as ``ATLAS+CMS Work in progress``, in place of ``ttjroofit``."""
    token = _label.set(" ".join(text.split()))
    try:
        yield
    finally:
        _label.reset(token)


def new_figure(width: float, height: float, heading: Heading) -> Figure:
    """A figure with a heading above the area to draw in.

    Args:
        width: in inches.
        height: of the area below the heading, in inches.
        heading: to write.
    """
    title = wrap(f"{_label.get()}  {heading.title}", int(width * _TITLE_CHARACTERS))
    loud = (*heading.warnings, *filter(is_note, heading.quality))
    warnings = [line for text in loud for line in wrap(text, int(width * _WARNING_CHARACTERS))]
    quiet = filterfalse(is_note, heading.quality)
    quality = [line for text in quiet for line in wrap(text, int(width * _QUALITY_CHARACTERS))]
    total = height + 0.1 + _LINE * (1.2 * len(title) + len(quality) + len(warnings))
    figure = Figure(figsize=(width, total))
    looks: list[tuple[list[str], float, dict[str, Any]]] = [
        (title, 1.2, {"fontsize": 9, "fontweight": "bold"}),
        (warnings, 1.0, {"fontsize": 8, "fontweight": "bold", "color": COLOURS["warning"]}),
        (quality, 1.0, {"fontsize": 7, "fontstyle": "italic"}),
    ]
    top = total - 0.06
    for lines, step, look in looks:
        for line in lines:
            figure.text(_LEFT / width, top / total, line, va="top", parse_math=False, **look)
            top -= _LINE * step
    return figure


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes, placed in inches from the lower left corner of the figure, with labels at fixed distances."""
    full_width, full_height = figure.get_size_inches()
    box = (left / full_width, bottom / full_height, width / full_width, height / full_height)
    axes = figure.add_axes(box)
    axes.xaxis.set_label_coords(0.5, -_X_LABEL / height)
    axes.yaxis.set_label_coords(-_Y_LABEL / width, 0.5)
    return axes


def legend_above(figure: Figure, handles: Mapping[str, Any], *, bottom: float, columns: int) -> None:
    """One legend for all axes, at the left end.

    Args:
        figure: to draw on.
        handles: label to what it stands for, in order.
        bottom: distance of the legend from the lower edge of the figure, in inches.
        columns: of the legend.
    """
    width, height = figure.get_size_inches()
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="lower left",
        bbox_to_anchor=(0.15 / width, bottom / height),
        ncols=columns,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.4,
        columnspacing=1.2,
    )


@in_style
def save_figure(figure: Figure, folder: Path, stem: str) -> list[Path]:
    """Write ``stem.pdf`` and ``stem.png``, each whole or not at all; the same figure gives the same bytes.

    Args:
        figure: to write.
        folder: where, made if missing.
        stem: name of the files without suffix.

    Returns:
        The files.

    Raises:
        OSError: if a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = _in_its_folder(stem)
    metadata = {"pdf": {"CreationDate": None}, "png": {"Software": None}}
    return [_save(figure, folder / f"{stem}.{kind}", kind, entries) for kind, entries in metadata.items()]


@in_style
def save_pages(figures: Sequence[Figure], folder: Path, stem: str) -> list[Path]:
    """Write all figures as pages of ``stem.pdf`` and the first one as ``stem.png``, each whole or not at all.

    Raises:
        OSError: if a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = _in_its_folder(stem)

    buffer = BytesIO()
    with PdfPages(buffer, metadata={"CreationDate": None}) as pages:
        for figure in figures:
            pages.savefig(plain_where_no_formula(figure))
    first = _save(figures[0], folder / f"{stem}.png", "png", {"Software": None})
    return [_replace(folder / f"{stem}.pdf", buffer.getvalue()), first]


def plain_where_no_formula(figure: Figure) -> Figure:
    """The figure, drawable: text of a card or an input between two $ that is no formula is shown as it stands."""
    parser = MathTextParser("path")
    for text in figure.findobj(Text):
        formulas = [line for line in text.get_text().split("\n") if is_math_text(line)]
        try:
            for formula in formulas:
                parser.parse(formula)
        except Exception:  # what it does not understand it does not always say with a ValueError
            text.set_parse_math(False)
    return figure


def _in_its_folder(stem: str) -> str:
    """The stem without what would lead elsewhere: names of parameters are part of some."""
    return re.sub(r"[^\w.+-]", "_", stem)


def _save(figure: Figure, path: Path, kind: str, metadata: dict[str, Any]) -> Path:
    # in memory first: where a disk is full, matplotlib makes any error of it
    buffer = BytesIO()
    plain_where_no_formula(figure).savefig(buffer, format=kind, metadata=metadata)
    return _replace(path, buffer.getvalue())


def _replace(path: Path, content: bytes) -> Path:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
