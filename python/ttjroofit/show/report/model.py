"""The tables of what is assumed: choices of the model, prior correlations, and scenarios of them."""

from __future__ import annotations

from ttjroofit.results.report import AssumedCorrelation, ModelAssumptions, ReportResult
from ttjroofit.results.scenarios import ScenarioResult
from ttjroofit.show.numbers import chi2_text, p_text
from ttjroofit.show.report.table import Cell, Table, number, rows_of, words

__all__ = ["model_tables", "repair_text"]


def model_tables(result: ReportResult) -> list[Table]:
    """Choices, correlations and scenarios; correlations and scenarios only if the card has any."""
    tables = [_choices(result.model)]
    if result.model.correlations:
        tables.append(_correlations(result.model.correlations))
    if result.scenarios:
        tables.append(_scenarios(result.scenarios))
    return tables


def repair_text(result: ReportResult) -> str:
    """What the repair of the prior correlations did, or that none was needed."""
    repair = result.cross_sections.prior_repair
    if repair is None:
        smallest = result.validation.smallest_eigenvalue
        return f"The prior correlation matrix is positive definite as stated: smallest eigenvalue {smallest:.3g}."
    factor = f" by the factor {repair.factor:.4f}" if repair.factor is not None else ""
    return (
        f"The stated prior correlation matrix is not positive definite (smallest eigenvalue "
        f"{repair.eigenvalue_before:.3g}). The card asks for `repair {repair.method}`, which changed "
        f"{len(repair.changes)} stated correlations{factor}; the smallest eigenvalue is {repair.eigenvalue_after:.3g} "
        "now."
    )


def _choices(model: ModelAssumptions) -> Table:
    masses = "; ".join(f"{mass}: {', '.join(measurements)}" for mass, measurements in model.masses.items())
    prediction = [
        ("Masses and the measurements they are fitted to", masses),
        ("Interpolation in the mass", f"polynomial of order {model.interpolation}"),
        ("PDF nuisances", model.pdf),
        ("Theory nuisance parameters", "used" if model.tnp else "off"),
        ("Scale variations", model.scale),
    ]
    facts = [
        *(prediction if model.masses else [("Prediction", "none: cross sections only")]),
        ("Data", "Asimov data set" if model.asimov else "as published"),
        ("Values of profiled nuisances", "as published" if model.pulls == "published" else "zero, for comparison only"),
        ("Correlation scenario", model.scenario or "none"),
        ("Stated prior correlations in force", str(len(model.correlations))),
        ("Repair of the prior correlations", model.repair or "none: an impossible matrix is an error"),
        ("One parameter with another name", ", ".join(model.merged)),
        ("Frozen nuisances", ", ".join(model.frozen)),
        ("Combined bins", "; ".join(f"{true} = {', '.join(bins)}" for true, bins in model.combined.items())),
        ("Smoothed sources", ", ".join(model.smoothed)),
        ("Errors on errors", ", ".join(f"{name} {size:g}" for name, size in model.errors_on_errors.items())),
    ]
    return Table("choices", "Choices of the model.", ("What", "Choice"), rows_of(facts))


def _correlations(correlations: list[AssumedCorrelation]) -> Table:
    return Table(
        "correlations",
        "Prior correlations in force, those that the repair changed most first. All other pairs of different "
        "measurements are uncorrelated.",
        ("Nuisance", "with", "Block", "Stated", "Low", "High", "Used", "Line of the card"),
        tuple(
            (
                words(item.nuisances[0]),
                words(item.nuisances[1]),
                words(item.block),
                *(number(value) for value in (item.nominal, item.low, item.high)),
                number(item.used, 3),
                words(item.place),
            )
            for item in correlations
        ),
        interactive=True,
    )


def _scenarios(scenarios: list[ScenarioResult]) -> Table:
    return Table(
        "scenarios",
        "The first mass with each correlation scenario of the card, in GeV. Merged: names that a correlation of +-1 "
        "makes one parameter with another.",
        (
            "Scenario", "Pairs", "Merged", "Smallest eigenvalue", "Repair",
            "Mass", "Total", "Exp", "Stat", "PDF", "TNP", "chi2/ndf", "p",
        ),
        tuple(_scenario(scenario) for scenario in scenarios),
        interactive=True,
    )  # fmt: skip


def _scenario(scenario: ScenarioResult) -> tuple[Cell, ...]:
    fit, smallest = scenario.fit, scenario.smallest_eigenvalue
    start = (
        words(f"{scenario.name} (in force)" if scenario.in_force else scenario.name),
        number(scenario.correlations, 0),
        number(scenario.merged, 0),
        number(smallest, text=None if smallest is None else f"{smallest:.2g}"),
    )
    if fit is None:
        return (*start, words(f"no fit: {scenario.error}"), *(words(""),) * 8)
    goodness = fit.goodness_of_fit
    return (
        *start,
        words(scenario.repair.method if scenario.repair is not None else "none"),
        number(fit.mass, 3),
        number(fit.total, 3),
        *(number(part) for part in (fit.exp, fit.stat, fit.pdf, fit.tnp)),
        number(goodness.chi2, text=chi2_text(goodness)),
        number(goodness.p_value, text=p_text(goodness.p_value)),
    )
