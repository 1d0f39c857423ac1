"""Profiled nuisances whose effect is not linear: out of the covariance and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nonlinear import scaled
from synthetic import make_measurement
from ttjroofit.inputs.profiled import regression
from ttjroofit.model.detach import attached_covariance, detach_responses, with_effects


@given(st.integers(0, 10_000))
def test_detach_and_attach_are_inverse(seed: int) -> None:
    made = scaled(make_measurement("A", bins=3, profiled=3, seed=seed), "A_p0", "A_p2")
    detached = detach_responses(made)
    np.testing.assert_allclose(attached_covariance(detached), made.covariance, rtol=1e-9, atol=1e-9)
    # nothing but the two columns of the regression changes, and what is left at fixed nuisances stays
    gain = regression(made.covariance, 3)
    gain[:, [0, 2]] = 0.0
    np.testing.assert_allclose(regression(detached.covariance, 3), gain, atol=1e-9)
    for one in (made, detached):
        inverse = np.linalg.inv(one.covariance)[:3, :3]
        np.testing.assert_allclose(inverse, np.linalg.inv(made.covariance)[:3, :3], rtol=1e-7)
    np.testing.assert_array_equal(detached.covariance[3:, 3:], made.covariance[3:, 3:])


def test_linear_measurements_stay_as_they_are() -> None:
    made = make_measurement("A", profiled=2)
    assert detach_responses(made) is made
    assert attached_covariance(made) is made.covariance
    assert with_effects(made, {}) is made
    bent = replace(made, responses={})
    assert detach_responses(bent) is bent
