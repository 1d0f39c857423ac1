"""Combined cross sections; neither ROOT nor a prediction is needed."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.cross_sections import Combined, combine_cross_sections
from ttjroofit.library.call import Chi2Form, call_of
from ttjroofit.library.model import Source, as_model
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.nuisance_correlation import NuisanceCorrelation
from ttjroofit.run.finish import timed
from ttjroofit.run.fit import fit_options

__all__ = ["cross_sections", "nuisance_correlation"]


def cross_sections(source: Source, *, chi2: Chi2Form = "neyman") -> CrossSections:
    """Combined cross sections with covariances, and impacts on every bin: ``-M CrossSections``.

    Args:
        source: model, card or path of a card; a prediction plays no role.
        chi2: ``pearson`` for statistical variances in proportion to the result.

    Raises:
        TtjroofitError: as of ``load``, or if the likelihood is not positive definite.

    Example:
        >>> combined = cross_sections("cards/atlas_cms.txt")
        >>> for name, value, sigma in list(zip(combined.bins, combined.values, combined.sigma))[:2]:
        ...     print(f"{name}: {value:.4g} +- {sigma:.2g}")
        CMS_13TeV_rho_0p0_0p3: 107.5 +- 12
        CMS_13TeV_rho_0p3_0p45: 611.9 +- 30
    """
    clock = Clock()
    with clock.stage("combination"):
        combined = _combine(source, chi2)
    return timed(combined.result, clock)


def nuisance_correlation(source: Source, *, chi2: Chi2Form = "neyman") -> NuisanceCorrelation:
    """Correlation of the nuisances after the combination, too large for the result of ``cross_sections``.

    Args:
        source: as of ``cross_sections``.
        chi2: as of ``cross_sections``.

    Raises:
        TtjroofitError: as of ``cross_sections``.
    """
    combined = _combine(source, chi2)
    return NuisanceCorrelation(list(combined.nuisances), combined.nuisance_correlation)


def _combine(source: Source, chi2: Chi2Form) -> Combined:
    model = as_model(source)
    how = fit_options(call_of(model, chi2=chi2), model.card)
    return combine_cross_sections(
        model.combination, scenario=how.scenario, pulls=how.pulls, asimov=how.asimov, form=how.chi2_form
    )
