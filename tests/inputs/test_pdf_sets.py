from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.pdf_sets import one_sigma, pair_shifts, replica_shifts, symmetric_shifts

CENTRAL = np.array([0.2, 0.5, 0.3])


def test_pairs_by_hand() -> None:
    members = np.array([[0.22, 0.49, 0.29], [0.19, 0.50, 0.31], [0.2, 0.5, 0.3], [0.2, 0.46, 0.34]])
    # (0.22 - 0.19) / 2 / 0.2 = 0.075 and so on; exact but for rounding
    assert pair_shifts(members, CENTRAL) == pytest.approx(
        np.array([[0.075, -0.01, -0.02 / 0.6], [0, 0.04, -0.04 / 0.6]]), abs=1e-15
    )


def test_symmetric_by_hand() -> None:
    assert symmetric_shifts(np.array([[0.22, 0.49, 0.29]]), CENTRAL) == pytest.approx(
        np.array([[0.1, -0.02, -0.01 / 0.3]]), abs=1e-15
    )


def test_confidence_levels() -> None:
    shifts = np.array([[0.329, -0.1645]])
    assert one_sigma(shifts, 90) == pytest.approx(np.array([[0.2, -0.1]]), rel=1e-15)
    assert np.array_equal(one_sigma(shifts, 68), shifts)


def test_two_replicas_are_one_direction() -> None:
    shifts = replica_shifts(np.array([[0.22, 0.48, 0.30], [0.18, 0.52, 0.30]]), CENTRAL)
    # two values a and b have standard deviation |a - b| / sqrt 2: 0.2 and 0.08 relative, of opposite sign
    assert shifts == pytest.approx(np.array([[0.2, -0.08, 0]]) / np.sqrt(2), abs=1e-12)


def test_identical_replicas_have_no_direction() -> None:
    assert replica_shifts(np.array([CENTRAL, CENTRAL, CENTRAL]), CENTRAL).shape == (0, 3)


deviations = arrays(np.float64, (6, 3), elements=st.floats(-0.09, 0.09).map(lambda x: round(x, 4)))


@given(deviations)
def test_replica_shifts_reproduce_the_sample_covariance(relative: FloatArray) -> None:
    shifts = replica_shifts(CENTRAL * (1 + relative), CENTRAL)
    covariance = np.cov(relative, rowvar=False)
    # eigenvalues below 1e-12 of the largest (0.01) are dropped
    assert shifts.T @ shifts == pytest.approx(covariance, abs=1e-13)


@given(deviations)
def test_replica_shifts_are_ordered_orthogonal_and_signed(relative: FloatArray) -> None:
    shifts = replica_shifts(CENTRAL * (1 + relative), CENTRAL)
    products = shifts @ shifts.T
    assert products == pytest.approx(np.diag(np.diag(products)), abs=1e-15)
    assert np.all(np.diff(np.diag(products)) <= 1e-15)
    assert all(row[np.abs(row).argmax()] > 0 for row in shifts)


@given(deviations)
def test_replica_order_does_not_matter(relative: FloatArray) -> None:
    members = CENTRAL * (1 + relative)
    forward, backward = replica_shifts(members, CENTRAL), replica_shifts(members[::-1], CENTRAL)
    assert forward.T @ forward == pytest.approx(backward.T @ backward, abs=1e-14)


@given(deviations)
def test_swapping_a_pair_flips_its_sign(relative: FloatArray) -> None:
    members = CENTRAL * (1 + relative)
    swapped = members.reshape(3, 2, 3)[:, ::-1].reshape(6, 3)
    assert np.array_equal(pair_shifts(swapped, CENTRAL), -pair_shifts(members, CENTRAL))
