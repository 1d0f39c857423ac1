"""Checks of stated prior correlations and their scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject, named
from ttjroofit.card.patterns import match_names
from ttjroofit.card.scenarios import active_assumptions
from ttjroofit.card.statements import Assumption, Repair
from ttjroofit.errors import CardError, Place
from ttjroofit.model.prior import build_prior, state_correlations
from ttjroofit.model.repair import SMALLEST_EIGENVALUE

__all__ = ["CHECKS"]


def _repaired(subject: Subject, threshold: float) -> Iterator[Found]:
    prior = subject.combination.prior
    if prior.repaired is None:
        return
    changes = [(f"{pair.first} ~ {pair.second}", abs(used - pair.nominal)) for pair, used in prior.changes()]
    changed = [item for item in changes if item[1] > threshold]
    before = prior.repaired.eigenvalue_before
    message = (
        f"the stated correlations have the eigenvalue {before:.3g}: `repair {prior.repaired.method}` changed "
        f"{len(changed)} of {len(changes)} by more than {threshold:g}"
    )
    if changed:
        yield Found(message, changed, None, subject.card.repair.place if subject.card.repair is not None else None)


def _near_singular(subject: Subject, threshold: float) -> Iterator[Found]:
    prior = subject.combination.prior
    if prior.repaired is not None or not len(prior.parameters):
        return
    values, vectors = np.linalg.eigh(prior.correlation)
    if values[0] < threshold:
        carriers = np.argsort(-np.abs(vectors[:, 0]), kind="stable")[:3]
        names = [(prior.parameters[i], float(values[0])) for i in carriers]
        yield Found("the prior correlation matrix is nearly singular: its smallest eigenvalue is carried by", names)


def _impossible_scenarios(subject: Subject, _: float) -> Iterator[Found]:
    bad = []
    for scenario in subject.card.scenarios:
        smallest = _smallest_eigenvalue(subject, active_assumptions(subject.card, scenario.name), scenario.place)
        if smallest is not None:
            bad.append((scenario.name, smallest))
    if bad:
        message = f"scenarios that are not positive definite as stated ({len(bad)}), with their smallest eigenvalue"
        yield Found(message, sorted(bad, key=lambda item: item[1]), None, subject.card.scenarios[0].place)


def _smallest_eigenvalue(subject: Subject, assumptions: Sequence[Assumption], place: Place) -> float | None:
    """Smallest eigenvalue of what assumptions state; None if they are possible, NaN if they contradict each other."""
    everything = subject.combination.owners
    usable = [line for line in assumptions if not _unmatched(subject, line)]
    try:
        stated = state_correlations(usable, everything, list(everything))
        concerned = {name for pair in stated for name in (pair.first, pair.second)}
        owners = {name: owner for name, owner in everything.items() if name in concerned}
        prior = build_prior(owners, stated, Repair("shrink", place))
    except CardError:
        return float("nan")
    return None if prior.repaired is None else prior.repaired.eigenvalue_before


def _unmatched(subject: Subject, line: Assumption) -> list[str]:
    known = tuple(subject.combination.owners)
    return [pattern for pattern in (line.first, line.second) if not match_names(pattern, known)]


def _unknown_out_of_force(subject: Subject, _: float) -> Iterator[Found]:
    if len(subject.card.measurements) != len(subject.measurements):
        return
    in_force = {line.place for line in active_assumptions(subject.card, subject.scenario)}
    for line in subject.card.assumptions:
        if line.place not in in_force:
            unknown = named(_unmatched(subject, line))
            if unknown:
                message = f"block '{line.block}', which is not in force, names a nuisance that does not exist"
                yield Found(message, unknown, None, line.place)


def _unused_blocks(subject: Subject, _: float) -> Iterator[Found]:
    in_scenario = {block for scenario in subject.card.scenarios for block in scenario.blocks}
    unused: dict[str, Place] = {}
    for line in subject.card.assumptions:
        if line.block not in in_scenario:
            unused.setdefault(line.block, line.place)
    if unused and subject.card.scenarios:
        yield Found(
            f"correlation blocks in no scenario ({len(unused)})", named(unused), None, next(iter(unused.values()))
        )


CHECKS = (
    Check(
        "correlations-repaired",
        "a repair changed stated correlations",
        0.01,
        "correlations are guessed to two digits",
        "state correlations that are possible together: -M CorrelationScan lists the admissible range of each",
        _repaired,
    ),
    Check(
        "prior-near-singular",
        "the prior correlation matrix is nearly singular",
        SMALLEST_EIGENVALUE,
        "below, the numerical Hessian that Minuit makes of the full model is no longer positive definite",
        "lower the stated correlations that are close to +-1, or state exactly 1 for one parameter with two names",
        _near_singular,
    ),
    Check(
        "scenario-impossible",
        "a scenario of the card is not positive definite as stated, or contradicts itself (no number)",
        0.0,
        "no variance is negative",
        "lower its correlations, or rely on the `repair` of the card",
        _impossible_scenarios,
    ),
    Check(
        "name-unknown-out-of-force",
        "a correlation that is not in force names a nuisance that does not exist",
        None,
        "",
        "correct the name: the scenario that holds the block is an error",
        _unknown_out_of_force,
    ),
    Check(
        "block-unused",
        "a correlation block is in no scenario",
        None,
        "",
        "name it in a `scenario` line, or remove it",
        _unused_blocks,
    ),
)
