"""Likelihoods of workspaces in a combination: which of their parameters are ours, and which are their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ttjroofit.card.patterns import match_names
from ttjroofit.card.statements import Card, ShapesStatement
from ttjroofit.errors import CardError
from ttjroofit.inputs.external import ExternalLikelihood, ExternalParameter
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.prior import Owner, StatedCorrelation

__all__ = [
    "check_external",
    "external_owners",
    "has_our_prior",
    "kept_for_external",
    "known_nuisances",
    "our_names",
    "own_of",
    "own_parameters",
    "refuse_external",
    "refuse_pearson",
    "used_shapes",
    "without_left_out",
]

UNIT = (0.0, 1.0)
"""Mean and standard deviation of the prior of a nuisance."""


def used_shapes(card: Card, measurements: Collection[str] | None) -> tuple[ShapesStatement, ...]:
    """The likelihoods of the card that are in use; ``measurements`` None stands for all."""
    return tuple(shapes for shapes in card.shapes if measurements is None or shapes.name in measurements)


def refuse_external(card: Card, options: ModelOptions) -> None:
    """Refuse what knows no likelihoods of workspaces.

    Raises:
        CardError: if one is in use.
    """
    for shapes in used_shapes(card, options.measurements):
        others = ",".join(statement.name for statement in card.measurements)
        raise CardError(
            f"only -M Fit (without toys) and -M Workspace know the likelihood of a workspace: use one of them, or "
            f"leave {shapes.name} out with --measurements {others}",
            shapes.place,
        )


def refuse_pearson(combination: Combination) -> None:
    """Refuse variances that follow the minimum of our own likelihood.

    Raises:
        CardError: if the likelihood of a workspace moves it.
    """
    for external in combination.external:
        raise CardError(
            f"--chi2 pearson does not know the likelihood of a workspace: leave {external.name} out with "
            "--measurements, or take --chi2 neyman",
            external.place,
        )


def without_left_out(
    card: Card, externals: Sequence[ExternalLikelihood], known: Sequence[str], theory: Theory | None
) -> Card:
    """The card without statements on nuisances that only a likelihood that was left out can have.

    Its file is not read, so that its names are not known: patterns that match nothing else are passed over.

    Args:
        card: with its ``shapes`` lines.
        externals: in use.
        known: nuisances of all measurements of the card and of ``externals``.
        theory: the prediction, whose parameters may be frozen and grouped too.
    """
    left_out = {shapes.name for shapes in card.shapes} - {external.name for external in externals}
    if not left_out:
        return card
    names = [*known, *_theory_priors(theory)]

    def is_known(pattern: str) -> bool:
        return bool(match_names(pattern, names))

    return replace(
        card,
        assumptions=tuple(line for line in card.assumptions if is_known(line.first) and is_known(line.second)),
        groups=tuple(
            replace(group, members=tuple(filter(is_known, group.members)))
            for group in card.groups
            if group.name not in left_out
        ),
        edits=tuple(edit for edit in card.edits if edit.action != "freeze" or is_known(edit.pattern)),
        errors_on_errors=tuple(line for line in card.errors_on_errors if is_known(line.pattern)),
    )


def known_nuisances(externals: Iterable[ExternalLikelihood], theory: Theory | None) -> list[str]:
    """Nuisances of workspaces that statements on the nuisances of measurements may name."""
    return [name for external in externals for name in external.nuisances if name not in _theory_priors(theory)]


def external_owners(
    externals: Iterable[ExternalLikelihood], owners: Mapping[str, Owner], theory: Theory | None
) -> dict[str, Owner]:
    """Nuisances that workspaces add to those of the measurements; the first that names one owns it."""
    added: dict[str, Owner] = {}
    for external in externals:
        for name in external.nuisances:
            if name not in owners and name not in _theory_priors(theory):
                added.setdefault(name, Owner(external.name, profiled=False, without_prior=False))
    return added


def our_names(owners: Mapping[str, Owner], theory: Theory | None) -> set[str]:
    """Names of all parameters but those that workspaces have for themselves."""
    return {*owners, *_theory_priors(theory)}


def own_parameters(externals: Iterable[ExternalLikelihood], ours: Collection[str]) -> tuple[ExternalParameter, ...]:
    """Parameters of workspaces that are none of ours, each once, constant ones left out."""
    own: dict[str, ExternalParameter] = {}
    for external in externals:
        for item in external.parameters:
            if item.name not in ours and not item.constant:
                own.setdefault(item.name, item)
    return tuple(own.values())


def own_of(combination: Combination) -> tuple[ExternalParameter, ...]:
    """`own_parameters` of a combination."""
    return own_parameters(combination.external, our_names(combination.owners, combination.theory))


def check_external(
    card: Card,
    options: ModelOptions,
    externals: Sequence[ExternalLikelihood],
    owners: Mapping[str, Owner],
    *,
    theory: Theory | None,
    stated: Sequence[StatedCorrelation],
) -> None:
    """Check that likelihoods of workspaces can be multiplied into a model.

    Args:
        card: names the masses.
        options: blinding, Asimov data and other masses do not go with them.
        externals: in use.
        owners: all nuisances, those of the workspaces included.
        theory: the prediction.
        stated: correlations in force.

    Raises:
        CardError: if something would be counted twice, be lost, or make no sense.
    """
    for i, external in enumerate(externals):
        _check_options(external, options)
        _check_masses(card, external, theory)
        for item in external.parameters:
            prior = _prior_of(item.name, owners, theory)
            if prior is not None:
                _check_prior(external, item, owners.get(item.name), prior)
        for other in externals[:i]:
            _check_together(external, other, owners, theory)
        _check_linked(external, owners, theory, stated)


def _check_options(external: ExternalLikelihood, options: ModelOptions) -> None:
    cure = f"leave {external.name} out with --measurements"
    if options.blind is not None:
        raise CardError(f"a workspace knows the true mass, so the fit cannot be blinded: {cure}", external.place)
    if options.asimov:
        raise CardError(f"-t -1: the data of a workspace are not replaced by Asimov data: {cure}", external.place)


def _check_masses(card: Card, external: ExternalLikelihood, theory: Theory | None) -> None:
    lost = {poi.name for poi in card.pois} - set(theory.parameters.names if theory is not None else ())
    for item in external.parameters:
        if item.name in lost:
            raise CardError(
                f"its parameter {item.name} is a mass of the card that is not fitted here: leave {external.name} out "
                "with --measurements, or --split",
                external.place,
            )


def _prior_of(name: str, owners: Mapping[str, Owner], theory: Theory | None) -> tuple[float, float] | None:
    """Mean and standard deviation of the prior that a parameter has from us."""
    if name in owners:
        return None if owners[name].without_prior else UNIT
    return _theory_priors(theory).get(name)


def _check_prior(
    external: ExternalLikelihood, item: ExternalParameter, owner: Owner | None, prior: tuple[float, float]
) -> None:
    """A parameter with a prior of ours must have the same one in the workspace, or none."""
    if item.constraint == "none" or (item.constraint == "unit" and prior == UNIT):
        return
    whose = f"that of {owner.measurement}" if owner is not None else "that of the prediction or the card"
    raise CardError(
        f"the constraint of {item.name} in the workspace is not its prior here, {whose}, N({prior[0]:g}, {prior[1]:g}):"
        f" if it is another parameter, rename it, {external.original(item.name)}=NEW",
        external.place,
    )


def _check_together(
    external: ExternalLikelihood, other: ExternalLikelihood, owners: Mapping[str, Owner], theory: Theory | None
) -> None:
    """One name in two workspaces is one parameter: with one constraint, and floating or the same constant in both."""
    ours, twins = our_names(owners, theory), {item.name: item for item in other.parameters}
    for item in external.parameters:
        twin = twins.get(item.name)
        if twin is None or _prior_of(item.name, owners, theory) is not None:
            continue
        cure = f"rename it, {external.original(item.name)}=NEW"
        floats = item.name in ours or not (item.constant and twin.constant)
        if floats and "none" not in (item.constraint, twin.constraint):
            raise CardError(
                f"{item.name} has a constraint in {other.name} too, which would count twice: {cure}", external.place
            )
        if item.name not in ours and (item.constant != twin.constant or (not floats and item.start != twin.start)):
            raise CardError(f"{item.name} is {_state(item)}, in {other.name} {_state(twin)}: {cure}", external.place)


def _state(item: ExternalParameter) -> str:
    return f"constant at {item.start:g}" if item.constant else "floating"


def _check_linked(
    external: ExternalLikelihood,
    owners: Mapping[str, Owner],
    theory: Theory | None,
    stated: Sequence[StatedCorrelation],
) -> None:
    names = {item.name for item in external.parameters}
    ours = our_names({name: owner for name, owner in owners.items() if owner.measurement != external.name}, theory)
    tied = {name for pair in stated for name in (pair.first, pair.second)}
    if not names & ours and not names & tied:
        raise CardError(
            f"none of its parameters ({', '.join(sorted(names)) or 'it has none'}) is one of the card: "
            "rename one, as MH=m_t, or state a correlation",
            external.place,
        )


def has_our_prior(combination: Combination, name: str) -> bool:
    """Whether a parameter has its prior from us, so that a workspace must not bring it once more."""
    return _prior_of(name, combination.owners, theory_of(combination)) is not None


def kept_for_external(combination: Combination) -> tuple[str, ...]:
    """Linear nuisances that stay explicit in the reduced model because a workspace depends on them."""
    theory, parents = theory_of(combination), combination.prior.parents
    out = combination.frozen | combination.prior.parameters_of(combination.explicit)
    names = dict.fromkeys(item.name for external in combination.external for item in external.parameters)
    linear = dict.fromkeys(parents[name][0] for name in names if name in parents)
    return (
        *(name for name in linear if name not in out),
        *(name for name in names if name in theory.interpolation_names),
    )


def _theory_priors(theory: Theory | None) -> dict[str, tuple[float, float] | None]:
    """Priors of the explicit parameters and the interpolation nuisances of the prediction."""
    if theory is None:
        return {}
    priors = {item.name: item.prior for item in theory.parameters.items}
    return priors | dict.fromkeys(theory.interpolation_names, UNIT)
