"""The figure of ``-M GoodnessOfFit`` with toys."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.show.goodness_of_fit import goodness_of_fit_failures
from ttjroofit.show.numbers import fixed, p_text
from ttjroofit.show.style import Heading
from ttjroofit.show.toys import source_text
from ttjroofit.show.toys_histogram import chi2_histogram, toy_histogram

__all__ = ["goodness_of_fit_figures"]


def goodness_of_fit_figures(result: GoodnessOfFitResult) -> dict[str, Figure]:
    """``goodness_of_fit``: chi2 of all toys, the chi2 distribution, the chi2 observed; none without toys."""
    if result.chi2_toys is None or result.toys is None:
        return {}
    warnings = [*goodness_of_fit_failures(result), *(["Asimov data set"] if result.asimov else [])]
    toys = f"{fixed(result.p_value_toys, 4)} \u00b1 {fixed(result.p_value_toys_error, 4)}"
    notes = [
        source_text(result.toys, result.seed, frequentist=bool(result.toys_frequentist), file=result.toys_file),
        rf"$p$ = {toys} (toys), {p_text(result.p_value_asymptotic)} ($\chi^2$ distribution)",
    ]
    content = chi2_histogram(
        np.array([value for value in result.chi2_toys if value is not None]),
        result.ndf,
        observed=(result.chi2, rf"observed, $\chi^2$ = {fixed(result.chi2)}"),
        x_label=r"$\chi^2 = -2\,\ln(L / L_\mathrm{saturated})$",
        notes=notes,
    )
    heading = Heading(f"{result.card}: goodness of fit", tuple(result.quality), tuple(warnings))
    return {"goodness_of_fit": toy_histogram(content, heading)}
