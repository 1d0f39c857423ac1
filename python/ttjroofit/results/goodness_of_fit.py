"""The result of ``-M GoodnessOfFit``: how well one fit describes the data, by the chi2 distribution and by toys."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import FitStatus
from ttjroofit.results.header import ModelHeader

__all__ = ["SCHEMA", "GoodnessOfFitResult"]

SCHEMA = "ttjroofit/goodness_of_fit/1"


@dataclass(frozen=True)
class GoodnessOfFitResult(ModelHeader):
    """Everything ``-M GoodnessOfFit`` has to say; without toys all fields that speak of them are None.

    Attributes:
        engine, asimov: as in the fit.
        algorithm: ``saturated``: chi2 is twice the log-likelihood ratio to the saturated model.
        chi2: of the data, at the minimum.
        ndf: degrees of freedom.
        p_value_asymptotic: from the chi2 distribution.
        p_value_toys: share of the converged toys with a chi2 of the data's or more.
        p_value_toys_error: half of the 68.27% Wilson interval of that share, not 0 where the share is.
        toys: number of toys, unconverged ones included.
        seed: they were thrown with; None for toys of a file that does not say.
        toys_frequentist: whether auxiliary observables fluctuated.
        toys_file: they were read from; None if they were thrown.
        toys_unconverged: number of toys whose fit failed.
        chi2_toys: of each toy in order, None where the fit failed.
        status: of the fit of the data.
        good: the fit of the data and those of all toys converged.
    """

    engine: str
    asimov: bool
    algorithm: str
    chi2: float
    ndf: int
    p_value_asymptotic: float
    p_value_toys: float | None
    p_value_toys_error: float | None
    toys: int | None
    seed: int | None
    toys_frequentist: bool | None
    toys_file: str | None
    toys_unconverged: int | None
    chi2_toys: list[float | None] | None
    status: FitStatus
    good: bool
