"""Figures as they looked when somebody last looked at them: ``python tests/show/regenerate.py``, then look again."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import pytest
from baseline_figures import BASELINE, FIGURES, VERSION, draw_small
from matplotlib.image import imread

BLOCK = 12
"""Pixels of 0.02 in: colours are averaged over squares of this side, in which letters of any hinting look alike."""

# Root mean square of the differences of blocks, of 255. Matplotlib 3.8.4 against baselines of 3.11 gives up to 10.1:
# letters have other widths, and a figure is a pixel narrower. Axes that are out of place give 9 to 73.
SAME_VERSION, OTHER_VERSION = 3.0, 13.0


def blocks(path: Path, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Mean colours of all whole blocks of a region of this shape, from the top left."""
    rows, columns = (size // BLOCK for size in shape)
    pixels = 255.0 * imread(path)[: rows * BLOCK, : columns * BLOCK, :3].astype(np.float64)
    return np.asarray(pixels.reshape(rows, BLOCK, columns, BLOCK, 3).mean(axis=(1, 3)))


def difference(one: Path, other: Path) -> float:
    """Root mean square over blocks; images whose sizes differ by more than rounding are no likeness at all."""
    shapes = np.array([imread(path).shape[:2] for path in (one, other)])
    if np.max(np.abs(shapes[0] - shapes[1])) > 2:
        return 255.0
    common = tuple(shapes.min(axis=0).tolist())
    return float(np.sqrt(np.mean((blocks(one, common) - blocks(other, common)) ** 2)))


@pytest.mark.parametrize("stem", sorted(FIGURES))
def test_figure_looks_as_it_did(stem: str, tmp_path: Path) -> None:
    minor = [version.split(".")[:2] for version in (VERSION.read_text(encoding="utf-8"), matplotlib.__version__)]
    draw_small(FIGURES[stem](), tmp_path / "now.png")
    tolerance = SAME_VERSION if minor[0] == minor[1] else OTHER_VERSION
    assert difference(BASELINE / f"{stem}.png", tmp_path / "now.png") < tolerance


@pytest.mark.parametrize("stem", sorted(FIGURES))
def test_axes_out_of_place_are_seen(stem: str, tmp_path: Path) -> None:
    """So that the tolerance cannot pass everything."""
    figure = FIGURES[stem]()
    box = figure.axes[0].get_position()
    figure.axes[0].set_position((box.x0 + 0.1, box.y0, box.width, box.height))
    try:
        draw_small(figure, tmp_path / "moved.png")
    finally:
        figure.axes[0].set_position(box)
    assert difference(BASELINE / f"{stem}.png", tmp_path / "moved.png") > 2.0 * SAME_VERSION


def test_every_baseline_has_its_figure() -> None:
    assert {path.name for path in BASELINE.iterdir()} == {VERSION.name, *(f"{stem}.png" for stem in FIGURES)}
