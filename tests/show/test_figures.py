"""What the figures of a fit say, that nothing in them overlaps, and that their files can be made twice."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from example_results import QUALITY, STATES, fit_result
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ttjroofit.results.fit import Envelope
from ttjroofit.show.figures import fit_figures
from ttjroofit.show.numbers import fixed
from ttjroofit.show.spectra_figure import SpectrumPanel, spectra_figure
from ttjroofit.show.style import Heading, new_figure, save_figure, save_pages

Extents = tuple[float, float, float, float]
PAGES = {f"pulls_{number}" for number in (1, 2, 3, 4)}


def texts(figure: Figure) -> list[str]:
    """All text that is drawn, ends of lines as blanks."""
    return [" ".join(text.get_text().split()) for text in drawn(figure)]


def drawn(figure: Figure) -> list[Text]:
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    ticks = [
        (axis, tick) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in axis.get_major_ticks()
    ]
    hidden = {
        label
        for axis, tick in ticks
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    texts = [text for text in figure.findobj(Text) if text not in hidden]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


@lru_cache
def figures_of(state: str) -> dict[str, Figure]:
    return fit_figures(STATES[state]())


@pytest.fixture
def good() -> dict[str, Figure]:
    return figures_of("good")


def test_figures_of_a_good_fit(good: dict[str, Figure]) -> None:
    assert set(good) == {"spectra", "breakdown", "correlation", "theory_nuisances"} | PAGES


@pytest.mark.parametrize("state", sorted(STATES))
def test_quality_is_on_every_figure(state: str) -> None:
    for stem, figure in figures_of(state).items():
        assert QUALITY in " ".join(text.get_text() for text in figure.texts), stem


def test_failed_fit_of_asimov_data_is_marked_on_every_figure() -> None:
    figures = figures_of("failed")
    assert "breakdown" not in figures
    for figure in figures.values():
        words = " ".join(text.get_text() for text in figure.texts)
        assert "FIT FAILED (migrad 4, hesse 302, covariance quality 1 of 3)" in words
        assert "Asimov data set" in words


def test_good_fit_has_no_warning(good: dict[str, Figure]) -> None:
    assert not any("FAILED" in text or "Asimov" in text for figure in good.values() for text in texts(figure))


def test_no_figure_claims_to_be_official(good: dict[str, Figure]) -> None:
    for figure in good.values():
        assert figure.texts[0].get_text().startswith("ttjroofit  ")
        assert not any(word in text for text in texts(figure) for word in ("Preliminary", "Internal", "ATLAS+CMS"))


@pytest.mark.parametrize("state", sorted(STATES))
def test_no_text_overlaps_another_or_leaves_the_figure(state: str) -> None:
    for stem, figure in figures_of(state).items():
        boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.8)) for text in drawn(figure)]
        outside = [name for name, box in boxes if not _inside(box.extents, figure.bbox.extents)]
        assert outside == [], stem
        overlapping = [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
        assert overlapping == [], stem


def _inside(inner: Extents, outer: Extents) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def test_spectra_have_a_main_and_a_ratio_panel_a_measurement(good: dict[str, Figure]) -> None:
    axes = good["spectra"].axes
    assert len(axes) == 6
    assert [panel.get_ylabel() for panel in axes[::2]] == [
        r"$d\sigma/d\rho$ [pb]",
        r"$\sigma$ per bin [fb]",
        r"$\sigma$ per bin [fb]",
    ]
    assert {panel.get_ylabel() for panel in axes[1::2]} == {"data / pred."}
    rho = r"$\rho = 340\,\mathrm{GeV}\,/\,m(t\bar{t}+\mathrm{jet})$"
    assert {panel.get_xlabel() for panel in axes[1::2]} == {rho}


def test_spectra_name_the_measurements_the_mass_and_the_fit(good: dict[str, Figure]) -> None:
    words = texts(good["spectra"])
    assert {"CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV", "ATLAS data, 8 TeV, lepton+jets"} <= set(words)
    assert any(r"$m_t$ = 171.49 $^{+0.98}_{-1.00}$ GeV $\chi^2$/ndf = 14.2/17, $p$ = 0.51" in text for text in words)


def test_one_measurement_gives_one_column() -> None:
    assert len(fit_figures(fit_result(["ATLAS_8TeV"]))["spectra"].axes) == 2


def test_combined_data_are_drawn_only_where_they_moved() -> None:
    moves = np.array([0.0, 0.09, 0.11, -0.5])
    values, sigma = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 0.5)
    edges = np.array([0.0, 0.2, 0.4, 0.6, 1.0])
    panel = SpectrumPanel(
        "a", "b", "x", "y", edges, values, values + moves * sigma, sigma, sigma / 2, values * 1.1, sigma / 3
    )
    main = spectra_figure([panel], [], Heading("test")).axes[0]
    (moved,) = [line for line in main.get_lines() if line.get_marker() == "s"]
    # The tolerance is that of the arithmetic.
    np.testing.assert_allclose(np.asarray(moved.get_ydata(), dtype=float), (values + moves * sigma)[2:], rtol=1e-12)


def test_ratio_is_data_over_prediction(good: dict[str, Figure]) -> None:
    spectrum = fit_result().spectra[0]
    points = next(line for line in good["spectra"].axes[1].get_lines() if line.get_marker() == "o")
    expected = np.divide(spectrum.observed, spectrum.predicted)
    np.testing.assert_allclose(np.asarray(points.get_ydata(), dtype=float), expected, rtol=1e-12)


def test_one_bin_far_off_does_not_flatten_the_ratio_of_the_others() -> None:
    values = np.ones(4)
    sigma, edges = np.full(4, 0.05), np.linspace(0, 1, 5)
    predicted = np.array([1.0, 1.02, 0.98, 0.2])
    panel = SpectrumPanel("a", "b", "x", "y", edges, values, values, sigma, sigma, predicted, sigma / 3)
    ratio = spectra_figure([panel], [], Heading("test")).axes[1]
    low, high = ratio.get_ylim()
    assert 1.1 < high < 1.4
    (arrow,) = [line for line in ratio.get_lines() if line.get_marker() == "^" and len(line.get_xdata())]  # type: ignore[arg-type]
    np.testing.assert_allclose(np.asarray(arrow.get_xdata(), dtype=float), [0.875], rtol=1e-12)
    assert low < float(np.asarray(arrow.get_ydata())[0]) < high


def test_pulls_are_at_most_four_pages_in_order_of_impact(good: dict[str, Figure]) -> None:
    result = fit_result()
    floating = [item for item in [*result.nuisances, *result.interpolation_nuisances] if item.constraint != 0]
    impacts = {item.name: abs(item.impact["m_t"]) for item in floating}
    rows = [text for page in sorted(PAGES) for text in texts(good[page]) if text in impacts]
    assert rows == sorted(impacts, key=lambda name: (-impacts[name], rows.index(name) if name in rows else 999))[:120]


def test_nuisances_without_impact_are_not_drawn() -> None:
    good = fit_result(["CMS_13TeV"])
    without = [replace(item, impact={"m_t": 1e-6}) for item in good.nuisances[7:]]
    result = replace(good, nuisances=[*good.nuisances[:7], *without], interpolation_nuisances=[])
    figures = fit_figures(result)
    assert "pulls_2" not in figures
    assert good.nuisances[40].name not in texts(figures["pulls_1"])


def test_impacts_are_drawn_for_both_signs_with_their_unit(good: dict[str, Figure]) -> None:
    _, impacts = good["pulls_1"].axes
    assert impacts.get_xlabel() == "impact on\n$m_t$ [GeV]"
    assert good["pulls_1"].axes[0].get_xlabel() == r"nuisance [prior $\sigma$]"
    up, down = ([bar.get_width() for bar in bars] for bars in impacts.containers)
    assert up == [-width for width in down]


def test_every_mass_has_its_panel_of_impacts_and_of_the_breakdown() -> None:
    figures = figures_of("several_masses")
    assert len(figures["pulls_1"].axes) == 4
    assert [axes.get_title() for axes in figures["breakdown"].axes] == [
        r"$m_t$ (CMS_13TeV) = 171.49 $^{+0.98}_{-1.00}$ GeV",
        r"$m_t$ (ATLAS_8TeV) = 171.90 $^{+0.98}_{-1.00}$ GeV",
        r"$m_t$ (ATLAS_13TeV) = 172.31 $^{+0.98}_{-1.00}$ GeV",
    ]


def test_breakdown_orders_groups_and_ends_with_the_scale_envelope(good: dict[str, Figure]) -> None:
    (axes,) = good["breakdown"].axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[:2] == ["modelling_ttbar", "scale_j"]
    assert rows[-7:-4] == ["PDF", "TNP", "interpolation"]
    assert rows[-1] == "scale envelope (not in the total)"
    assert not {"CMS_13TeV", "theory_pdf", "theory_tnp"} & set(rows)
    assert axes.get_xlabel() == "uncertainty of the mass [GeV]"
    assert axes.containers[-1][0].get_hatch() == "/////"


def test_breakdown_without_scale_envelope_has_no_bar_for_it() -> None:
    good = fit_result()
    result = replace(good, parameters={"m_t": replace(good.parameters["m_t"], scale=None)})
    assert "scale envelope (not in the total)" not in texts(fit_figures(result)["breakdown"])


def test_text_of_a_large_scale_envelope_stays_in_the_panel() -> None:
    """The bar used to be longer than that of the total, with its text across the frame."""
    good = fit_result()
    mass = good.parameters["m_t"]
    assert mass.scale is not None
    scale = replace(mass.scale, correlated=Envelope(0.46, -1.95))
    figure = fit_figures(replace(good, parameters={"m_t": replace(mass, scale=scale)}))["breakdown"]
    (text,) = [text for text in drawn(figure) if text.get_text() == "+0.46 -1.95"]
    assert _inside(text.get_window_extent().extents, figure.axes[0].bbox.extents)


def test_correlation_has_its_numbers(good: dict[str, Figure]) -> None:
    correlation = fit_result().correlation
    numbers = [text.get_text() for text in good["correlation"].axes[0].texts]
    expected = [fixed(value) for row in correlation.matrix for value in row]
    assert expected[: len(correlation.names) : len(correlation.names) - 1] == [
        "1.00",
        expected[-len(correlation.names)],
    ]
    assert numbers == expected


def test_frozen_mass_leaves_out_what_there_is_no_number_for() -> None:
    good = fit_result()
    mass = replace(good.parameters["m_t"], hesse=0.0, minos=None, breakdown=None, scale=None)
    nuisances = [replace(item, impact={}) for item in good.nuisances]
    figures = fit_figures(replace(good, parameters={"m_t": mass}, nuisances=nuisances, interpolation_nuisances=[]))
    assert set(figures) == {"spectra", "correlation"} | PAGES
    assert len(figures["pulls_1"].axes) == 1


def test_files_are_the_same_bytes_in_another_process(tmp_path: Path, good: dict[str, Figure]) -> None:
    """Hashes of strings, the time, and what was drawn before must not matter."""
    paths = [path for stem, figure in good.items() for path in save_figure(figure, tmp_path / "here", stem)]
    assert len(paths) == 2 * len(good)
    program = (
        "import sys; from pathlib import Path; from example_results import fit_result\n"
        "from ttjroofit.show.figures import fit_figures; from ttjroofit.show.style import save_figure\n"
        "for stem, figure in reversed(fit_figures(fit_result()).items()):\n"
        "    save_figure(figure, Path(sys.argv[1]), stem)\n"
        "sys.exit('pyplot was imported' if 'matplotlib.pyplot' in sys.modules else 0)\n"
    )
    folders = [Path(__file__).parent, Path(__file__).parents[2] / "python"]
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path / "there")],
        env={"PYTHONPATH": ":".join(map(str, folders)), "PYTHONHASHSEED": "17", "MPLCONFIGDIR": str(tmp_path)},
        check=True,
        timeout=120,
    )
    for path in paths:
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes(), path.name


def test_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = new_figure(3, 2, Heading("test"))
    save_figure(figure, tmp_path, "figure")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(file: IO[bytes], **_: object) -> None:
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(OSError, match="no space left"):
        save_figure(figure, tmp_path, "figure")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_drawing_leaves_the_settings_of_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(rcParams)
    for stem, figure in fit_figures(fit_result(["CMS_13TeV"])).items():
        save_figure(figure, tmp_path, stem)
    assert dict(rcParams) == before


def test_settings_of_the_user_do_not_change_a_figure(tmp_path: Path) -> None:
    (plain, _) = save_figure(fit_figures(fit_result())["spectra"], tmp_path, "plain")
    old = rcParams["font.size"]
    try:
        rcParams["font.size"] = 31
        (changed, _) = save_figure(fit_figures(fit_result())["spectra"], tmp_path, "changed")
    finally:
        rcParams["font.size"] = old
    assert changed.read_bytes() == plain.read_bytes()


def test_pages_are_one_pdf_and_the_same_bytes_twice(tmp_path: Path, good: dict[str, Figure]) -> None:
    figures = list(good.values())[1:3]
    first = [path.read_bytes() for path in save_pages(figures, tmp_path / "a", "pages")]
    again = [path.read_bytes() for path in save_pages(figures, tmp_path / "b", "pages")]
    assert first == again
    assert first[0].count(b"/Type /Page\n") + first[0].count(b"/Type /Page ") == 2
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"pages.pdf", "pages.png"}
