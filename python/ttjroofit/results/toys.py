"""The results of toys themselves: what was generated, and the fits of the masses to every toy."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.header import ModelHeader

__all__ = ["FITS_SCHEMA", "GENERATED_SCHEMA", "Estimate", "GeneratedToys", "MassOfToys", "ToyFitsResult"]

GENERATED_SCHEMA = "ttjroofit/toys/1"
FITS_SCHEMA = "ttjroofit/toy_fits/1"


@dataclass(frozen=True)
class GeneratedToys(ModelHeader):
    """What ``-M GenerateOnly`` wrote.

    Attributes:
        toys: how many.
        seed: of the run; toy i depends on it and on i alone.
        frequentist: whether auxiliary observables fluctuated.
        truth: what the toys were thrown from: masses, normalisations, theory nuisances, nuisances.
        observables: number of bins and of auxiliary observables of each toy.
        file: name of the file in the output folder.
    """

    toys: int
    seed: int
    frequentist: bool
    truth: dict[str, float]
    observables: int
    file: str


@dataclass(frozen=True)
class Estimate:
    """A number with its statistical error; None where too few toys are left."""

    value: float | None
    error: float | None


@dataclass(frozen=True)
class MassOfToys:
    """One mass in all toys, in its unit; the averages are over toys that converged.

    Attributes:
        truth: value that the toys were thrown with.
        unit: of the mass.
        mean: of the fitted values.
        width: their standard deviation.
        mean_hesse: mean of the errors.
        pull_mean, pull_width: of (value - truth) / error.
        values: of each toy in order, None where the fit failed.
        hesse: errors of each toy from the second derivative at its minimum, None where the fit failed.
    """

    truth: float
    unit: str
    mean: Estimate
    width: Estimate
    mean_hesse: float | None
    pull_mean: Estimate
    pull_width: Estimate
    values: list[float | None]
    hesse: list[float | None]


@dataclass(frozen=True)
class ToyFitsResult(ModelHeader):
    """The fits of ``-M Fit -t N``.

    Attributes:
        toys: how many, unconverged ones included.
        seed: they were thrown with; None for toys of a file that does not say.
        toys_frequentist: whether auxiliary observables fluctuated.
        toys_file: they were read from; None if they were thrown.
        toys_unconverged: number of toys whose fit failed.
        masses: name to what the toys say about it.
        chi2_toys: of each toy in order, None where the fit failed.
        ndf: degrees of freedom.
        chi2_mean: mean of ``chi2_toys``.
        good: all fits converged.
    """

    toys: int
    seed: int | None
    toys_frequentist: bool
    toys_file: str | None
    toys_unconverged: int
    masses: dict[str, MassOfToys]
    chi2_toys: list[float | None]
    ndf: int
    chi2_mean: Estimate
    good: bool
