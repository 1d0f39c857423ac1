"""Goodness of fit, toys of the mass, files of toys and coverage of a card whose sources are not linear."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nonlinear import curved_parts
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.coverage import CoveragePlan, study_coverage
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.goodness_of_fit import goodness_of_fit
from ttjroofit.analysis.tasks import Chunk, Serial
from ttjroofit.analysis.toys import Sample, Stored, fit_mass_toys, throw_toys, toy_observables
from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.model.toy_observables import from_observables
from ttjroofit.model.toys import ToyModel

TIED = "correlation b A_p0 B_s0 0.6"


@pytest.fixture(params=[False, True], ids=["priors", "free"])
def combination(request: pytest.FixtureRequest, tmp_path: Path) -> Combination:
    return curved_parts(tmp_path, free=request.param, interpolation="smooth").combine(TIED)


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_goodness_of_fit(combination: Combination, engine: str) -> None:
    sample = throw_toys(combination, ToyOptions(1000, 5, True))
    options = FitOptions(engine=engine)  # type: ignore[arg-type]
    result = goodness_of_fit(combination, options, sample, clock=Clock(), workers=Serial())
    assert result.good
    assert result.p_value_toys is not None
    # binomial, and curves that bend by a third over a sigma
    assert result.p_value_toys == pytest.approx(result.p_value_asymptotic, abs=4.0 * np.sqrt(0.25 / 1000) + 0.02)


@pytest.mark.parametrize("frequentist", [True, False])
def test_toys_of_a_file_give_the_same_fits(combination: Combination, frequentist: bool) -> None:
    sample = throw_toys(combination, ToyOptions(20, 5, frequentist))
    assert isinstance(sample.source, ToyModel)
    elimination = eliminate(combination)
    (observed,) = toy_observables(combination, elimination, sample.source, [Chunk(0, 20)], Serial())
    stored = Stored(from_observables(combination, elimination, observed))
    again = Sample(stored, 20, sample.truth, 5, frequentist)
    one, other = (fit_mass_toys(combination, s, FitOptions(), Serial()) for s in (sample, again))
    np.testing.assert_allclose(one.masses["m_t"].values, other.masses["m_t"].values, rtol=1e-9)
    np.testing.assert_allclose(one.chi2_toys, other.chi2_toys, rtol=1e-6)


def test_held_parameters(tmp_path: Path) -> None:
    """Frequentist toys with an explicit nuisance held while the rest is profiled."""
    parts = curved_parts(tmp_path, interpolation="smooth")
    free = parts.combine(TIED, options=ModelOptions(set_parameters={"B_s1": 1.5}))
    held = parts.combine(TIED, options=ModelOptions(set_parameters={"B_s1": 1.5}, freeze_parameters=("B_s1",)))
    sample = throw_toys(free, ToyOptions(500, 2, True), held)
    assert sample.truth["B_s1"] == 1.5
    result = fit_mass_toys(free, sample, FitOptions(), Serial())
    assert result.toys_unconverged == 0
    assert result.masses["m_t"].pull_mean.value == pytest.approx(0.0, abs=0.25)


def test_coverage(combination: Combination) -> None:
    """The combined bins are linear in what is observed; the mass is so about its minimum."""
    toys = 4000
    result = study_coverage(combination, CoveragePlan(toys, 3), Clock())
    assert result.unconverged == 0
    for item in result.bins:
        for pull in item.choices.values():
            assert pull.mean.value == pytest.approx(pull.expected_mean, abs=5.0 / np.sqrt(toys))
            assert pull.width.value == pytest.approx(pull.expected_width, abs=5.0 / np.sqrt(2.0 * toys))
    choices = result.masses["m_t"].choices
    for pull in (choices["published"].minos, choices["zero"].minos):
        assert pull.width.value == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * toys) + 0.03)
    # what zeros move is seen toy by toy, so that most of the statistical error drops out
    moved = choices["zero"].hesse.mean.value - choices["published"].hesse.mean.value
    assert moved == pytest.approx(choices["zero"].linear_mean, abs=0.03)
    assert abs(choices["zero"].linear_mean) > 0.04


def test_errors_on_errors_have_no_toys(tmp_path: Path) -> None:
    combination = curved_parts(tmp_path).combine("B_s4 errorOnError 0.5")
    with pytest.raises(ModelError, match="B_s4 has an error on its error"):
        throw_toys(combination, ToyOptions(10, 1, True))
    with pytest.raises(ModelError, match="B_s4 has an error on its error"):
        study_coverage(combination, CoveragePlan(10, 1), Clock())
