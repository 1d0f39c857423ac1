"""Colours that stand side by side differ in lightness, or in what else they are drawn with: readable in grey."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ttjroofit.show.style import COLOURS, CURVES, LINE_STYLES

LEAST = 9.0
"""Of L* of CIE 1976, from 0 to 100; a step of 1 is the least that eyes see side by side."""

# Dichromats by the matrices of Machado, Oliveira, Fernandes, IEEE TVCG 15 (2009) 1291, severity 1.0, linear RGB.
SIMULATED = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}

TOGETHER = [
    ("up", "down"),
    ("experiment", "theory"),
    ("experiment", "sum"),
    ("theory", "sum"),
    ("prediction", "data"),
    ("prediction", "band"),
    ("combined", "prediction"),
    ("combined", "data"),
]


def linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Linear RGB of sRGB (IEC 61966-2-1)."""
    rgb = np.array(to_rgb(colour))
    return np.asarray(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4))


def lightness(colour: str) -> float:
    """L* of CIE 1976."""
    luminance = float(linear(colour) @ [0.2126, 0.7152, 0.0722])
    return 116.0 * float(np.cbrt(luminance)) - 16.0 if luminance > 216 / 24389 else luminance * 24389 / 27


def test_lightness_of_known_greys() -> None:
    # sRGB 119 is the grey of L* = 50 to 0.1; white is 100, black 0.
    assert [lightness(colour) for colour in ("#ffffff", "#777777", "#000000")] == pytest.approx(
        [100, 50.03, 0], abs=0.1
    )


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_colours_of_one_figure_differ_in_grey(one: str, other: str) -> None:
    assert abs(lightness(COLOURS[one]) - lightness(COLOURS[other])) > LEAST


def test_bands_of_pulls_differ_in_grey() -> None:
    bands = [lightness(colour) for colour in (COLOURS["one sigma"], COLOURS["two sigma"], "white")]
    assert bands == sorted(bands)
    assert bands[1] - bands[0] > LEAST
    assert bands[2] - bands[0] > LEAST


def test_curves_differ_in_line_style_or_lightness() -> None:
    looks = [(lightness(colour), LINE_STYLES[i % len(LINE_STYLES)]) for i, colour in enumerate(CURVES)]
    alike = [(a, b) for a, b in combinations(looks, 2) if a[1] == b[1] and abs(a[0] - b[0]) <= LEAST]
    assert alike == []


@pytest.mark.parametrize("kind", sorted(SIMULATED))
@pytest.mark.parametrize(("one", "other"), [pair for pair in TOGETHER if "data" not in pair])
def test_colours_differ_for_dichromats(kind: str, one: str, other: str) -> None:
    seen = [np.clip(np.array(SIMULATED[kind]) @ linear(COLOURS[name]), 0, 1) for name in (one, other)]
    assert float(np.linalg.norm(seen[0] - seen[1])) > 0.15
