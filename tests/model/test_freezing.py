"""Frozen nuisances: dropping columns, conditioning, values that were set, names that were merged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthetic import Small, make_measurement, small
from ttjroofit.errors import CardError, OptionError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.gaussian import Gaussian
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.options import ModelOptions
from twin import FloatArray

# Two ways to one 10 x 10 matrix of condition number below 1e6.
RELATIVE = 1e-9


def parts(folder: Path) -> Small:
    return small(
        folder,
        make_measurement("A", bins=3, sources=2, profiled=2, seed=1),
        make_measurement("B", bins=3, sources=3, seed=2),
    )


def reduced(combination: Combination) -> Gaussian:
    return eliminate(combination).reduced


def assert_same(found: Gaussian, expected: Gaussian) -> None:
    np.testing.assert_allclose(found.mean, expected.mean, rtol=RELATIVE)
    sigma = np.sqrt(np.diag(expected.covariance))
    np.testing.assert_allclose((found.covariance - expected.covariance) / np.outer(sigma, sigma), 0.0, atol=RELATIVE)


def conditional(joint: Gaussian, bins: int, fixed: list[int], values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Textbook conditional of the first components where some others are known."""
    keep = np.arange(bins)
    cross = joint.covariance[np.ix_(keep, fixed)]
    gain = np.linalg.solve(joint.covariance[np.ix_(fixed, fixed)], cross.T).T
    mean = joint.mean[keep] + gain @ (values - joint.mean[fixed])
    return mean, joint.covariance[np.ix_(keep, keep)] - gain @ cross.T


def test_freezing_an_uncorrelated_source_drops_its_column(tmp_path: Path) -> None:
    data = parts(tmp_path)
    frozen = data.combine(options=ModelOptions(freeze_parameters=("B_s1",)))
    dropped = data.combine("nuisance edit drop B_s1")
    assert frozen.frozen == {"B_s1"}
    assert "B_s1" not in dropped.prior.names
    assert_same(reduced(frozen), reduced(dropped))


def test_freezing_shrinks_the_covariance_by_its_column(tmp_path: Path) -> None:
    data = parts(tmp_path)
    before, after = reduced(data.combine()), reduced(data.combine("nuisance edit freeze B_s0"))
    shift = np.concatenate([np.zeros(3), data.measurements[1].shifts[:, 0]])
    np.testing.assert_allclose(
        before.covariance - after.covariance, np.outer(shift, shift), atol=1e-9 * np.max(before.covariance)
    )


@pytest.mark.parametrize("name", ["A_p0", "A_s1", "B_s0"])
def test_freezing_is_conditioning(tmp_path: Path, name: str) -> None:
    data, value = parts(tmp_path), 0.7
    lines = ("correlation b A_p0 B_s0 0.5", "correlation b A_s1 B_s0 -0.4", "correlation b A_p1 B_s2 0.3")
    floating = data.combine(*lines)
    frozen = data.combine(*lines, options=ModelOptions(freeze_parameters=(name,), set_parameters={name: value}))
    position = 6 + floating.prior.parameters.index(name)
    mean, covariance = conditional(eliminate(floating).joint, 6, [position], np.array([value]))
    np.testing.assert_allclose(reduced(frozen).mean, mean, rtol=RELATIVE)
    np.testing.assert_allclose(reduced(frozen).covariance, covariance, atol=1e-9 * np.max(covariance))
    assert len(eliminate(frozen).floating) == len(floating.prior.parameters) - 1


def test_a_frozen_profiled_nuisance_keeps_its_published_value(tmp_path: Path) -> None:
    data = parts(tmp_path)
    combination = data.combine(options=ModelOptions(freeze_parameters=("A_p0",)))
    mean, _ = conditional(eliminate(data.combine()).joint, 6, [6], data.measurements[0].profiled_values[:1])
    np.testing.assert_allclose(reduced(combination).mean, mean, rtol=RELATIVE)
    np.testing.assert_allclose(
        reduced(combination).mean, np.concatenate([m.values for m in data.measurements]), rtol=RELATIVE
    )


def test_a_frozen_source_moves_the_bins_by_its_value(tmp_path: Path) -> None:
    """x = xhat + theta E: the sign of the specification."""
    data = parts(tmp_path)
    options = ModelOptions(freeze_parameters=("B_s2",), set_parameters={"B_s2": 1.5})
    moved = reduced(data.combine(options=options)).mean[3:]
    np.testing.assert_allclose(
        moved, data.measurements[1].values + 1.5 * data.measurements[1].shifts[:, 2], rtol=RELATIVE
    )


def test_freezing_one_of_two_merged_names_freezes_both(tmp_path: Path) -> None:
    data = parts(tmp_path)
    line = "correlation b A_s0 B_s0 -1"
    by_either = [
        data.combine(line, options=ModelOptions(freeze_parameters=(name,), set_parameters={name: value}))
        for name, value in (("A_s0", 0.6), ("B_s0", -0.6))
    ]
    for combination in by_either:
        assert combination.frozen == {"A_s0"}
        assert combination.starts[combination.prior.parameters.index("A_s0")] == 0.6
    assert_same(reduced(by_either[0]), reduced(by_either[1]))


def test_freezing_everything_leaves_statistics(tmp_path: Path) -> None:
    data = parts(tmp_path)
    combination = data.combine(options=ModelOptions(freeze_parameters=("allConstrainedNuisances",)))
    a, b = data.measurements
    p = a.covariance[3:, 3:]
    expected = a.covariance[:3, :3] - a.covariance[:3, 3:] @ np.linalg.solve(p, a.covariance[3:, :3])
    np.testing.assert_allclose(reduced(combination).covariance[:3, :3], expected, rtol=RELATIVE)
    np.testing.assert_allclose(reduced(combination).covariance[3:, 3:], b.covariance, rtol=RELATIVE)
    theory = theory_of(combination)
    assert [theory.parameters.names[i] for i in theory.parameters.floating] == ["m_t", "norm_A", "norm_B"]
    assert theory.interpolation.shape == (6, 0)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (("A_fit",), {"A_p0", "A_p1"}),
        (("A",), {"A_p0", "A_p1", "A_s0", "A_s1"}),
        (("^A", "theory_tnp"), {"B_s0", "B_s1", "B_s2"}),
    ],
)
def test_freezing_groups(tmp_path: Path, groups: tuple[str, ...], expected: set[str]) -> None:
    combination = parts(tmp_path).combine(options=ModelOptions(freeze_groups=groups))
    assert combination.frozen == expected


def test_freezing_the_interpolation_removes_its_covariance(tmp_path: Path) -> None:
    data = parts(tmp_path)
    combination = data.combine(options=ModelOptions(freeze_groups=("interpolation",)))
    likelihood = reduce_likelihood(combination, eliminate(combination))
    np.testing.assert_array_equal(likelihood.covariance, reduced(combination).covariance)
    floating = data.combine()
    total = reduce_likelihood(floating, eliminate(floating)).covariance
    np.testing.assert_allclose(
        total - likelihood.covariance, theory_of(floating).interpolation_covariance, atol=1e-9 * np.max(total)
    )


def test_frozen_theory_keeps_its_value(tmp_path: Path) -> None:
    options = ModelOptions(freeze_parameters=("rgx{pdf_.*}",), set_parameters={"pdf_a": 0.4, "m_t": 171.0})
    parameters = theory_of(parts(tmp_path).combine(options=options)).parameters
    frozen = {item.name: item.start for item in parameters.items if item.frozen}
    assert frozen == {"pdf_a": 0.4, "pdf_b": 0.0}
    assert parameters.items[0].start == 171.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (ModelOptions(freeze_parameters=("B_z0",)), "--freezeParameters: no parameter matches B_z0.*nearest: .*B_s0"),
        (ModelOptions(freeze_groups=("A_fits",)), "--freezeNuisanceGroups: no group A_fits.*nearest: A_fit"),
        (ModelOptions(freeze_groups=("^nothing",)), "--freezeNuisanceGroups: no group nothing"),
        (ModelOptions(set_parameters={"m_top": 170.0}), "--setParameters: no parameter m_top.*nearest: m_t"),
    ],
)
def test_unknown_names_in_options(tmp_path: Path, options: ModelOptions, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        parts(tmp_path).combine(options=options)


def test_unknown_name_in_the_card(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"card\.txt:6: .*B_z0"):
        parts(tmp_path).combine("nuisance edit freeze B_z0")


def test_a_profiled_nuisance_cannot_be_dropped(tmp_path: Path) -> None:
    with pytest.raises(
        CardError,
        match=r"card\.txt:6: nuisance A_p1 was profiled in A and cannot be dropped: use `nuisance edit freeze`",
    ):
        parts(tmp_path).combine("nuisance edit drop A_p1")
