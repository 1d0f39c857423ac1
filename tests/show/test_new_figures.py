"""What the summary of masses, the impact maps and the correlation of nuisances say."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from baseline_figures import FIGURES, PUBLISHED
from example_cross_sections import GROUPS, combined, nuisance_correlation
from example_results import STATES, fit_result
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ttjroofit.errors import ModelError, OptionError
from ttjroofit.model.blinding import NOTE
from ttjroofit.results.nuisance_correlation import NuisanceCorrelation
from ttjroofit.show.gallery import draw, figures_of
from ttjroofit.show.impact_maps import scenario_maps
from ttjroofit.show.mass_summary import mass_summary
from ttjroofit.show.nuisance_correlation_figure import largest_nuisances, nuisance_correlation_figure
from ttjroofit.show.style import labelled


def words(figure: Figure) -> list[str]:
    """All text that is drawn, from above in each part."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("stem", ["impact_maps", "nuisance_correlation", "summary"])
def test_no_text_overlaps_another_or_leaves_the_figure(stem: str) -> None:
    figure = FIGURES[stem]()
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    # the same axis has ticks at both sides, one of them without a label; its ends are outside the view
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.75)) for text in texts]
    low, high = figure.bbox.min, figure.bbox.max
    boxes = [(name, box) for name, box in boxes if np.all(np.isfinite(box.extents)) and box.width > 0]
    outside = [name for name, box in boxes if np.any(box.min < low) or np.any(box.max > high)]
    assert outside == []
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other) and a != b] == []


def test_summary_has_the_sections_in_order_and_the_numbers() -> None:
    written = words(FIGURES["summary"]())
    sections = ["published", "others", "reinterpreted", "combined"]
    assert [word for word in written if word in sections] == sections
    assert {"172.13", "1.34", "+0.50 -0.40", "JHEP 07 (2023) 077"} <= set(written)
    mass = fit_result().parameters["m_t"]
    assert mass.breakdown is not None
    assert f"{mass.value:.2f}" in written
    assert f"{mass.breakdown.exp:.2f}" in written


def test_summary_bars_are_where_the_numbers_are() -> None:
    figure = mass_summary([], PUBLISHED[:1])
    (axes,) = figure.axes
    ((low, _), (high, _)) = axes.collections[0].get_segments()[0]  # type: ignore[attr-defined]
    assert (low, high) == pytest.approx((172.13 - 1.34, 172.13 + 1.34))
    (bar,) = axes.patches
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx((172.13 - 0.40, 172.13 + 0.50))  # type: ignore[attr-defined]


def test_summary_takes_ours_from_all_masses_of_a_fit() -> None:
    result = STATES["several_masses"]()
    written = words(mass_summary([result]))
    assert sum(word.startswith("m_t_") and " of " in word for word in written) == len(result.masses)


def test_summary_marks_a_failed_fit() -> None:
    figure = mass_summary([STATES["failed"]()], PUBLISHED)
    assert any("FIT FAILED: atlas_cms" in text.get_text() for text in figure.texts)


def test_rows_of_the_same_measurements_are_told_apart_by_their_card() -> None:
    results = [fit_result(), replace(fit_result(), card="another")]
    assert {
        word.rpartition("(")[2] for word in words(mass_summary(results)) if word.endswith(")") and " + " in word
    } >= {
        "atlas_cms)",
        "another)",
    }


def test_blinded_and_true_masses_are_not_drawn_together() -> None:
    blinded = replace(fit_result(), quality=[f"{NOTE} by somebody", *fit_result().quality])
    with pytest.raises(OptionError, match="some results are blinded, others not"):
        mass_summary([fit_result(), blinded])
    with pytest.raises(OptionError, match="or with another salt: draw them apart"):
        mass_summary([blinded, replace(blinded, quality=[f"{NOTE} by another"])])
    assert mass_summary([blinded, blinded], PUBLISHED).axes


def test_summary_of_nothing_is_refused() -> None:
    with pytest.raises(OptionError, match="neither a result nor a published mass"):
        mass_summary([])


def test_maps_have_a_panel_a_scenario_with_common_rows_and_colours() -> None:
    results = [combined("none"), combined("jes", 0.5)]
    figure = scenario_maps(results)
    panels = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in panels] == ["correlations: none", "correlations: jes"]
    assert [label.get_text() for label in panels[0].get_yticklabels()][:2] == list(GROUPS[:2])
    for result, axes in zip(results, panels, strict=True):
        cells = np.asarray(axes.images[0].get_array(), dtype=float)
        np.testing.assert_allclose(cells, 100 * np.array([result.impacts[group] for group in GROUPS]), rtol=1e-12)
    assert panels[0].images[0].get_clim() == panels[1].images[0].get_clim()


def test_rows_are_turned_as_a_whole_to_agree_with_the_first_panel() -> None:
    first = combined("none")
    other = replace(combined("jes"), impacts={group: [-x for x in row] for group, row in first.impacts.items()})
    panels = [axes for axes in scenario_maps([first, other]).axes if axes.images]
    cells = [np.asarray(axes.images[0].get_array(), dtype=float) for axes in panels]
    np.testing.assert_array_equal(cells[0], cells[1])


def test_group_that_one_result_lacks_is_blank_there() -> None:
    other = replace(combined("jes"), impacts={group: combined().impacts[group] for group in GROUPS[1:]})
    panels = [axes for axes in scenario_maps([combined("none"), other]).axes if axes.images]
    row = [label.get_text() for label in panels[0].get_yticklabels()].index(GROUPS[0])
    assert np.all(np.isnan(np.ma.filled(panels[1].images[0].get_array()[row], np.nan)))  # type: ignore[index, no-untyped-call]


def test_cards_are_named_where_they_differ() -> None:
    panels = scenario_maps([combined(None), combined(None, card="other")]).axes
    assert [axes.get_title() for axes in panels if axes.images] == ["toy, no scenario", "other, no scenario"]


def test_largest_nuisances_are_drawn_with_their_correlation() -> None:
    result, correlation = combined(), nuisance_correlation()
    names = largest_nuisances(result, correlation.names, 6)
    sizes = {name: max(map(abs, shifts)) for name, shifts in result.source_impacts.items()}
    assert min(sizes[name] for name in names) >= max(size for name, size in sizes.items() if name not in names)
    figure = nuisance_correlation_figure(result, correlation, shown=6)
    cells = np.asarray(figure.axes[0].images[0].get_array(), dtype=float)
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert sorted(rows) == sorted(names)
    place = [correlation.names.index(row) for row in rows]
    np.testing.assert_allclose(cells, 100 * correlation.matrix[np.ix_(place, place)], rtol=1e-12)


def test_correlation_of_another_combination_is_refused() -> None:
    with pytest.raises(ModelError, match="`stranger` is no nuisance of the result of toy"):
        nuisance_correlation_figure(combined(), NuisanceCorrelation(["stranger"], np.eye(1)))


def test_label_is_that_of_the_block_alone() -> None:
    with labelled("ATLAS+CMS\n Work in progress"):
        inside = mass_summary([], PUBLISHED)
    assert inside.texts[0].get_text().startswith("ATLAS+CMS Work in progress  summary")
    assert mass_summary([], PUBLISHED).texts[0].get_text().startswith("ttjroofit  summary")


def test_one_result_is_wanted_for_a_kind_of_one_result() -> None:
    with pytest.raises(OptionError, match="figure breakdown: 2 results, expected one"):
        draw("breakdown", [fit_result(), fit_result()])
    with pytest.raises(OptionError, match="the correlation of the nuisances is missing"):
        draw("nuisance_correlation", [combined()])


def test_all_is_every_figure() -> None:
    assert (
        set(draw("all", [combined()]))
        == set(figures_of(combined()))
        == {"impacts", "correlation", "ratio", "normalised"}
    )
