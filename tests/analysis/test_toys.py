"""p-values by toys, the averages of toys, one mass against several in toys, tension between measurements."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from synthetic import Small, make_measurement, small
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.compatibility_toys import compare_toys, single_mass, single_mass_toys
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.analysis.goodness_of_fit import goodness_of_fit
from ttjroofit.analysis.tasks import Chunk, Serial, SplitWork, Workers
from ttjroofit.analysis.tension import Load, sub_combination, tension
from ttjroofit.analysis.toys import (
    CHUNK,
    Hypothesis,
    Sample,
    Stored,
    estimate_mean,
    estimate_width,
    fit_mass_toys,
    fit_toys,
    p_value_of_toys,
    throw_toys,
)
from ttjroofit.errors import ModelError, OptionError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.model.toy_observables import from_observables, observables
from ttjroofit.model.toys import ToyModel
from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.results.store import from_json, to_json
from ttjroofit.results.toys import ToyFitsResult

COUNT = 20_000

FREQUENTIST = ToyOptions(COUNT, 7, frequentist=True)


class Backwards(Workers):
    """Workers that run the last task first."""

    def run(self, asked: SplitWork[Any]) -> list[Any]:
        return [asked.work(asked.shared, task) for task in reversed(asked.tasks)][::-1]


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> Small:
    parts = [make_measurement(name, bins=bins, seed=bins, sources=2) for name, bins in (("A", 4), ("B", 5), ("C", 6))]
    return small(tmp_path_factory.mktemp("trio"), *parts)


@pytest.fixture(scope="module")
def precise(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Errors a tenth of the usual: the prediction is a plane within them, so chi2 is exact."""
    parts = []
    for name, bins in (("A", 5), ("B", 6)):
        part = make_measurement(name, bins=bins, seed=bins)
        parts.append(replace(part, covariance=part.covariance / 100.0, shifts=part.shifts / 10.0))
    return small(tmp_path_factory.mktemp("precise"), *parts)


def linear(precise: Small, **options: Any) -> Combination:
    return precise.combine(
        "interpolation 1", "pdf off", "tnp off", "correlation t A_s0 B_s0 0.5", options=ModelOptions(**options)
    )


def chi2_of(combination: Combination, toys: ToyOptions) -> tuple[np.ndarray, int]:
    likelihood = reduce_likelihood(combination, eliminate(combination))
    sample = throw_toys(combination, toys)
    (fits,) = fit_toys(sample, [Hypothesis.of(combination, likelihood, sample.truth)], Serial())
    assert fits.converged.all()
    return fits.chi2, likelihood.ndf


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
def test_toys_of_a_linear_model_have_the_chi2_distribution(precise: Small, frequentist: bool) -> None:
    """Kolmogorov-Smirnov with 20 000 toys: one degree of freedom more or less is excluded by far."""
    chi2, ndf = chi2_of(linear(precise), replace(FREQUENTIST, frequentist=frequentist))
    assert ndf == 11 - 2 - 1
    assert stats.kstest(chi2, stats.chi2(ndf).cdf).pvalue > 1e-3
    for wrong in (ndf - 1, ndf + 1):
        assert stats.kstest(chi2, stats.chi2(wrong).cdf).pvalue < 1e-50


def test_p_value_of_a_linear_model_is_the_asymptotic_one(precise: Small) -> None:
    combination = linear(precise)
    result = goodness_of_fit(
        combination, FitOptions(), throw_toys(combination, FREQUENTIST), clock=Clock(), workers=Serial()
    )
    assert result.good
    assert result.p_value_toys is not None
    assert result.p_value_toys_error is not None
    # four standard errors
    assert result.p_value_toys == pytest.approx(result.p_value_asymptotic, abs=4.0 * result.p_value_toys_error)
    fit = fit_masses(combination, FitOptions(), Clock()).result.goodness_of_fit
    assert (result.chi2, result.ndf) == (pytest.approx(fit.chi2, abs=1e-6), fit.ndf)
    assert from_json(GoodnessOfFitResult, to_json(result)) == result


def test_goodness_of_fit_without_toys(trio: Small) -> None:
    result = goodness_of_fit(trio.combine(), FitOptions(), None, clock=Clock(), workers=Serial())
    assert result.good
    assert [result.toys, result.seed, result.chi2_toys, result.p_value_toys, result.p_value_toys_error] == [None] * 5
    assert result.p_value_asymptotic == pytest.approx(stats.chi2.sf(result.chi2, result.ndf), rel=1e-12)


def test_goodness_of_fit_by_the_full_engine(precise: Small) -> None:
    fits = [
        goodness_of_fit(linear(precise), FitOptions(engine=engine), None, clock=Clock(), workers=Serial())
        for engine in ("reduced", "full")
    ]
    assert fits[0].chi2 == pytest.approx(fits[1].chi2, abs=1e-5)


def test_nothing_to_test(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="0 degrees of freedom"):
        goodness_of_fit(
            small(tmp_path, make_measurement("A", bins=2)).combine(),
            FitOptions(),
            None,
            clock=Clock(),
            workers=Serial(),
        )


def test_a_toy_that_fails_is_counted(trio: Small) -> None:
    """A toy without a mass inside the range of the parameter is None in its place, and the result is marked."""
    combination = trio.combine()
    sample = throw_toys(combination, ToyOptions(20, 1, frequentist=True))
    toys = sample.source.throw(0, 20)
    broken = toys.means.copy()
    broken[4] = np.nan
    stored = replace(sample, source=Stored(replace(toys, means=broken)))
    result = goodness_of_fit(combination, FitOptions(), stored, clock=Clock(), workers=Serial())
    assert (result.toys, result.toys_unconverged, result.good) == (20, 1, False)
    assert result.chi2_toys is not None
    assert [value is None for value in result.chi2_toys] == [i == 4 for i in range(20)]
    fits = fit_mass_toys(combination, stored, FitOptions(), Serial())
    assert (fits.toys_unconverged, fits.good) == (1, False)
    assert fits.masses["m_t"].values[4] is None


def test_wilson_error() -> None:
    toys = np.arange(100.0)
    assert p_value_of_toys(toys, 60.0)[0] == pytest.approx(0.40)
    assert p_value_of_toys(toys, 60.0)[1] == pytest.approx(np.sqrt(0.4 * 0.6 / 100), rel=0.01)
    # the interval of Wilson has (z^2 / 2) / (N + z^2) as half its length when no toy is beyond
    assert p_value_of_toys(toys, 1000.0) == (0.0, pytest.approx(0.5 / 101))
    assert p_value_of_toys(toys, 0.0) == (1.0, pytest.approx(0.5 / 101))


def test_averages() -> None:
    rng = np.random.default_rng(2)
    many = rng.uniform(size=(2000, 50))
    means, widths = [estimate_mean(row) for row in many], [estimate_width(row) for row in many]
    for found, truth in ((means, 0.5), (widths, np.sqrt(1.0 / 12.0))):
        values = np.array([estimate.value for estimate in found], dtype=float)
        assert values.mean() == pytest.approx(truth, rel=0.01)
        # the errors are those of the spread between samples, also for a distribution that is no Gaussian
        assert np.mean([estimate.error for estimate in found if estimate.error]) == pytest.approx(values.std(), rel=0.1)
    assert estimate_mean(np.zeros(0)).value is None
    assert estimate_width(np.ones(2)).value is None
    assert estimate_width(np.ones(5)).error is None


def test_fits_of_toys(precise: Small) -> None:
    combination = linear(precise)
    result = fit_mass_toys(combination, throw_toys(combination, FREQUENTIST), FitOptions(), Serial())
    mass = result.masses["m_t"]
    fit = fit_masses(combination, FitOptions(), Clock()).result.parameters["m_t"]
    assert mass.truth == pytest.approx(fit.value, abs=1e-6)
    assert mass.mean_hesse == pytest.approx(fit.hesse, rel=1e-2)
    for estimate, expected in ((mass.mean, mass.truth), (mass.pull_mean, 0.0), (mass.pull_width, 1.0)):
        assert estimate.value is not None
        assert estimate.error is not None
        assert abs(estimate.value - expected) < 4.0 * estimate.error
    assert from_json(ToyFitsResult, to_json(result)) == result


def test_toys_do_not_depend_on_the_order_of_tasks(trio: Small) -> None:
    combination = trio.combine()
    sample = throw_toys(combination, ToyOptions(2 * CHUNK + 10, 3, frequentist=True))
    results = [to_json(fit_mass_toys(combination, sample, FitOptions(), w)) for w in (Serial(), Backwards(), Serial())]
    assert results[0] == results[1] == results[2]
    fewer = fit_mass_toys(combination, replace(sample, count=100), FitOptions(), Serial())
    more = fit_mass_toys(combination, replace(sample, count=200), FitOptions(), Serial())
    # matrix products of other sizes round otherwise
    np.testing.assert_allclose(
        np.array(fewer.chi2_toys, dtype=float), np.array(more.chi2_toys[:100], dtype=float), rtol=1e-9
    )


def test_stored_toys_are_handed_out_in_pieces(trio: Small) -> None:
    sample = throw_toys(trio.combine(), ToyOptions(30, 3, frequentist=True))
    stored = Stored(sample.source.throw(0, 30, whole=True))
    for chunk in (Chunk(0, 10), Chunk(10, 20)):
        np.testing.assert_allclose(
            stored.throw(chunk.first, chunk.count).means,
            sample.source.throw(chunk.first, chunk.count).means,
            rtol=1e-13,
        )


def test_no_mass_to_fit(trio: Small) -> None:
    combination = trio.combine(options=ModelOptions(freeze_parameters=("m_t",)))
    sample = throw_toys(combination, ToyOptions(3, 1))
    with pytest.raises(OptionError, match="all masses are frozen"):
        fit_mass_toys(combination, sample, FitOptions(), Serial())
    strange = Sample(sample.source, 3, {}, None, frequentist=True, file="toys.root")
    with pytest.raises(OptionError, match=r"toys.root: the toys do not say what m_t"):
        fit_mass_toys(trio.combine(), strange, FitOptions(), Serial())


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
def test_one_mass_against_two_in_toys(precise: Small, frequentist: bool) -> None:
    combination = linear(precise, split="measurement")
    compared = compare_masses(combination, FitOptions(), "measurement", Clock()).result
    sample = single_mass_toys(single_mass(combination), replace(FREQUENTIST, frequentist=frequentist))
    assert sample.truth["m_t"] == pytest.approx(compared.hypotheses[0].masses["m_t"], abs=1e-5)
    toys = compare_toys(combination, sample, compared.delta_chi2, Serial())
    assert toys.failed == 0
    assert toys.p_value is not None
    assert toys.p_value_error is not None
    assert toys.p_value == pytest.approx(compared.p_value, abs=4.0 * toys.p_value_error)
    delta = np.array(toys.delta_chi2, dtype=float)
    assert stats.kstest(delta, stats.chi2(1).cdf).pvalue > 1e-3
    assert stats.kstest(delta, stats.chi2(2).cdf).pvalue < 1e-50


def test_worse_fits_of_more_masses_are_failures(precise: Small) -> None:
    """A range that only the larger model is kept in: its fits are worse, and no delta chi2 is made of them."""
    ranges = {"m_t_A": (150.0, 160.0)}
    combination = linear(precise, split="measurement", ranges=ranges, set_parameters={"m_t_A": 155.0})
    toys = compare_toys(
        combination, single_mass_toys(single_mass(combination), ToyOptions(50, 1, frequentist=True)), 0.5, Serial()
    )
    assert toys.failed == 50
    assert toys.p_value is None
    assert toys.delta_chi2 == [None] * 50


CORRELATED = "correlation jes A_s0 B_s0 0.6"


def test_contributions_add_up(trio: Small) -> None:
    load, options = loader(trio, CORRELATED), ModelOptions(split="measurement")
    found = tension(load, options, load(options))
    assert found is not None
    total = sum(row.contribution for row in found.measurements) + found.priors + found.combination
    assert total == pytest.approx(found.all.chi2, abs=1e-9)
    plain = fit_masses(trio.combine(CORRELATED), FitOptions(), Clock()).result
    assert found.all.value == pytest.approx(plain.parameters["m_t"].value, abs=1e-5)
    assert found.all.sigma == pytest.approx(plain.parameters["m_t"].hesse, rel=1e-4)
    for row in found.measurements:
        assert row.alone is not None
        assert row.without is not None
        alone = fit_masses(
            trio.combine(CORRELATED, options=ModelOptions(measurements=(row.measurement,))), FitOptions(), Clock()
        ).result
        assert row.alone.value == pytest.approx(alone.parameters["m_t"].value, abs=1e-4)
        assert row.alone.chi2 == pytest.approx(alone.goodness_of_fit.chi2, abs=1e-5)
        assert row.added_chi2 == pytest.approx(found.all.chi2 - row.without.chi2, abs=1e-12)
        assert row.added_ndf == row.bins - 1


def loader(cards: Small, *lines: str) -> Load:
    return lambda options: cards.combine(*lines, options=options)


def test_contributions_with_nuisances_frozen(trio: Small) -> None:
    """What is frozen or set in the whole combination stays so in its parts, as far as it is there."""
    options = ModelOptions(
        freeze_parameters=("A_s0", "interpolation_B_*", "pdf_a"),
        set_parameters={"A_s0": 0.5, "pdf_a": 1.0, "norm_B": 400.0},
        split="measurement",
    )
    load = loader(trio)
    combination = load(options)
    for names in (["A"], ["B", "C"]):
        part = sub_combination(load, options, combination, names)
        theory = part.theory
        assert theory is not None
        assert [measurement.name for measurement in part.measurements] == names
        assert part.frozen == ({"A_s0"} if "A" in names else set())
        assert next(item for item in theory.parameters.items if item.name == "pdf_a").frozen
        assert not [name for name in theory.interpolation_names if name.startswith("interpolation_B")]
        assert [item.name for item in theory.parameters.masses] == ["m_t"]
    found = tension(load, options, combination)
    assert found is not None
    alone = trio.combine(
        options=ModelOptions(
            measurements=("A",), freeze_parameters=("A_s0", "pdf_a"), set_parameters={"A_s0": 0.5, "pdf_a": 1.0}
        )
    )
    fitted = fit_masses(alone, FitOptions(), Clock()).result
    assert found.measurements[0].alone is not None
    assert found.measurements[0].alone.chi2 == pytest.approx(fitted.goodness_of_fit.chi2, abs=1e-5)


def test_errors_of_shifts_are_those_of_toys(precise: Small) -> None:
    """Toys of all, fitted with all, with one measurement and with the other; a model linear within its errors."""
    load = loader(precise, "interpolation 1", "pdf off", "tnp off", "correlation t A_s0 B_s0 0.5")
    options = ModelOptions(split="measurement")
    combination = single_mass(load(options))
    found = tension(load, options, combination)
    assert found is not None
    elimination = eliminate(combination)
    sample = single_mass_toys(combination, FREQUENTIST)
    model = sample.source
    assert isinstance(model, ToyModel)
    observed = observables(combination, elimination, model.throw(0, COUNT, whole=True), model.truth)

    def masses(names: list[str]) -> np.ndarray:
        part = sub_combination(load, options, combination, names)
        solved = eliminate(part)
        likelihood = reduce_likelihood(part, solved)
        stored = replace(sample, source=Stored(from_observables(part, solved, observed)))
        (fits,) = fit_toys(stored, [Hypothesis.of(part, likelihood, sample.truth)], Serial())
        assert fits.converged.all()
        return fits.values[:, 0]

    by = {"every": masses(["A", "B"]), "A": masses(["A"]), "B": masses(["B"])}
    for row, other in zip(found.measurements, ("B", "A"), strict=True):
        assert row.pull_on_all is not None
        assert row.against_others is not None
        assert row.without is not None
        for shift, first in ((row.pull_on_all, "every"), (row.against_others, row.measurement)):
            spread = np.std(by[first] - by[other])
            # standard error of a width from 20 000 toys: 0.5%; the rest is the curvature of the prediction
            assert shift.error == pytest.approx(spread, rel=0.025)
        nested = np.sqrt(row.without.sigma**2 - found.all.sigma**2)
        assert row.pull_on_all.error == pytest.approx(nested, rel=0.05)


def test_tied_profiled_nuisances_enter_the_error_of_a_shift(tmp_path: Path) -> None:
    """What a measurement says of a nuisance moves the mass too: the nested formula knows it, the bins alone do not."""
    parts = [make_measurement("A", bins=5, profiled=2, seed=5), make_measurement("B", bins=6, seed=6)]
    precise = [replace(m, covariance=_scaled(m), shifts=m.shifts / 10.0) for m in parts]
    load = loader(small(tmp_path, *precise), "interpolation 1", "pdf off", "tnp off", "correlation t A_p0 B_s0 0.9")
    options = ModelOptions(split="measurement")
    found = tension(load, options, load(options))
    assert found is not None
    row = found.measurements[0]
    assert row.without is not None
    assert row.pull_on_all is not None
    nested = np.sqrt(row.without.sigma**2 - found.all.sigma**2)
    assert row.pull_on_all.error == pytest.approx(nested, rel=0.05)


def _scaled(measurement: Measurement) -> np.ndarray:
    """Covariance with the errors of the bins a tenth, those of profiled nuisances as they are."""
    scale = np.ones(len(measurement.covariance))
    scale[: len(measurement.bins)] = 0.1
    return np.asarray(measurement.covariance * np.outer(scale, scale))
