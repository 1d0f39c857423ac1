"""Likelihoods of workspaces in a combination: which of their parameters are ours, and which are their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

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
    own = {item.name: item for external in externals for item in external.parameters if item.name not in ours}
    return tuple(item for item in own.values() if not item.constant)


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
    held: dict[str, ExternalLikelihood] = {}
    for external in externals:
        _check_options(external, options)
        _check_masses(card, external, theory)
        for item in external.parameters:
            _check_prior(external, item, owners.get(item.name), theory)
            if item.constraint == "own":
                other = held.setdefault(item.name, external)
                if other is not external:
                    raise CardError(
                        f"{item.name} has a constraint in {other.name} too, which would count twice: "
                        f"rename it, {external.original(item.name)}=NEW",
                        external.place,
                    )
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


def _check_prior(
    external: ExternalLikelihood, item: ExternalParameter, owner: Owner | None, theory: Theory | None
) -> None:
    """A parameter with a prior of ours must have the same one in the workspace, or none."""
    prior = _theory_priors(theory).get(item.name)
    if owner is not None:
        prior = None if owner.without_prior else UNIT
    if prior is None or item.constraint == "none" or (item.constraint == "unit" and prior == UNIT):
        return
    whose = f"that of {owner.measurement}" if owner is not None else "that of the prediction or the card"
    raise CardError(
        f"the constraint of {item.name} in the workspace is not its prior here, {whose}, N({prior[0]:g}, {prior[1]:g}):"
        f" if it is another parameter, rename it, {external.original(item.name)}=NEW",
        external.place,
    )


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
    if name in combination.owners:
        return not combination.owners[name].without_prior
    return _theory_priors(theory_of(combination)).get(name) is not None


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
