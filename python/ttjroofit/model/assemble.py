"""From a card and its inputs to a combination: names resolved, counts checked, choices applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ttjroofit.card.scenarios import active_assumptions
from ttjroofit.card.statements import Card, MeasurementStatement
from ttjroofit.errors import CardError, InputError, OptionError, Place, suggestion
from ttjroofit.inputs.external import ExternalLikelihood
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.model.blinding import VARIABLE, blind_theory
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.detach import detach_responses
from ttjroofit.model.edits import apply_edits
from ttjroofit.model.elimination import design
from ttjroofit.model.errors_on_errors import resolve_errors_on_errors
from ttjroofit.model.explicit import with_explicit
from ttjroofit.model.external import (
    check_external,
    external_owners,
    known_nuisances,
    our_names,
    own_parameters,
    refuse_external,
    without_left_out,
)
from ttjroofit.model.files import require_file
from ttjroofit.model.freezing import Frozen, choose_frozen
from ttjroofit.model.groups import collect_groups
from ttjroofit.model.names import check_names
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.prior import Owner, Prior, build_prior, state_correlations
from ttjroofit.model.smoothing import apply_smoothing
from ttjroofit.model.theory import adjust_theory, build_theory
from ttjroofit.model.truths import check_mass_fit, truths_of_bins

__all__ = ["assemble", "check_name", "load_combination"]


def load_combination(
    card: Card, options: ModelOptions | None = None, externals: Sequence[ExternalLikelihood] | None = None
) -> Combination:
    """Read the measurements and predictions that a card names and assemble them.

    Args:
        card: the card.
        options: choices beyond the card.
        externals: the likelihoods of workspaces in use, which need ROOT to be read; None for what knows none.

    Raises:
        TtjroofitError: whatever is wrong with card, inputs or options, by its place.
    """
    options = options or ModelOptions()
    if externals is None:
        refuse_external(card, options)
    measurements = tuple(_read_named(card))
    return assemble(card, measurements, options, externals or ())


def _read_named(card: Card) -> list[Measurement]:
    read = []
    for statement in card.measurements:
        measurement = read_measurement(require_file(statement.path, statement.place))
        check_name(statement, measurement)
        read.append(measurement)
    return read


def check_name(statement: MeasurementStatement, measurement: Measurement) -> None:
    """Check that a file calls its measurement as the card does.

    Raises:
        CardError: if it does not.
    """
    if measurement.name != statement.name:
        raise CardError(
            f"the card calls it {statement.name}, the file {statement.path} calls it {measurement.name}: "
            "use one name, nuisances and predictions refer to it",
            statement.place,
        )


def assemble(
    card: Card,
    measurements: Sequence[Measurement],
    options: ModelOptions,
    externals: Sequence[ExternalLikelihood] = (),
) -> Combination:
    """Make the combination of measurements already read.

    Args:
        card: what is said about them.
        measurements: all measurements of the card, in its order.
        options: choices beyond the card.
        externals: the likelihoods of workspaces in use.
    """
    edited, smoothed = apply_smoothing(apply_edits(measurements, card.edits), card.smooths)
    _check_unique(edited)
    _check_counts(card, edited)
    published = (options.pulls or card.pulls) == "published"
    used = tuple(_prepared(m, published) for m in _choose_measurements(card, edited, options.measurements))
    theory = _theory(card, used, options)
    owners = _owners(used)
    _check_apart(used, owners, theory)
    owners |= external_owners(externals, owners, theory)
    known = [name for measurement in edited for name in measurement.nuisances] + known_nuisances(externals, theory)
    card = without_left_out(card, externals, known, theory)
    stated = state_correlations(active_assumptions(card, options.scenario), owners, known)
    check_external(card, options, externals, owners, theory=theory, stated=stated)
    prior = build_prior(owners, stated, card.repair)
    groups = collect_groups(card, [*edited, *externals], [*used, *externals], theory)
    own = own_parameters(externals, our_names(owners, theory))
    frozen = choose_frozen(card, options, prior, groups, theory=theory, known=known, own=own)
    observed = {m.name: _observed(m, published) for m in used}
    combination = Combination(
        card=card.path,
        measurements=used,
        owners=owners,
        observed=observed,
        prior=prior,
        starts=_starts(prior, used, observed, frozen),
        frozen=frozen.nuisances,
        groups=groups,
        theory=adjust_theory(theory, frozen.theory, frozen.values, options.ranges) if theory is not None else None,
        truth_of=truths_of_bins(card, edited, used),
        smoothed=tuple(curve for curve in smoothed if curve.measurement in observed),
        errors_on_errors=_floating(resolve_errors_on_errors(card.errors_on_errors, prior, owners, known), frozen),
        external=tuple(
            external.adjusted(frozen.own | frozen.theory, frozen.values, options.ranges) for external in externals
        ),
    )
    if theory is not None:
        check_mass_fit(card, combination.truths, combination.bins)
    combination = with_explicit(combination)
    return _asimov(combination, frozen.values) if options.asimov else combination


def _check_apart(used: Sequence[Measurement], owners: Mapping[str, Owner], theory: Theory | None) -> None:
    """Names of different kinds must differ."""
    check_names(
        {
            "bin": [name for measurement in used for name in measurement.bins],
            "nuisance of a measurement": list(owners),
            "parameter of the prediction": theory.parameters.names if theory is not None else (),
            "nuisance of the interpolation": theory.interpolation_names if theory is not None else (),
        }
    )


def _theory(card: Card, used: Sequence[Measurement], options: ModelOptions) -> Theory | None:
    # an Asimov data set knows nothing of the mass in the data
    if card.blind is not None and options.blind is None and not options.asimov:
        raise CardError(f"the card asks for blinding: give --blind SALT or set {VARIABLE}", card.blind.place)
    theory = build_theory(card, used, options.split)
    return theory if theory is None or options.blind is None else blind_theory(theory, options.blind, card.params)


def _check_unique(measurements: Sequence[Measurement]) -> None:
    for kind in ("bins", "nuisances"):
        seen: dict[str, Measurement] = {}
        for measurement in measurements:
            for name in getattr(measurement, kind):
                if name in seen:
                    raise InputError(
                        f"{kind[:-1]} {name} is also in {seen[name].path}: names must be unique over a combination; "
                        "rename one and state a correlation of 1 if they are the same parameter",
                        Place(measurement.path),
                    )
                seen[name] = measurement


def _check_counts(card: Card, measurements: Sequence[Measurement]) -> None:
    counted = {
        "imax": (sum(len(m.bins) for m in measurements), "bins"),
        "jmax": (max(len(card.pois) - 1, 0), "mass parameters minus 1"),
        "kmax": (sum(len(m.nuisances) for m in measurements), "nuisance parameters"),
    }
    for count in card.counts:
        found, noun = counted[count.keyword]
        if count.value is not None and count.value != found:
            raise CardError(
                f"{count.keyword} says {count.value} {noun}, the inputs have {found}: "
                f"correct it or write `{count.keyword} *`",
                count.place,
            )


def _choose_measurements(
    card: Card, measurements: Sequence[Measurement], names: tuple[str, ...] | None
) -> tuple[Measurement, ...]:
    if names is None:
        return tuple(measurements)
    external = [shapes.name for shapes in card.shapes]
    known = [measurement.name for measurement in measurements] + external
    if set(names) <= set(external):
        raise OptionError(f"--measurements: no measurement with bins is given; the card has {', '.join(known)}")
    for name in names:
        if name not in known:
            raise OptionError(f"--measurements: no measurement {name} in the card{suggestion(name, known)}")
    return tuple(measurement for measurement in measurements if measurement.name in names)


def _prepared(measurement: Measurement, published: bool) -> Measurement:
    """The measurement as the model takes it: profiled nuisances that are not linear out of its covariance."""
    detached = detach_responses(measurement)
    if published or detached is measurement:
        return detached
    return replace(detached, profiled_values=np.zeros(len(measurement.profiled)))


def _owners(measurements: Sequence[Measurement]) -> dict[str, Owner]:
    return {
        name: Owner(measurement.name, name in set(measurement.profiled), name in measurement.without_prior)
        for measurement in measurements
        for name in measurement.nuisances
    }


def _observed(measurement: Measurement, published: bool) -> FloatArray:
    pulls = measurement.profiled_values if published else np.zeros(len(measurement.profiled))
    return np.concatenate([measurement.values, pulls])


def _starts(
    prior: Prior, used: Sequence[Measurement], observed: Mapping[str, FloatArray], frozen: Frozen
) -> FloatArray:
    """Start values of the prior parameters, shape (q,)."""
    starts = np.zeros(len(prior.parameters))
    for measurement in used:
        profiled = observed[measurement.name][len(measurement.bins) :]
        _set_parameters(prior, starts, dict(zip(measurement.profiled, profiled, strict=True)))
    _set_parameters(prior, starts, frozen.values)
    return starts


def _asimov(combination: Combination, given: Mapping[str, float]) -> Combination:
    """Data equal to their expectation at the start values, all nuisances at 0 unless set."""
    if combination.theory is None:
        raise OptionError("-t -1: an Asimov data set needs a prediction; the card has no `theory` line")
    phi = np.zeros(len(combination.prior.parameters))
    _set_parameters(combination.prior, phi, given)
    start = dict(zip(combination.prior.parameters, phi.tolist(), strict=True))
    # a profiled nuisance that is explicit starts, and if frozen stays, at its published value otherwise
    theory = replace(combination.theory, parameters=combination.theory.parameters.started_at(start))
    truth = np.concatenate([theory.spectrum.value(theory.parameters.start), phi])
    observed = {m.name: design(combination, m) @ truth for m in combination.measurements}
    return replace(combination, observed=observed, starts=phi, theory=theory)


def _floating(errors: Mapping[str, float], frozen: Frozen) -> dict[str, float]:
    """Those of nuisances that float: the constraint of a frozen one plays no role."""
    return {name: relative for name, relative in errors.items() if name not in frozen.nuisances}


def _set_parameters(prior: Prior, phi: FloatArray, values: Mapping[str, float]) -> None:
    """Put values of nuisances into the prior parameters, shape (q,); names of other parameters are passed over."""
    parents = prior.parents
    position = {name: i for i, name in enumerate(prior.parameters)}
    for name, value in values.items():
        if name in parents:
            parent, sign = parents[name]
            phi[position[parent]] = sign * value
