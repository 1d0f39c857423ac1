"""The elimination against itself in ball arithmetic of 320 bits: how many digits double precision keeps, and when none.

python-flint's ``arb`` carries rigorous error bounds, so that the reference is known to 25 digits or the test fails.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import flint
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from combined import combine
from synthetic import TIES, make_measurement, three_parts
from ttjroofit.card.parser import read_card
from ttjroofit.errors import InputError, ModelError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.conditioning import WORST_CONDITION, condition_number
from ttjroofit.model.elimination import Elimination, design, eliminate
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior
from twin import FloatArray

EPS = float(np.finfo(float).eps)
BITS = 320
DIGITS = 1e-25


@pytest.fixture(autouse=True)
def precision():  # type: ignore[no-untyped-def]
    before, flint.ctx.prec = flint.ctx.prec, BITS
    yield
    flint.ctx.prec = before


def exact(matrix: FloatArray) -> flint.arb_mat:
    """A matrix of doubles, or a vector as one column, as it is."""
    table = np.asarray(matrix, dtype=float)
    rows, columns = table.shape if table.ndim == 2 else (len(table), 1)
    return flint.arb_mat(rows, columns, table.ravel().tolist())


def rounded(matrix: flint.arb_mat) -> FloatArray:
    """To double precision; every entry is known to 25 digits of the largest one."""
    entries = matrix.entries()
    largest = max(abs(float(entry.mid())) for entry in entries)
    assert max(float(entry.rad()) for entry in entries) <= DIGITS * largest
    return np.array([float(entry.mid()) for entry in entries]).reshape(matrix.nrows(), matrix.ncols())


@dataclass(frozen=True)
class Exact:
    """The combination of the formula of the specification, section 3: sum of V_k^-1, minus unit priors, plus C^-1.

    Attributes:
        hessian: over all cross sections and prior parameters, of which none is frozen.
        slope: one column.
        constant: chi2 at 0.
    """

    hessian: flint.arb_mat
    slope: flint.arb_mat
    constant: flint.arb

    @classmethod
    def of(cls, combination: Combination) -> Exact:
        prior, count = combination.prior, len(combination.truths)
        size = count + len(prior.parameters)
        counted = [owner.profiled and not owner.without_prior for owner in combination.owners.values()]
        start = np.zeros((size, size))
        start[count:, count:] = -(prior.transform[counted].T @ prior.transform[counted])
        hessian = exact(start) + inverse_of_prior(prior.correlation, prior.free, count)
        slope, constant = flint.arb_mat(size, 1), flint.arb(0)
        for measurement in combination.measurements:
            rows = exact(design(combination, measurement))
            observed = exact(combination.observed[measurement.name])
            weighted = exact(measurement.covariance).inv()
            pulled = weighted * observed
            hessian += rows.transpose() * weighted * rows
            slope += rows.transpose() * pulled
            constant += (observed.transpose() * pulled)[0, 0]
        return cls(hessian, slope, constant)

    def solve(self, columns: int) -> tuple[FloatArray, FloatArray, float]:
        """The minimum (d,), the first ``columns`` columns of the covariance (d, columns), chi2 at the minimum."""
        size = self.hessian.nrows()
        right = flint.arb_mat(size, columns + 1)
        for i in range(size):
            right[i, columns] = self.slope[i, 0]
        for i in range(columns):
            right[i, i] = 1
        solution = self.hessian.solve(right, algorithm="lu")
        chi2 = self.constant - sum((self.slope[i, 0] * solution[i, columns] for i in range(size)), flint.arb(0))
        found = rounded(solution)
        return found[:, columns], found[:, :columns], float(chi2.mid())


def inverse_of_prior(correlation: FloatArray, free: np.ndarray, count: int) -> flint.arb_mat:
    """C^-1 of the parameters with a prior after ``count`` components without, block by block of correlated ones."""
    total = flint.arb_mat(count + len(correlation), count + len(correlation))
    blocks, label = connected_components(correlation != 0.0, directed=False)
    for block in range(blocks):
        inside = np.flatnonzero((label == block) & ~free).tolist()
        inverse = exact(correlation[np.ix_(inside, inside)]).inv()
        for row, i in enumerate(inside):
            for column, j in enumerate(inside):
                total[count + i, count + j] = inverse[row, column]
    return total


@dataclass(frozen=True)
class Errors:
    """Largest errors of the elimination, in standard deviations, with the condition number of its Hessian."""

    condition: float
    mean: float
    covariance: float
    chi2: float
    precision: float

    @classmethod
    def of(cls, combination: Combination, elimination: Elimination) -> Errors:
        count, joint = elimination.bins, elimination.joint
        mean, columns, chi2 = Exact.of(combination).solve(count)
        covariance = columns[:count]
        sigma = np.sqrt(np.diag(joint.covariance))
        assert np.max(np.abs(np.diag(covariance) / sigma[:count] ** 2 - 1.0)) < 0.1
        reference = inverse_positive(covariance)
        scale = np.sqrt(np.diag(reference))
        return cls(
            condition=condition_number(elimination.information.hessian, joint.covariance),
            mean=float(np.max(np.abs(joint.mean - mean) / sigma)),
            covariance=float(np.max(np.abs(joint.covariance[:, :count] - columns) / np.outer(sigma, sigma[:count]))),
            chi2=abs(joint.chi2 - chi2) / max(1.0, abs(chi2)),
            precision=float(
                np.max(np.abs(inverse_positive(elimination.reduced.covariance) - reference) / np.outer(scale, scale))
            ),
        )

    def assert_small(self) -> None:
        """A relative error of eps in the Hessian makes one of condition times eps in its inverse."""
        allowed = self.condition * EPS
        assert self.covariance < allowed
        assert self.precision < allowed
        # the published values are whole numbers of sigmas themselves: an error of eps in them is not counted
        assert self.mean < allowed
        assert self.chi2 < allowed


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES)
def test_a_small_card(tmp_path: Path, ties: list[tuple[str, str, float]]) -> None:
    stated = [f"correlation b {first} {second} {rho}" for first, second, rho in ties]
    combination = three_parts(tmp_path).combine(*stated)
    Errors.of(combination, eliminate(combination)).assert_small()


@pytest.mark.slow
def test_the_three_measurements(cards: Path) -> None:
    """19 bins and 614 nuisances with the correlations of the card: 5 or 6 digits of 16 are lost at most."""
    combination = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario="jes_modelling"))
    errors = Errors.of(combination, eliminate(combination))
    errors.assert_small()
    assert max(errors.mean, errors.covariance, errors.chi2) < 1e-10


def test_nuisances_after_the_fit(tmp_path: Path) -> None:
    """Interpolation and nuisances where the prediction is fixed: a linear problem, solved exactly."""
    stated = [f"correlation b {first} {second} {rho}" for first, second, rho in TIES["profiled with external"]]
    combination = three_parts(tmp_path).combine(*stated)
    elimination, theory = eliminate(combination), theory_of(combination)
    values = find_minimum(reduce_likelihood(combination, elimination))
    after = posterior(combination, elimination, values)
    count, etas = elimination.bins, len(theory.interpolation_names)
    size = count + len(combination.prior.parameters)
    to_z = np.zeros((size, etas + size - count))
    to_z[:count, :etas], to_z[count:, etas:] = theory.interpolation, np.eye(size - count)
    unit = np.diag([1.0] * etas + [0.0] * (size - count))
    whole, linear = Exact.of(combination), exact(to_z)
    fixed = exact(np.concatenate([theory.spectrum.value(values), np.zeros(size - count)]))
    hessian = linear.transpose() * whole.hessian * linear + exact(unit)
    solution = hessian.solve(linear.transpose() * (whole.slope - whole.hessian * fixed))
    condition = condition_number(elimination.information.hessian, elimination.joint.covariance)
    found = after.values[len(theory.parameters.floating) :]
    np.testing.assert_allclose(found, rounded(solution)[:, 0], atol=condition * EPS, rtol=0)


def with_condition(power: int, seed: int) -> Measurement:
    """Four bins whose statistical covariance has eigenvalues from 1 to 10^-power of its largest."""
    rng = np.random.default_rng(seed)
    m = make_measurement("A", bins=4, sources=3, seed=seed)
    vectors, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    covariance = (vectors * (16.0 * 10.0 ** -np.linspace(0.0, power, 4))) @ vectors.T
    return replace(m, covariance=(covariance + covariance.T) / 2.0)


NOT_POSITIVE = "covariance of measurement A: a matrix of the likelihood is not positive definite"
NEARLY_SINGULAR = r"the statistical covariance of A has a direction with \S+ of the total variance, carried by A_bin"


def eliminate_or_say(combination: Combination) -> tuple[Elimination | None, str]:
    try:
        return eliminate(combination), ""
    except ModelError as error:
        return None, str(error)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("power", range(2, 17))
def test_digits_are_lost_as_the_condition_number_says_until_it_is_refused(
    tmp_path: Path, power: int, seed: int
) -> None:
    first = with_condition(power, seed)
    second = make_measurement("B", bins=4, sources=2, seed=seed + 10)
    combination = combine(tmp_path, "correlation tie A_s0 B_s0 0.7", measurements=(first, second))
    elimination, refused = eliminate_or_say(combination)
    if elimination is None:
        assert power > 8
        assert refused.startswith(NOT_POSITIVE) or re.search(NEARLY_SINGULAR, refused)
        return
    errors = Errors.of(combination, elimination)
    assert errors.condition <= WORST_CONDITION
    errors.assert_small()


def test_measurements_that_disagree_keep_their_digits(tmp_path: Path) -> None:
    """10% apart with statistical errors of 1e-4 of that: without a refined minimum chi2 is wrong in the third digit."""
    parts = [make_measurement(name, bins=3, sources=3, seed=seed) for name, seed in (("A", 1), ("B", 2))]
    first, second = (replace(part, covariance=1e-8 * part.covariance) for part in parts)
    second = replace(second, values=1.1 * first.values)
    common = [f"combine x{b} = A_bin{b} B_bin{b}" for b in range(3)]
    combination = combine(tmp_path, *common, "correlation tie A_s0 B_s0 0.7", measurements=(first, second))
    errors = Errors.of(combination, eliminate(combination))
    errors.assert_small()
    assert max(errors.mean, errors.chi2) < 1e-12


def test_nuisances_that_are_nearly_one_are_named(tmp_path: Path) -> None:
    measurements = (make_measurement("A", sources=1, seed=1), make_measurement("B", sources=1, seed=2))
    combination = combine(tmp_path, "correlation tie A_s0 B_s0 0.5", measurements=measurements)
    # a card cannot say this: such a prior is refused before
    prior = replace(combination.prior, correlation=np.array([[1.0, 1.0 - 1e-13], [1.0 - 1e-13, 1.0]]))
    with pytest.raises(
        ModelError, match=r"nearly singular .*: (A_s0, B_s0|B_s0, A_s0) move together .* state exactly 1"
    ):
        eliminate(replace(combination, prior=prior))


def written(folder: Path, covariance: FloatArray) -> Path:
    m = replace(make_measurement("A", bins=4, sources=1), covariance=covariance, groups={"all": ("A_s0",)})
    (folder / "A.yaml").write_text(measurement_texts(m)["A.yaml"], encoding="utf-8")
    return folder / "A.yaml"


def test_a_normalised_distribution_is_refused_with_its_cure(tmp_path: Path) -> None:
    m = make_measurement("A", bins=4)
    jacobian = np.eye(4) - np.outer(m.values, np.ones(4)) / m.values.sum()
    singular = jacobian @ m.covariance @ jacobian.T
    with pytest.raises(InputError, match=r"A\.yaml.*1 of 4 directions have no uncertainty.*leave out one bin"):
        read_measurement(written(tmp_path, (singular + singular.T) / 2.0))


def test_a_bin_without_statistical_uncertainty_is_refused(tmp_path: Path) -> None:
    covariance = make_measurement("A", bins=4).covariance
    covariance[2, :] = covariance[:, 2] = 0.0
    with pytest.raises(InputError, match=r"A\.yaml.*'A_bin2'"):
        read_measurement(written(tmp_path, covariance))
