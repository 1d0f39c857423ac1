"""Our likelihood times those of workspaces: one product where the data are one entry, else one channel for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttjroofit.roofit.external import WEIGHT, Attached
from ttjroofit.roofit.owner import GLOBAL_TAG, Owner

__all__ = ["INDEX", "OURS", "joint_data", "joint_pdf"]

INDEX = "likelihood"
"""Category whose states are our bins and the channels of workspaces."""

OURS = "combination"
"""State of our bins."""


def joint_pdf(
    owner: Owner, name: str, factors: Sequence[Any], observed: Sequence[Any], attached: Sequence[Attached]
) -> Any:
    """The product of the factors of a model of ours and the likelihoods of workspaces.

    Likelihoods of one entry without a weight are factors like ours, with one joint entry of data. With others it is a
    RooSimultaneous over ``INDEX``. Each of its states holds the constraints of its own parameters, or RooFit would drop
    them; it counts them once.

    Args:
        owner: keeps what is made.
        name: of the pdf.
        factors: pdfs of our bins and constraints.
        observed: variables of our bins.
        attached: likelihoods of workspaces.
    """
    ROOT = owner.ROOT
    flat = [*factors, *(pdf for one in attached if one.source.single for pdf in _factors(one))]
    several = [one for one in attached if not one.source.single]
    if not several:
        return owner.product(name, flat)
    counted = any(one.extended for one in several)
    ours = owner.product(f"{name}_{OURS}", flat)
    states = {OURS: _counted(owner, ours, 1.0) if counted else ours}
    bins = ROOT.RooArgSet(owner.arguments(observed))
    constraints = [factor for factor in factors if not factor.dependsOn(bins)]
    constraints += [pdf for one in several for pdf in one.constraints]
    for one in several:
        for label, channel in one.channels.items():
            events = None if one.extended or not counted else float(one.data[label].sumEntries())
            pdf = channel if events is None else _counted(owner, channel, events)
            own = [factor for factor in constraints if factor.dependsOn(channel.getVariables())]
            state = _state(one, label)
            states[state] = owner.product(f"{name}_{state}", [pdf, *own]) if own else pdf
    simultaneous = owner.keep(ROOT.RooSimultaneous(name, name, _index(owner, several)))
    for state, pdf in states.items():
        simultaneous.addPdf(pdf, state)
    simultaneous.setStringAttribute("DefaultGlobalObservablesTag", GLOBAL_TAG)
    return simultaneous


def joint_data(owner: Owner, observed: Sequence[Any], attached: Sequence[Attached]) -> Any:
    """The data ``data_obs`` of ``joint_pdf``."""
    ROOT, title = owner.ROOT, "observed cross sections"
    several = [one for one in attached if not one.source.single]
    ours = ROOT.RooArgSet(owner.arguments(observed))
    for one in attached:
        if one.source.single:
            for variable, value in zip(one.observables, _first_entry(one), strict=True):
                variable.setVal(value)
                ours.add(variable)
    if not several:
        data = ROOT.RooDataSet("data_obs", title, ours)
        data.add(ours)
        return data
    weight = owner.objects[WEIGHT]
    weighted = ROOT.RooFit.WeightVar(weight)
    entry = ROOT.RooDataSet(OURS, title, ROOT.RooArgSet(ours, weight), weighted)
    entry.add(ours, 1.0)
    parts = {OURS: entry, **{_state(one, label): part for one in several for label, part in one.data.items()}}
    columns = ROOT.RooArgSet(ours, weight)
    for one in several:
        for variable in one.observables:
            columns.add(variable)
    index = ROOT.RooFit.Index(_index(owner, several))
    # one option for all states: a RooDataSet takes eight options
    return ROOT.RooDataSet("data_obs", title, columns, index, ROOT.RooFit.Import(parts), weighted)


def _factors(one: Attached) -> tuple[Any, ...]:
    return (*one.channels.values(), *one.constraints)


def _counted(owner: Owner, pdf: Any, events: float) -> Any:
    """The same pdf with a constant expectation of its number of events: all states must have one, or none."""
    name = f"{pdf.GetName()}_counted"
    return owner.keep(owner.ROOT.RooExtendPdf(name, name, pdf, owner.constant(events)))


def _state(one: Attached, label: str) -> str:
    return f"{one.source.name}_{label}" if label else one.source.name


def _index(owner: Owner, several: Sequence[Attached]) -> Any:
    if INDEX not in owner.objects:
        index = owner.keep(owner.ROOT.RooCategory(INDEX, "likelihood of an entry"))
        for state in (OURS, *(_state(one, label) for one in several for label in one.channels)):
            index.defineType(state)
    return owner.objects[INDEX]


def _first_entry(one: Attached) -> list[float]:
    row = one.data[""].get(0)
    return [float(row.find(variable.GetName()).getVal()) for variable in one.observables]
