"""One mass against several: sums of single fits, nested fits, Asimov data of two masses, states of the fits."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_distribution

from synthetic import Small, make_measurement, small
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.card import read_card
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.store import from_json, to_json

CARDS = Path(__file__).parents[2] / "cards"


def compare(card: Path, **options: object) -> CompatibilityResult:
    combination = load_combination(read_card(card), ModelOptions(**options))  # type: ignore[arg-type]
    return compare_masses(combination, FitOptions(), str(options.get("split")), Clock()).result


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Three small measurements with shared theory nuisances and, by the cards below, a correlated source."""
    parts = [make_measurement(name, bins=bins, seed=bins) for name, bins in (("A", 4), ("B", 5), ("C", 6))]
    return small(tmp_path_factory.mktemp("trio"), replace(parts[0], energy_TeV=8.0), *parts[1:])


CORRELATED = "correlation jes A_s0 B_s0 0.6"


@pytest.fixture(scope="module")
def three(trio: Small) -> CompatibilityResult:
    combination = trio.combine(CORRELATED, options=ModelOptions(split="measurement"))
    return compare_masses(combination, FitOptions(), "measurement", Clock()).result


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Two small measurements of two experiments at two energies, with shared theory nuisances."""
    cms = replace(make_measurement("C", bins=4, profiled=2, seed=3), experiment="CMS")
    return small(tmp_path_factory.mktemp("pair"), cms, replace(make_measurement("A", bins=5, seed=4), energy_TeV=8.0))


def compare_pair(pair: Small, *lines: str, **options: object) -> CompatibilityResult:
    combination = pair.combine(*lines, options=ModelOptions(**options))  # type: ignore[arg-type]
    return compare_masses(combination, FitOptions(), None, Clock()).result


@pytest.fixture(scope="module")
def independent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real card without anything that its measurements share."""
    text = (CARDS / "atlas8_atlas13.txt").read_text(encoding="utf-8")
    for old, new in (
        ("../inputs", str(CARDS.parent / "inputs")),
        ("correlations/", f"{CARDS / 'correlations'}/"),
        ("pdf           multiplicative", "pdf off"),
        ("tnp           on", "tnp off"),
        ("scale         envelope", "scale off"),
    ):
        assert old in text
        text = text.replace(old, new)
    card = tmp_path_factory.mktemp("card") / "independent.txt"
    card.write_text(text, encoding="utf-8")
    return card


def test_independent_measurements_give_their_own_masses(independent: Path) -> None:
    result = compare(independent, split="measurement", scenario="none")
    several = result.hypotheses[1]
    names = [name.removeprefix("m_t_") for name in several.correlation.names]
    assert names == result.measurements == ["ATLAS_8TeV", "ATLAS_13TeV"]
    singles = []
    for name in names:
        options = ModelOptions(measurements=(name,), scenario="none")
        singles.append(fit_masses(load_combination(read_card(independent), options), FitOptions(), Clock()).result)
    for name, single in zip(names, singles, strict=True):
        assert several.masses[f"m_t_{name}"] == pytest.approx(single.parameters["m_t"].value, abs=1e-6)
    # both are sums of terms of 1e6 that cancel
    assert several.chi2 == pytest.approx(sum(single.goodness_of_fit.chi2 for single in singles), abs=1e-6)
    assert several.ndf == sum(single.goodness_of_fit.ndf for single in singles)
    # HESSE takes it from differences of differences
    assert several.correlation.matrix[0][1] == pytest.approx(0.0, abs=1e-4)


def test_single_hypothesis_is_the_plain_fit(trio: Small, three: CompatibilityResult) -> None:
    plain = fit_masses(trio.combine(CORRELATED), FitOptions(), Clock()).result
    single = three.hypotheses[0]
    assert list(single.masses) == ["m_t"]
    assert single.masses["m_t"] == pytest.approx(plain.parameters["m_t"].value, abs=1e-6)
    assert single.errors["m_t"] == pytest.approx(plain.parameters["m_t"].hesse, rel=1e-6)
    assert single.chi2 == pytest.approx(plain.goodness_of_fit.chi2, abs=1e-8)
    assert single.ndf == plain.goodness_of_fit.ndf


def test_nested_fits(three: CompatibilityResult) -> None:
    single, several = three.hypotheses
    assert three.good
    assert three.delta_chi2 == single.chi2 - several.chi2 > 0.0
    assert three.delta_ndf == single.ndf - several.ndf == 2
    assert (single.ndf, several.ndf) == (15 - 3 - 1, 15 - 3 - 3)
    # for two degrees of freedom the p-value has a closed form
    assert three.p_value == pytest.approx(math.exp(-three.delta_chi2 / 2.0), rel=1e-12)
    for hypothesis in three.hypotheses:
        assert hypothesis.p_value == pytest.approx(chi2_distribution.sf(hypothesis.chi2, hypothesis.ndf), rel=1e-12)


def test_differences_and_ratios_follow_from_errors_and_correlation(three: CompatibilityResult) -> None:
    several = three.hypotheses[1]
    names = several.correlation.names
    assert [item.masses for item in three.differences] == [
        (names[0], names[1]),
        (names[0], names[2]),
        (names[1], names[2]),
    ]
    for minus, over in zip(three.differences, three.ratios, strict=True):
        a, b = (several.masses[name] for name in minus.masses)
        sa, sb = (several.errors[name] or math.nan for name in minus.masses)
        rho = several.correlation.matrix[names.index(minus.masses[0])][names.index(minus.masses[1])] or math.nan
        error = math.sqrt(sa**2 + sb**2 - 2.0 * rho * sa * sb)
        assert (minus.value, minus.error, minus.sigmas) == pytest.approx((a - b, error, (a - b) / error), rel=1e-12)
        relative = math.sqrt((sa / a) ** 2 + (sb / b) ** 2 - 2.0 * rho * sa * sb / (a * b))
        assert (over.value, over.error) == pytest.approx((a / b, a / b * relative), rel=1e-12)
        # the question is the same, so is the answer but for the curvature of a / b
        assert over.sigmas == pytest.approx(minus.sigmas, rel=0.02)


def test_covariance_by_origin(three: CompatibilityResult) -> None:
    several = three.hypotheses[1]
    assert several.covariance is not None
    parts = {name: np.array(getattr(several.covariance, name)) for name in ("total", "exp", "stat", "prediction")}
    np.testing.assert_allclose(parts["exp"] + parts["prediction"], parts["total"], rtol=1e-12, atol=1e-12)
    for name in ("prediction", "stat"):
        assert np.linalg.eigvalsh(parts[name]).min() > 0.0
    # data of different measurements have independent statistics
    assert np.abs(parts["stat"] - np.diag(np.diag(parts["stat"]))).max() < 1e-12
    for i, name in enumerate(several.covariance.names):
        breakdown = several.parameters[name].breakdown
        assert breakdown is not None
        assert math.sqrt(parts["exp"][i, i]) == pytest.approx(breakdown.exp, rel=1e-9)
        assert math.sqrt(parts["stat"][i, i]) == pytest.approx(breakdown.stat, rel=1e-9)
        # Minuit's numerical second derivatives are good to 1e-4
        assert several.errors[name] == pytest.approx(math.sqrt(parts["total"][i, i]), rel=1e-4)


def test_two_measurements_of_two_experiments_have_one_split(pair: Small) -> None:
    by = {split: compare_pair(pair, split=split) for split in ("experiment", "energy", "measurement")}
    expected = by["measurement"]
    for split, names in (("experiment", ["m_t_CMS", "m_t_ATLAS"]), ("energy", ["m_t_13TeV", "m_t_8TeV"])):
        result = by[split]
        assert result.hypotheses[1].correlation.names == names
        # RooFit orders parameters by their names, so sums differ in their last digits
        for found, other in zip(result.hypotheses, expected.hypotheses, strict=True):
            assert list(found.masses.values()) == pytest.approx(list(other.masses.values()), abs=1e-9)
            assert list(found.errors.values()) == pytest.approx(list(other.errors.values()), rel=1e-6)
        assert result.delta_chi2 == pytest.approx(expected.delta_chi2, abs=1e-9)
        assert result.differences[0].error == pytest.approx(expected.differences[0].error, rel=1e-6)


def test_masses_of_the_card_are_those_of_the_split(pair: Small) -> None:
    lines = "poi m_t_CMS C 172.5 [150,195]\npoi m_t_ATLAS A 172.5 [150,195]"
    stated = compare_masses(pair.combine(poi=lines), FitOptions(), None, Clock()).result
    asked = compare_pair(pair, split="experiment")
    assert stated.hypotheses == asked.hypotheses
    assert (stated.differences, stated.ratios) == (asked.differences, asked.ratios)


def test_asimov_data_of_two_masses(pair: Small) -> None:
    """The larger hypothesis finds the truth; the smaller is off by what the error of the difference says."""
    truth = {"m_t_C": 173.5, "m_t_A": 171.5}
    result = compare_pair(pair, split="measurement", asimov=True, set_parameters=truth)
    single, several = result.hypotheses
    assert several.masses == pytest.approx(truth, abs=1e-5)
    assert several.chi2 == pytest.approx(0.0, abs=1e-7)
    assert 171.5 < single.masses["m_t"] < 173.5
    sigmas = result.differences[0].sigmas
    assert sigmas is not None
    # exact for a prediction that is linear in the mass; this one bends
    assert result.delta_chi2 == pytest.approx(sigmas**2, rel=0.05)


def test_asimov_data_of_one_mass_have_no_difference(pair: Small) -> None:
    result = compare_pair(pair, split="measurement", asimov=True)
    assert result.differences[0].value == pytest.approx(0.0, abs=1e-5)
    assert result.delta_chi2 == pytest.approx(0.0, abs=1e-6)
    assert result.delta_chi2 >= 0.0
    assert result.p_value == pytest.approx(1.0, abs=1e-3)
    assert result.good


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        ((), {"split": None}, "needs two masses or more to compare: C, A have only m_t"),
        ((), {"split": "measurement", "measurements": ("A",)}, "needs two masses .* A have only m_t_A"),
        ((), {"split": "measurement", "freeze_parameters": ("m_t_A",)}, "m_t_A is frozen"),
        (("m_t_C param 172 1",), {"split": "measurement"}, "m_t_C is constrained"),
        ((), {"split": "measurement", "set_parameters": {"m_t": 173.0}}, "no parameter m_t; nearest: m_t_C"),
    ],
)
def test_nothing_to_compare(pair: Small, lines: tuple[str, ...], options: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        compare_pair(pair, *lines, **options)


def test_a_failed_fit_marks_the_result(pair: Small) -> None:
    result = compare_pair(pair, split="measurement", ranges={"m_t_C": (140.0, 155.0)}, set_parameters={"m_t_A": 172.0})
    single, several = result.hypotheses
    assert single.status.good
    assert not several.status.good
    assert several.covariance is None
    assert not result.good
    # the smaller model is free to leave the range that the larger one is kept in
    assert result.delta_chi2 < 0.0


def test_result_has_the_contract_and_reads_back(three: CompatibilityResult) -> None:
    text = to_json(three)
    assert from_json(CompatibilityResult, text) == three
    assert three.schema == "ttjroofit/compatibility/1"
    contract = {"schema", "hypotheses", "delta_chi2", "delta_ndf", "p_value", "differences", "ratios"}
    assert contract <= set(vars(three))
    assert {"masses", "errors", "correlation", "chi2", "ndf", "p_value"} <= set(vars(three.hypotheses[0]))
