"""Every check of ``-M Validate``: something that sets it off, and the same without the fault, which it passes over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml

from synthetic import make_measurement, small
from ttjroofit.analysis.checks.registry import CHECKS
from ttjroofit.analysis.checks.shifts import von_neumann_ratio
from ttjroofit.analysis.checks.units import inclusive
from ttjroofit.analysis.validation import validate
from ttjroofit.inputs.measurement import Measurement, Response
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.validation import Finding

FloatArray = npt.NDArray[np.float64]

COVERED = "poi m_t * 172.5 [166,179]"
"""The masses of the made-up predictions."""

REPAIRED = ("correlation b A_first B_other 0.9", "correlation b A_second B_other 0.9", "repair shrink")
"""Two independent sources cannot both be tied to a third one by more than 1/sqrt(2)."""


@dataclass(frozen=True)
class Case:
    """What sets off a check, and the smallest change that does not.

    Attributes:
        bad, good: measurements.
        lines, good_lines: of the card.
        poi, good_poi: the line of the mass.
        edit: of the content of the predictions, in the bad case only.
        options: of the call, in the bad case only.
        names: expected, the worst first; None: not compared.
    """

    bad: Sequence[Measurement]
    good: Sequence[Measurement]
    lines: Sequence[str] = ()
    good_lines: Sequence[str] = ()
    poi: str = COVERED
    good_poi: str = COVERED
    edit: Callable[[dict[str, Any]], object] | None = None
    options: ModelOptions | None = None
    names: Sequence[str] | None = None


def found_in(
    folder: Path,
    measurements: Sequence[Measurement],
    lines: Sequence[str] = (),
    *,
    poi: str = COVERED,
    edit: Callable[[dict[str, Any]], object] | None = None,
    options: ModelOptions | None = None,
) -> dict[str, list[Finding]]:
    """Warnings by their codes."""
    parts = small(folder, *measurements)
    if edit is not None:
        for measurement in measurements:
            path = folder / f"{measurement.name}_theory.yaml"
            content = yaml.safe_load(path.read_text())
            edit(content)
            path.write_text(yaml.safe_dump(content))
    asked = options or ModelOptions()
    combination = parts.combine(*lines, poi=poi, options=asked)
    warnings = validate(parts.card(*lines, poi=poi), combination, asked.scenario).warnings
    return {code: [each for each in warnings if each.code == code] for code in {each.code for each in warnings}}


def part(name: str, sources: Sequence[str] = ("first", "second"), **options: Any) -> Measurement:
    """A made-up measurement with named sources, whose shifts are straight lines, 1% of the values at their ends."""
    made = make_measurement(name, sources=len(sources), **options)
    names = tuple(f"{name}_{source}" for source in sources)
    slopes = np.outer(np.linspace(-1.0, 1.0, len(made.bins)), 0.01 / (1.0 + np.arange(len(names))))
    groups = {**{group: members for group, members in made.groups.items() if group != f"{name}_outside"}}
    if names:
        groups[f"{name}_outside"] = names
    return replace(made, sources=names, shifts=slopes * made.values[:, None] + 0.0, groups=groups)


def shifted(measurement: Measurement, number: int, shift: FloatArray) -> Measurement:
    shifts = measurement.shifts.copy()
    shifts[:, number] = shift
    return replace(measurement, shifts=shifts)


def one_sided(measurement: Measurement, down: float) -> Measurement:
    """The first source moves the bins by 1% up for +1 sigma and by ``down`` for -1."""
    up = 0.01 * measurement.values
    response = Response("absolute", up, down * measurement.values)
    return replace(shifted(measurement, 0, (up - response.down) / 2.0), responses={"A_first": response})


def fitted(sigma: float = 0.8, pull: float = 0.5, correlation: float = 0.5, free: Sequence[str] = ()) -> Measurement:
    """Two profiled nuisances of the same sigma, the first with a pull."""
    made = part("A", profiled=2, free=free)
    covariance = made.covariance.copy()
    covariance[-2:, :-2] = covariance[:-2, -2:] = 0.0
    covariance[-2:, -2:] = sigma**2 * np.array([[1.0, correlation], [correlation, 1.0]])
    return replace(made, covariance=covariance, profiled_values=np.array([pull, 0.0]))


def correlated(correlation: float, sources: Sequence[str] = ("first", "second")) -> Measurement:
    """A statistical covariance with two bins correlated."""
    made = part("A", sources)
    sigma = np.sqrt(np.diag(made.covariance))
    matrix = np.eye(len(sigma))
    matrix[0, 1] = matrix[1, 0] = correlation
    return replace(made, covariance=matrix * np.outer(sigma, sigma))


def with_sum_known_to(relative: float) -> Measurement:
    """A spectrum whose sum over bins has a relative uncertainty."""
    made = part("A", sources=())
    count = len(made.bins)
    centred = np.eye(count) - np.full((count, count), 1.0 / count)
    covariance = (0.04 * made.total / count) ** 2 * centred + (relative * made.total / count) ** 2
    return replace(made, covariance=covariance)


def noisy(pulls: float) -> Measurement:
    """Shifts of 4% whose Monte Carlo uncertainties are a fraction 1/pulls of them."""
    made = part("A", ("first",))
    shift = 0.04 * made.values
    return replace(shifted(made, 0, shift), shift_sigma=shift[:, None] / pulls)


def wave(*signs: float) -> Measurement:
    """Shifts of 4% in 6 bins with given signs."""
    return shifted(part("A", bins=6), 0, 0.04 * np.array(signs) * part("A", bins=6).values)


def tiny(relative: float) -> Measurement:
    made = part("A", sources=())
    return replace(made, covariance=np.diag((relative * made.values) ** 2))


def tied(value: float) -> Measurement:
    """The shifts of the second source are those of the first one, but for a part in one bin."""
    made = part("A")
    shift = -made.shifts[:, 0]
    shift[0] *= 1.0 + value
    return shifted(made, 1, shift)


def negative(value: float) -> Measurement:
    made = part("A", sources=())
    values = made.values.copy()
    values[0] = value
    return replace(made, values=values)


def first_masses(content: dict[str, Any], count: int) -> None:
    """A prediction of fewer masses."""
    for key in ("masses", "fractions", "fraction_sigma"):
        content[key] = content[key][:count]


def sharpen(content: dict[str, Any]) -> None:
    """A prediction that claims 5 times smaller Monte Carlo uncertainties than it has."""
    content["fraction_sigma"] = (np.array(content["fraction_sigma"]) / 5.0).tolist()


CASES: Mapping[str, Case] = {
    "unit-suspicious": Case([replace(part("A"), unit="fb")], [part("A")], names=["A"]),
    "covariance-near-singular": Case([correlated(1 - 1e-7)], [correlated(1 - 1e-5)], names=["A"]),
    "total-covariance-near-singular": Case([correlated(1 - 1e-7, sources=())], [correlated(1 - 1e-7)], names=["A"]),
    "spectrum-normalised": Case([with_sum_known_to(1e-5)], [with_sum_known_to(0.02)], names=["A"]),
    "statistical-negligible": Case([tiny(1e-5)], [tiny(1e-2)], names=["A_bin0", "A_bin1", "A_bin2", "A_bin3"]),
    "value-not-positive": Case([negative(0.0)], [negative(1.0)], names=["A_bin0"]),
    "constraint-above-prior": Case([fitted(sigma=1.01)], [fitted(sigma=1.0005)], names=["A_p0", "A_p1"]),
    "pull-large": Case([fitted(pull=-2.1)], [fitted(pull=-1.9)], names=["A_p0"]),
    "fit-correlation-extreme": Case([fitted(correlation=-0.9995)], [fitted(correlation=-0.998)], names=["A_p0 ~ A_p1"]),
    "nuisance-free": Case([fitted(free=["A_p1"])], [fitted()], names=["A_p1"]),
    "source-without-effect": Case([shifted(part("A"), 1, np.zeros(4))], [part("A")], names=["A_second"]),
    "shift-large": Case(
        [shifted(part("A"), 1, -0.51 * part("A").values)],
        [shifted(part("A"), 1, -0.49 * part("A").values)],
        names=["A_second"],
    ),
    # the statistical uncertainty is 4% of the value: 0.5% is an eighth of it, 0.3% less than a tenth
    "shift-one-sided": Case([one_sided(part("A"), 0.005)], [one_sided(part("A"), 0.003)], names=["A_first"]),
    "shift-noisy": Case([noisy(0.9)], [noisy(1.2)], names=["A_first"]),
    "shift-rough": Case([wave(1, -1, 1, -1, 1, -1)], [wave(-1, -0.6, -0.2, 0.2, 0.6, 1)], names=["A_first"]),
    "shift-duplicate": Case([tied(0.0)], [tied(0.01)], names=["A_first ~ A_second"]),
    "correlations-repaired": Case(
        [part("A"), part("B", ["other"])], [part("A"), part("B", ["other"])], REPAIRED, [*REPAIRED[:1], REPAIRED[2]]
    ),
    "prior-near-singular": Case(
        [part("A"), part("B", ["other"])],
        [part("A"), part("B", ["other"])],
        ["correlation b A_first B_other 0.99999"],
        ["correlation b A_first B_other 0.999"],
        names=["A_first", "B_other", "A_second"],
    ),
    "scenario-impossible": Case(
        [part("A"), part("B", ["other"])],
        [part("A"), part("B", ["other"])],
        [*REPAIRED[:2], "scenario one = b", "scenario none =", "correlations none"],
        [REPAIRED[0], "scenario one = b", "scenario none =", "correlations none"],
        names=["one"],
    ),
    "name-unknown-out-of-force": Case(
        [part("A"), part("B", ["other"])],
        [part("A"), part("B", ["other"])],
        ["correlation b A_frist B_other 0.5", "scenario one = b", "scenario none =", "correlations none"],
        ["correlation b A_first B_other 0.5", "scenario one = b", "scenario none =", "correlations none"],
        names=["A_frist"],
    ),
    "block-unused": Case(
        [part("A"), part("B", ["other"])],
        [part("A"), part("B", ["other"])],
        ["correlation b A_first B_other 0.5", "scenario none =", "correlations none"],
        ["correlation b A_first B_other 0.5", "scenario one = b", "correlations one"],
        names=["b"],
    ),
    "lookalike-uncorrelated": Case(
        [part("A", ["scale_j_flavorBottom", "lumi"]), part("B", ["scale_b", "lumi", "hdamp"])],
        [part("A", ["scale_j_flavorBottom", "lumi"]), part("B", ["scale_b", "lumi", "hdamp"])],
        (),
        ["correlation b A_lumi B_lumi 0", "correlation b A_scale_j_flavorBottom B_scale_b 0.5"],
        names=["A_lumi ~ B_lumi"],
    ),
    "lookalike-out-of-force": Case(
        [part("A", ["lumi"]), part("B", ["lumi", "hdamp"])],
        [part("A", ["lumi"]), part("B", ["lumi", "hdamp"])],
        ["correlation b A_lumi B_lumi 0.5", "scenario one = b", "scenario none =", "correlations none"],
        ["correlation b A_lumi B_lumi 0.5", "scenario one = b", "scenario none =", "correlations one"],
        names=["A_lumi ~ B_lumi"],
    ),
    "group-unused": Case(
        [part("A"), part("B", ["other"])],
        [part("A"), part("B", ["other"])],
        ["mine group = B_other"],
        ["mine group = A_first"],
        options=ModelOptions(measurements=("A",)),
        names=["mine"],
    ),
    "group-without-effect": Case(
        [part("A")], [part("A")], ["mine group = A_first", "nuisance edit freeze A_first"], ["mine group = A_first"]
    ),
    "mass-range-beyond-prediction": Case([part("A")], [part("A")], poi="poi m_t * 172.5 [165.9,179]", names=["m_t"]),
    "mass-start-beyond-prediction": Case([part("A")], [part("A")], poi="poi m_t * 165 [160,179]", names=["m_t"]),
    "mass-points-few": Case([part("A")], [part("A")], edit=lambda content: first_masses(content, 3), names=["A"]),
    "interpolation-poor": Case([part("A")], [part("A")], edit=sharpen, names=["A"]),
    "pdf-shift-large": Case(
        [part("A")], [part("A")], edit=lambda content: content["pdf"].update(members=[[0.1, 0, 0, -0.11], [0.0] * 4])
    ),
    "energy-differs": Case([part("A")], [part("A")], edit=lambda content: content.update(energy_TeV=13.6), names=["A"]),
}


def test_every_check_has_a_case() -> None:
    assert list(CASES) == [check.code for check in CHECKS]


def test_a_clean_card_has_no_warnings(tmp_path: Path) -> None:
    assert found_in(tmp_path, [part("A")]) == {}


@pytest.mark.parametrize("code", CASES)
def test_set_off(code: str, tmp_path: Path) -> None:
    case = CASES[code]
    warnings = found_in(tmp_path, case.bad, case.lines, poi=case.poi, edit=case.edit, options=case.options)
    assert code in warnings
    check = next(check for check in CHECKS if check.code == code)
    for warning in warnings[code]:
        assert warning.severity == "warning"
        assert warning.cure == check.cure
        assert warning.threshold == check.threshold
        assert len(warning.values) in {0, len(warning.names)}
    if case.names is not None:
        assert warnings[code][0].names == list(case.names)


@pytest.mark.parametrize("code", CASES)
def test_passed_over(code: str, tmp_path: Path) -> None:
    case = CASES[code]
    assert code not in found_in(tmp_path, case.good, case.good_lines, poi=case.good_poi)


def test_flat_theory_nuisance_is_free(tmp_path: Path) -> None:
    (warning,) = found_in(tmp_path, [part("A")], ["tnp_1 flatParam", "norm_A flatParam"])["nuisance-free"]
    assert warning.names == ["tnp_1"]
    assert warning.place is not None
    assert warning.place.endswith("card.txt:4")


def test_lines_of_lookalikes_silence_them(tmp_path: Path) -> None:
    parts = [part("A", ["lumi", "eff_b_1", "eff_b_2"]), part("B", ["lumi", "eff_b_1", "hdamp"])]
    (warning,) = found_in(tmp_path, parts)["lookalike-uncorrelated"]
    assert warning.names == ["A_eff_b_* ~ B_eff_b_1", "A_lumi ~ B_lumi"]
    assert warning.values == [1.0, 1.0]
    assert warning.lines == [
        "correlation lookalike A_eff_b_* B_eff_b_1 (0 & 0 : 1)",
        "correlation lookalike A_lumi B_lumi (0.5 & 0 : 1)",
    ]
    assert "lookalike-uncorrelated" not in found_in(tmp_path, parts, warning.lines)


def test_line_of_a_lookalike_names_the_block_in_force(tmp_path: Path) -> None:
    parts = [part("A", ["lumi", "first"]), part("B", ["lumi", "other"])]
    lines = ["correlation mine A_first B_other 0.3"]
    (warning,) = found_in(tmp_path, parts, lines)["lookalike-uncorrelated"]
    assert warning.lines == ["correlation mine A_lumi B_lumi (0.5 & 0 : 1)"]


def test_line_of_a_lookalike_goes_to_the_block_of_its_kind(tmp_path: Path) -> None:
    """It used to be the last block, whatever that was about."""
    parts = [part("A", ["scale_j_pileup", "scale_j_1", "hdamp"]), part("B", ["scale_j_pileup", "scale_j_2", "shower"])]
    lines = ["correlation jes A_scale_j_1 B_scale_j_2 0.3", "correlation modelling A_hdamp B_shower 0.3"]
    (warning,) = found_in(tmp_path, parts, [*lines, "scenario s = jes modelling", "correlations s"])[
        "lookalike-uncorrelated"
    ]
    assert warning.lines == ["correlation jes A_scale_j_pileup B_scale_j_pileup (0.5 & 0 : 1)"]


def test_statistical_sources_are_no_lookalikes(tmp_path: Path) -> None:
    parts = [part("A", ["eff_m_stat", "mcstat_1"]), part("B", ["eff_m_stat", "mcstat_1"])]
    assert "lookalike-uncorrelated" not in found_in(tmp_path, parts)


def test_scenario_that_contradicts_itself_has_no_eigenvalue(tmp_path: Path) -> None:
    lines = ["correlation b A_first B_other 0.5", "correlation c A_* B_other 0.4", "scenario one = b c"]
    lines += ["scenario none =", "correlations none"]
    (warning,) = found_in(tmp_path, [part("A"), part("B", ["other"])], lines)["scenario-impossible"]
    assert (warning.names, warning.values) == (["one"], [])


def test_repair_is_placed_at_its_line(tmp_path: Path) -> None:
    (warning,) = found_in(tmp_path, [part("A"), part("B", ["other"])], REPAIRED)["correlations-repaired"]
    # both lose the same: 0.9 becomes 1/sqrt(2) but for the smallest eigenvalue allowed
    np.testing.assert_allclose(warning.values, 0.9 - np.sqrt(0.5), atol=2e-4)
    assert warning.place is not None
    assert warning.place.endswith("card.txt:8")


def test_von_neumann_ratio() -> None:
    # alternating +-1 in 6 bins: mean square of differences 4, variance with 5 degrees of freedom 6/5
    assert von_neumann_ratio(np.array([1.0, -1.0] * 3)) == pytest.approx(4.0 / 1.2)
    assert von_neumann_ratio(np.full(6, 3.0)) == 0.0
    noise = np.random.default_rng(5).normal(size=(20000, 7))
    ratios = [von_neumann_ratio(row) for row in noise]
    # expectation 2 for independent numbers; 0.006 is the standard error of the mean
    assert np.mean(ratios) == pytest.approx(2.0, abs=0.03)
    assert np.mean(np.array(ratios) > 2.0) == pytest.approx(0.5, abs=0.02)


def test_inclusive_cross_section_is_a_power_law_between_energies() -> None:
    assert inclusive(13.0) == pytest.approx(831.8)
    # NNLO+NNLL at 13.6 TeV is 924 pb
    assert inclusive(13.6) == pytest.approx(924.0, rel=0.01)
