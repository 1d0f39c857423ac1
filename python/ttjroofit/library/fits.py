"""Fits of the masses, what every nuisance does to them, and the workspace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, get_args

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import Fitted, fit_masses
from ttjroofit.analysis.impacts import compute_impacts
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.analysis.singles import fit_singles
from ttjroofit.library.call import MINIMIZER, Chi2Form, Engine, call_of
from ttjroofit.library.choices import Names, names_of, one_of, whole
from ttjroofit.library.model import Source, as_model
from ttjroofit.model.elimination import eliminate
from ttjroofit.results.fit import FitResult
from ttjroofit.results.impacts import ImpactsResult
from ttjroofit.results.singles import SinglesResult
from ttjroofit.roofit.workspace import build_workspace
from ttjroofit.run.finish import timed
from ttjroofit.run.fit import fit_options

__all__ = ["fit", "fit_workspace", "impacts", "intervals", "workspace"]

Approximation = Literal["analytic", "none"]


def fit(
    source: Source,
    *,
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
    chi2: Chi2Form = "neyman",
    verbosity: int = 0,
) -> FitResult:
    """Fit the masses by RooFit: ``-M Fit``.

    Args:
        source: model, card or path of a card.
        engine: ``reduced``, or ``full`` with every nuisance explicit.
        minimizer: of ROOT, ``NAME[,ALGORITHM]``.
        chi2: ``pearson`` for statistical variances in proportion to the result.
        verbosity: of ROOT, 0 to 4.

    Returns:
        Masses, nuisances and all that follows. A fit that failed is a result too: see ``result.status.good``.

    Raises:
        TtjroofitError: if there is nothing to fit, or ROOT is missing.

    Example:
        >>> mass = fit("cards/atlas8.txt").parameters["m_t"]
        >>> f"{mass.value:.2f} +- {mass.hesse:.2f} {mass.unit}"
        '171.88 +- 1.35 GeV'
    """
    return fit_workspace(source, engine=engine, minimizer=minimizer, chi2=chi2, verbosity=verbosity).result


def fit_workspace(
    source: Source,
    *,
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
    chi2: Chi2Form = "neyman",
    verbosity: int = 0,
) -> Fitted:
    """As ``fit``, and keep what it was made with.

    Args:
        source: as of ``fit``.
        engine: as of ``fit``.
        minimizer: as of ``fit``.
        chi2: as of ``fit``.
        verbosity: as of ``fit``.

    Returns:
        The ``result`` of ``fit`` with the RooWorkspace ``workspace``, its snapshots ``prefit`` and ``postfit``, the
        RooFitResult ``roofit_result``, and the covariance of all parameters, nuisances included, in ``posterior``.

    Raises:
        TtjroofitError: as of ``fit``.
    """
    model, clock = as_model(source, external=True), Clock()
    run = call_of(model, engine=engine, minimizer=minimizer, chi2=chi2, verbosity=whole("verbosity", verbosity, 0))
    fitted = fit_masses(model.combination, fit_options(run, model.card), clock)
    return replace(fitted, result=timed(fitted.result, clock))


def impacts(
    source: Source,
    *,
    named: Names | None = None,
    approx: Approximation = "analytic",
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
) -> ImpactsResult:
    """Impacts of the nuisances on the masses, pulls and constraints: ``-M Impacts``.

    Args:
        source: model, card or path of a card.
        named: names, patterns or ``rgx{...}`` of nuisances; None for all of them.
        approx: ``none`` fits the full model anew for each nuisance, half a second each.
        engine: as of ``fit``.
        minimizer: as of ``fit``.

    Raises:
        TtjroofitError: as of ``fit``, or if a name matches nothing.
    """
    one_of("approx", approx, get_args(Approximation))
    model, clock = as_model(source), Clock()
    run = call_of(model, engine=engine, minimizer=minimizer)
    fitted = fit_masses(model.combination, fit_options(run, model.card), clock)
    chosen = names_of(named) if named is not None else None
    return timed(compute_impacts(fitted, clock, named=chosen, refit=approx == "none"), clock)


def intervals(source: Source, parameters: Names = (), *, minimizer: str = MINIMIZER) -> SinglesResult:
    """MINOS errors and 68% and 95% intervals of parameters of any kind: ``-M MultiDimFit --algo singles``.

    Args:
        source: model, card or path of a card.
        parameters: masses, normalisations, nuisances; all masses that float unless given.
        minimizer: as of ``fit``.

    Raises:
        TtjroofitError: as of ``fit``, or for a parameter that cannot be scanned.
    """
    model, clock = as_model(source), Clock()
    how = fit_options(call_of(model, minimizer=minimizer), model.card)
    options = ScanOptions(algo="singles", parameters=names_of(parameters))
    return timed(fit_singles(model.combination, options, how, clock), clock)


def workspace(source: Source) -> Any:
    """The RooWorkspace ``w`` before any fit: pdfs ``reduced`` and ``full``, data ``data_obs``, their ModelConfigs.

    Args:
        source: model, card or path of a card.

    Returns:
        ROOT.RooWorkspace; docs/workspace.md says what is in it.

    Raises:
        TtjroofitError: for a card without a prediction, or if ROOT is missing.
    """
    combination = as_model(source, external=True).combination
    return build_workspace(combination, eliminate(combination))
