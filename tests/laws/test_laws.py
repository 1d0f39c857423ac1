"""Laws that hold whatever is measured, at the level of what is published: cross sections, mass, pulls, impacts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generated import Case, Recipe, assert_same, changed, lines, recipes
from synthetic import make_measurement, make_prediction
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.options import ModelOptions
from twin import FloatArray

# Hessians below have condition numbers up to 1e4 after scaling to a unit diagonal: 1e4 eps = 2e-12, a few hundred
# operations. Newton's method knows the mass to 1e-10 of its uncertainty. The largest deviation seen is 1e-10.
ROUNDING = 1e-8

law = settings(max_examples=12, deadline=None)


@law
@given(recipes, st.randoms(use_true_random=False))
def test_order_of_measurements_does_not_matter(folder: Path, recipe: Recipe, random) -> None:  # type: ignore[no-untyped-def]
    case = recipe.case(folder)
    shuffled = list(case.measurements)
    random.shuffle(shuffled)
    assert_same(case.with_measurements(*shuffled).answer(), case.answer(), ROUNDING)


def permuted_sources(measurement: Measurement, order: Indices) -> Measurement:
    return changed(
        measurement, sources=tuple(measurement.sources[i] for i in order), shifts=measurement.shifts[:, order]
    )


@law
@given(recipes)
def test_order_of_nuisances_does_not_matter(folder: Path, recipe: Recipe) -> None:
    case, rng = recipe.case(folder), recipe.rng()
    new = []
    for measurement in case.measurements:
        m = permuted_sources(measurement, rng.permutation(len(measurement.sources)))
        order = rng.permutation(len(m.profiled))
        whole = np.concatenate([np.arange(len(m.bins)), len(m.bins) + order])
        new.append(
            changed(
                m,
                profiled=tuple(m.profiled[i] for i in order),
                profiled_values=m.profiled_values[order],
                covariance=m.covariance[np.ix_(whole, whole)],
            )
        )
    assert_same(case.with_measurements(*new).answer(), case.answer(), ROUNDING)


def write_permuted(folder: Path, name: str, order: list[int]) -> None:
    """Write the prediction of a measurement with its bins in another order."""
    path = folder / f"{name}_theory.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))

    def permute(rows: list[list[float]]) -> list[list[float]]:
        return [[row[i] for i in order] for row in rows]

    content["fractions"], content["fraction_sigma"] = permute(content["fractions"]), permute(content["fraction_sigma"])
    content["scale"] = {key: permute([row])[0] for key, row in content["scale"].items()}
    content["pdf"]["members"] = permute(content["pdf"]["members"])
    content["tnp"]["shifts"] = permute(content["tnp"]["shifts"])
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


@law
@given(recipes)
def test_order_of_bins_does_not_matter(folder: Path, recipe: Recipe) -> None:
    case = recipe.case(folder)
    expected, m = case.answer(), case.measurements[0]
    order = recipe.rng().permutation(len(m.bins))
    whole = np.concatenate([order, len(m.bins) + np.arange(len(m.profiled))])
    permuted = replace(
        m,
        bins=tuple(m.bins[i] for i in order),
        values=m.values[order],
        covariance=m.covariance[np.ix_(whole, whole)],
        shifts=m.shifts[order],
    )
    write_permuted(folder, m.name, order.tolist())
    assert_same(case.with_measurement(0, permuted).answer(), expected, ROUNDING)


def in_other_units(measurement: Measurement, factor: float) -> Measurement:
    scale = np.concatenate([np.full(len(measurement.bins), factor), np.ones(len(measurement.profiled))])
    return replace(
        measurement,
        values=factor * measurement.values,
        covariance=measurement.covariance * np.outer(scale, scale),
        shifts=factor * measurement.shifts,
    )


@law
@given(recipes, st.lists(st.floats(-6.0, 6.0), min_size=3, max_size=3))
def test_units_do_not_matter(folder: Path, recipe: Recipe, exponents: list[float]) -> None:
    """From mb to ab and back, every measurement in a unit of its own: the same mass, cross sections times the unit."""
    case = recipe.case(folder)
    factors = [10.0**exponent for exponent in exponents[: len(case.measurements)]]
    other = case.with_measurements(*map(in_other_units, case.measurements, factors))
    by_bin = np.concatenate([np.full(len(m.bins), f) for m, f in zip(case.measurements, factors, strict=True)])
    assert_same(other.answer(), case.answer().scaled(by_bin), ROUNDING)


@law
@given(recipes)
def test_the_sign_of_a_nuisance_is_a_convention(folder: Path, recipe: Recipe) -> None:
    """Shifts and correlations of some nuisances turned: their pulls and impacts turn, all else stays."""
    case, rng = recipe.case(folder), recipe.rng()
    names = [name for m in case.measurements for name in m.nuisances]
    turned = {name for name, drawn in zip(names, rng.uniform(size=len(names)), strict=True) if drawn < 0.5}
    new = []
    for m in case.measurements:
        signs = np.array([1.0] * len(m.bins) + [-1.0 if name in turned else 1.0 for name in m.profiled])
        new.append(
            replace(
                m,
                profiled_values=m.profiled_values * signs[len(m.bins) :],
                covariance=m.covariance * np.outer(signs, signs),
                shifts=m.shifts * [-1.0 if name in turned else 1.0 for name in m.sources],
            )
        )
    ties = tuple((a, b, rho if (a in turned) is (b in turned) else -rho) for a, b, rho in case.ties)
    found = replace(case, ties=ties).with_measurements(*new).answer()
    assert_same(found, case.answer().flipped(*turned), ROUNDING)


def split(case: Case, number: int, source: str, weights: tuple[float, float]) -> Case:
    """A source as two, ``<name>`` and ``<name>_2``, with these parts of its shift."""
    m = case.measurements[number]
    column = m.sources.index(source)
    shifts = np.concatenate([m.shifts, weights[1] * m.shifts[:, [column]]], axis=1)
    shifts[:, column] *= weights[0]
    return case.with_measurement(number, changed(m, sources=(*m.sources, f"{source}_2"), shifts=shifts))


@law
@given(recipes, st.floats(-2.0, 3.0))
def test_a_source_is_the_sum_of_its_fully_correlated_parts(folder: Path, recipe: Recipe, part: float) -> None:
    """Also of parts of opposite sign. What the card says of one of them holds for both."""
    case, rng = recipe.case(folder), recipe.rng()
    number = int(rng.integers(len(case.measurements)))
    source = str(rng.choice(case.measurements[number].sources))
    halves = split(case, number, source, (part, 1.0 - part))
    found = halves.answer(*lines([(source, f"{source}_2", 1.0)]))
    expected = case.answer()
    assert_same(found, expected, ROUNDING)
    assert found.pulls[f"{source}_2"] == found.pulls[source]
    assert found.from_auxiliary[f"{source}_2"] == 0.0, "one parameter, counted once"


@law
@given(recipes, st.floats(0.05, 1.5))
def test_a_source_is_the_sum_in_quadrature_of_independent_parts(folder: Path, recipe: Recipe, angle: float) -> None:
    """theta = cos t1 + sin t2; what is correlated with theta is so with both. At 45 degrees: 1/sqrt(2) each."""
    case, rng = recipe.case(folder), recipe.rng()
    number = int(rng.integers(len(case.measurements)))
    source = str(rng.choice(case.measurements[number].sources))
    weights = float(np.cos(angle)), float(np.sin(angle))
    ties: list[tuple[str, str, float]] = []
    for first, second, rho in case.ties:
        if source in (first, second):
            other = second if first == source else first
            ties += [(source, other, rho * weights[0]), (f"{source}_2", other, rho * weights[1])]
        else:
            ties.append((first, second, rho))
    found = replace(split(case, number, source, weights), ties=tuple(ties)).answer()
    expected = case.answer()
    assert_same(found, expected, ROUNDING, [name for name in expected.pulls if name != source])
    together = weights[0] * found.pulls[source][0] + weights[1] * found.pulls[f"{source}_2"][0]
    assert abs(together - expected.pulls[source][0]) < ROUNDING
    if not any(source in tie for tie in case.ties):
        parts = found.from_auxiliary[source], found.from_auxiliary[f"{source}_2"]
        assert abs(np.hypot(*parts) - abs(expected.from_auxiliary[source])) < ROUNDING * expected.sigma


@law
@given(recipes)
def test_sources_may_be_rotated(folder: Path, recipe: Recipe) -> None:
    """Any orthogonal mixture of independent sources of one measurement is as good as they are."""
    case, rng = recipe.case(folder), recipe.rng()
    number = int(np.argmax([len(m.sources) for m in case.measurements]))
    m = case.measurements[number]
    sources = tuple(name for k, name in case.untied if k == number)
    assume(len(sources) > 1)
    where = [m.sources.index(name) for name in sources]
    rotation, _ = np.linalg.qr(rng.normal(size=(len(where), len(where))))
    shifts = m.shifts.copy()
    shifts[:, where] = shifts[:, where] @ rotation
    found = case.with_measurement(number, replace(m, shifts=shifts)).answer()
    expected = case.answer()
    assert_same(found, expected, ROUNDING, [name for name in expected.pulls if name not in sources])
    pulls = np.array([[answer.pulls[name][0] for name in sources] for answer in (expected, found)])
    np.testing.assert_allclose(pulls[0] @ rotation, pulls[1], atol=ROUNDING)
    impacts = np.array([[answer.from_auxiliary[name] for name in sources] for answer in (expected, found)])
    np.testing.assert_allclose(impacts[0] @ rotation, impacts[1], atol=ROUNDING * expected.sigma)


@law
@given(recipes)
def test_a_frozen_source_is_an_absent_one(folder: Path, recipe: Recipe) -> None:
    case, rng = recipe.case(folder), recipe.rng()
    assume(case.untied)
    number, source = case.untied[int(rng.integers(len(case.untied)))]
    absent = case.with_measurement(number, without_source(case.measurements[number], source)).answer()
    assert_same(case.answer(options=ModelOptions(freeze_parameters=(source,))), absent, ROUNDING)


def without_source(measurement: Measurement, source: str) -> Measurement:
    column = measurement.sources.index(source)
    return changed(
        measurement,
        sources=tuple(name for name in measurement.sources if name != source),
        shifts=np.delete(measurement.shifts, column, axis=1),
    )


@law
@given(recipes)
def test_a_source_is_a_part_of_the_covariance(folder: Path, recipe: Recipe) -> None:
    """V + E E^T in place of V and E: eliminating a source is adding it to the covariance."""
    case, rng = recipe.case(folder), recipe.rng()
    assume(case.untied)
    number, source = case.untied[int(rng.integers(len(case.untied)))]
    m = case.measurements[number]
    shift = np.concatenate([m.shifts[:, m.sources.index(source)], np.zeros(len(m.profiled))])
    merged = replace(without_source(m, source), covariance=m.covariance + np.outer(shift, shift))
    assert_same(case.with_measurement(number, merged).answer(), case.answer().without(source), ROUNDING)


def profiled_instead(measurement: Measurement, source: str) -> Measurement:
    """A source as the nuisance of a fit that learnt nothing of it: value 0, sigma 1, cov(x, theta) its shift."""
    size, bins = len(measurement.covariance), len(measurement.bins)
    rest, shift = without_source(measurement, source), measurement.shifts[:, measurement.sources.index(source)]
    effect = np.concatenate([shift, np.zeros(size - bins), [1.0]])
    covariance = np.outer(effect, effect)
    covariance[:size, :size] += rest.covariance
    return changed(
        rest,
        profiled=(*rest.profiled, source),
        profiled_values=np.append(rest.profiled_values, 0.0),
        covariance=covariance,
    )


@law
@given(recipes)
def test_a_source_is_a_profiled_nuisance_that_was_not_constrained(folder: Path, recipe: Recipe) -> None:
    """Whatever it is correlated with; its prior, which the fit holds already, counts once."""
    case, rng = recipe.case(folder), recipe.rng()
    number = int(rng.integers(len(case.measurements)))
    source = str(rng.choice(case.measurements[number].sources))
    found = case.with_measurement(number, profiled_instead(case.measurements[number], source)).answer()
    assert_same(found, case.answer(), ROUNDING)


@law
@given(recipes)
def test_a_source_without_effect_changes_nothing(folder: Path, recipe: Recipe) -> None:
    case = recipe.case(folder)
    m = case.measurements[0]
    idle = changed(m, sources=(*m.sources, "idle"), shifts=np.c_[m.shifts, np.zeros(len(m.bins))])
    found, expected = case.with_measurement(0, idle).answer(), case.answer()
    assert_same(found, expected, ROUNDING)
    np.testing.assert_allclose(found.pulls["idle"], (0.0, 1.0), atol=ROUNDING)
    assert abs(found.from_auxiliary["idle"]) < ROUNDING * expected.sigma


@law
@given(recipes, st.floats(-0.9, 0.9))
def test_a_measurement_of_infinite_errors_says_nothing(folder: Path, recipe: Recipe, rho: float) -> None:
    """Also if its source is correlated with one of another. Errors of 1e6 times theirs leave 1e-12 of a sigma^2."""
    case = recipe.case(folder)
    vague = make_measurement("Z", bins=4, sources=2, seed=recipe.seed % 2**31)
    vague = replace(vague, covariance=1e12 * vague.covariance)
    predictions = {**case.parts.predictions, "Z": make_prediction(folder, vague)}
    more = replace(case.parts, predictions=predictions, measurements=(*case.measurements, vague))
    tied = [source for _, source in case.untied[:1]]
    ties = (*case.ties, *((source, "Z_s0", rho) for source in tied))
    found, expected = replace(case, parts=more, ties=ties).answer(), case.answer()
    assert_same(found, expected, ROUNDING, [name for name in expected.pulls if name not in tied])
    for source in tied:
        np.testing.assert_allclose(found.pulls[source], expected.pulls[source], atol=ROUNDING)
        # global impacts of correlated nuisances are decorrelated by the symmetric root, so the two share one
        both = np.hypot(found.from_auxiliary[source], found.from_auxiliary["Z_s0"])
        assert abs(both - abs(expected.from_auxiliary[source])) < ROUNDING * expected.sigma


@law
@given(recipes)
def test_data_and_combination_move_together(folder: Path, recipe: Recipe) -> None:
    """Where each cross section is measured once, adding a constant to the data adds it to the combination."""
    case, rng = recipe.case(folder), recipe.rng()
    new, moves = [], []
    for m in case.measurements:
        moves.append(0.1 * m.values * rng.normal(size=len(m.bins)))
        new.append(replace(m, values=m.values + moves[-1]))
    before, after = case.answer(), case.with_measurements(*new).answer()
    sigma: FloatArray = np.sqrt(np.diag(before.covariance))
    np.testing.assert_allclose((after.values - before.values - np.concatenate(moves)) / sigma, 0.0, atol=ROUNDING)
    np.testing.assert_allclose(
        after.covariance / np.outer(sigma, sigma), before.covariance / np.outer(sigma, sigma), atol=ROUNDING
    )
    for name, pull in before.pulls.items():
        np.testing.assert_allclose(after.pulls[name], pull, atol=ROUNDING)
