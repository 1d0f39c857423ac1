"""The result of ``-M Fit``: masses with their uncertainties, all nuisances, spectra, and the state of the fit."""

from __future__ import annotations

from dataclasses import dataclass, field

from ttjroofit.errors import ModelError
from ttjroofit.results.header import ModelHeader
from ttjroofit.results.smoothing import SmoothedShift

__all__ = [
    "SCHEMA",
    "Breakdown",
    "CorrelationMatrix",
    "Envelope",
    "ExternalResult",
    "FitResult",
    "FitStatus",
    "GoodnessOfFit",
    "Interval",
    "NuisanceResult",
    "ParameterResult",
    "PriorRepair",
    "RepairedCorrelation",
    "ScaleUncertainty",
    "SpectrumResult",
]

SCHEMA = "ttjroofit/fit/1"

_KINDS = ("mass", "norm", "pdf", "tnp", "scale", "nuisance", "external")
"""Of parameters, in their order."""


@dataclass(frozen=True)
class Interval:
    """Errors of a parameter towards lower and higher values; ``lo`` is negative. None where MINOS failed."""

    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class Envelope:
    """Uncertainty from scale variations: largest move up (>= 0) and down (<= 0)."""

    up: float
    down: float


@dataclass(frozen=True)
class ScaleUncertainty:
    """Seven-point envelope of a mass, refitted with each variation as the nominal prediction.

    Attributes:
        correlated: all energies varied together.
        uncorrelated: each energy varied alone, envelopes added in quadrature.
        shifts: key ``muR_muF`` to the shift of the mass when all energies are varied together.
        converged: whether every refit did.
    """

    correlated: Envelope
    uncorrelated: Envelope
    shifts: dict[str, float]
    converged: bool


@dataclass(frozen=True)
class Breakdown:
    """Uncertainty of a mass by origin, all from one Hessian, in the unit of the mass.

    Three definitions stand side by side. Freezing: every entry up to ``groups`` but ``total``, ``exp`` and ``stat`` is
    the quadrature difference of the uncertainties without and with the parameters named frozen at their values in
    the minimum. Ordinary: shifts of the mass for post-fit sigmas. Global: shifts for auxiliary observables
    (arXiv:2307.04007), the one definition whose parts add up to the whole.

    Attributes:
        total: everything but the scale envelope.
        exp: theory and interpolation nuisances frozen.
        stat: all nuisances frozen.
        syst: sqrt(exp^2 - stat^2).
        pdf: PDF nuisances of the prediction.
        tnp: theory nuisance parameters, and scale nuisances where the card asks for them.
        theory: ``pdf`` and ``tnp`` together.
        interpolation: Monte Carlo uncertainty of the interpolation in the mass.
        groups: each group of nuisances, by freezing.
        groups_ordinary: the same as the root of the sum of squared ordinary impacts, correlations disregarded.
        groups_global: the same as the root of the sum of squared global impacts.
        data: part of the data in the variance of the estimator.
        estimator: standard deviation of the estimator: the root of ``data`` squared plus all squared global impacts. It
            equals ``total`` where the prediction is linear.
    """

    total: float
    exp: float
    stat: float
    syst: float
    pdf: float
    tnp: float
    theory: float
    interpolation: float
    groups: dict[str, float]
    groups_ordinary: dict[str, float]
    groups_global: dict[str, float]
    data: float
    estimator: float


@dataclass(frozen=True)
class ParameterResult:
    """An explicit parameter: a mass, a normalisation, a theory nuisance, or one of a likelihood of a workspace.

    Attributes:
        kind: ``mass``, ``norm``, ``pdf``, ``tnp``, ``scale``, ``nuisance`` or ``external``.
        value: at the minimum.
        unit: of value and errors, empty for nuisances.
        hesse: symmetric error, 0 for a frozen parameter, None where a failed HESSE gave none.
        minos: asymmetric errors, None where MINOS was not run.
        breakdown: of a mass, None for others.
        scale: of a mass where the card asks for an envelope, else None.
    """

    kind: str
    value: float
    unit: str
    hesse: float | None
    minos: Interval | None
    breakdown: Breakdown | None
    scale: ScaleUncertainty | None


@dataclass(frozen=True)
class NuisanceResult:
    """A nuisance after the fit, in units of its prior sigma.

    Attributes:
        name: as in the inputs.
        measurement: where it comes from; ``prediction`` for interpolation nuisances.
        prefit: value before the fit: the published one of a profiled nuisance, else 0.
        value: after the fit.
        constraint: standard deviation after the fit, 0 if frozen.
        impact: name of a mass to its shift when the nuisance moves by its post-fit +1 sigma.
        global_impact: name of a mass to its shift when the auxiliary observable moves by its prefit +1 sigma.
        groups: groups it belongs to.
    """

    name: str
    measurement: str
    prefit: float
    value: float
    constraint: float
    impact: dict[str, float]
    global_impact: dict[str, float]
    groups: list[str]


@dataclass(frozen=True)
class CorrelationMatrix:
    """Correlation of the floating explicit parameters, rows and columns in the order of ``names``.

    Entries are None where a failed HESSE left no variance.
    """

    names: list[str]
    matrix: list[list[float | None]]


@dataclass(frozen=True)
class GoodnessOfFit:
    """chi2 at the minimum, degrees of freedom, and the asymptotic p-value."""

    chi2: float
    ndf: int
    p_value: float


@dataclass(frozen=True)
class SpectrumResult:
    """Data and post-fit prediction of one measurement; lists have one entry a bin.

    Attributes:
        measurement: its name.
        experiment, energy_TeV, channel, observable: for labels.
        unit: of the cross sections.
        per_unit: whether they are per unit of the observable or per bin.
        edges: one more than bins.
        observed: as published.
        combined: after the combination of all measurements, without the prediction.
        sigma: total uncertainty of ``combined``.
        stat_sigma: with all nuisances frozen.
        predicted: the prediction at the minimum.
        theory_sigma: uncertainty of ``predicted`` after the fit, from mass, normalisation, theory and interpolation.
        interpolation_chi2: of the mass points about their polynomials.
        interpolation_ndf: its expectation.
    """

    measurement: str
    experiment: str
    energy_TeV: float
    channel: str
    observable: str
    unit: str
    per_unit: bool
    edges: list[float]
    observed: list[float]
    combined: list[float]
    sigma: list[float]
    stat_sigma: list[float]
    predicted: list[float]
    theory_sigma: list[float]
    interpolation_chi2: float
    interpolation_ndf: int


@dataclass(frozen=True)
class RepairedCorrelation:
    """A stated prior correlation and the one used."""

    nuisances: tuple[str, str]
    stated: float
    used: float


@dataclass(frozen=True)
class PriorRepair:
    """What a repair of the prior correlation matrix did, largest change first; ``factor`` is None for ``nearest``."""

    method: str
    factor: float | None
    eigenvalue_before: float
    eigenvalue_after: float
    changes: list[RepairedCorrelation]


@dataclass(frozen=True)
class ExternalResult:
    """A likelihood of a workspace that was multiplied in (a ``shapes`` line of the card).

    Attributes:
        name: as in the card.
        file: its name without the folder.
        pdf, data: ``workspace:object``.
        entries: of the data.
        shared: its parameters that others have too.
        nuisances: those with a prior N(0, 1) that it adds, which stand among the nuisances of the result.
        parameters: those that it has for itself, of kind ``external``.
    """

    name: str
    file: str
    pdf: str
    data: str
    entries: int
    shared: list[str]
    nuisances: list[str]
    parameters: list[str]


@dataclass(frozen=True)
class FitStatus:
    """What the minimiser reported; codes are 0 for success, ``minos`` is None if it was not run.

    Attributes:
        good: converged with a valid covariance, refits of the scale envelope included.
        minimizer: name and algorithm.
        strategy: of Minuit in the fit that stands.
        attempts: fits tried until one succeeded.
        migrad, hesse, minos: status codes.
        cov_quality: 3 for a full, accurate covariance.
        edm: estimated distance to the minimum.
        calls: evaluations of the likelihood.
    """

    good: bool
    minimizer: str
    strategy: int
    attempts: int
    migrad: int
    hesse: int
    minos: int | None
    cov_quality: int
    edm: float
    calls: int


@dataclass(frozen=True)
class FitResult(ModelHeader):
    """Everything ``-M Fit`` has to say; written to ``result.json``.

    Attributes:
        engine: ``reduced`` or ``full``.
        asimov: whether the data are an Asimov data set.
        parameters: by name: masses first, then normalisations, then theory nuisances.
        correlation: of the floating ones.
        goodness_of_fit: of the whole; None if a likelihood of a workspace is not Gaussian.
        nuisances: all nuisances of the measurements.
        interpolation_nuisances: those of the prediction, frozen ones left out.
        spectra: one a measurement.
        prior_repair: None if none was needed.
        status: of the fit.
        smoothing: what the card smoothed of the shifts.
        blinded: whether every mass is shifted by a hidden offset; ``quality`` then begins with a note.
        chi2_form: ``neyman``, or ``pearson`` where statistical variances follow the fitted expectation.
        external: likelihoods of workspaces that were multiplied in.
    """

    engine: str
    asimov: bool
    parameters: dict[str, ParameterResult]
    correlation: CorrelationMatrix
    goodness_of_fit: GoodnessOfFit | None
    nuisances: list[NuisanceResult]
    interpolation_nuisances: list[NuisanceResult]
    spectra: list[SpectrumResult]
    prior_repair: PriorRepair | None
    status: FitStatus
    smoothing: list[SmoothedShift] = field(default_factory=list)
    blinded: bool = False
    chi2_form: str = "neyman"
    external: list[ExternalResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Order the parameters: JSON sorts its keys, and figures of a result that was read are those of the fit."""
        place = {name: number for number, name in enumerate(self.correlation.names)}
        order = sorted(
            self.parameters,
            key=lambda name: (_KINDS.index(self.parameters[name].kind), place.get(name, len(place)), name),
        )
        object.__setattr__(self, "parameters", {name: self.parameters[name] for name in order})

    @property
    def known_goodness(self) -> GoodnessOfFit:
        """The goodness of a fit without likelihoods of workspaces.

        Raises:
            ModelError: if there is none.
        """
        if self.goodness_of_fit is None:
            raise ModelError(f"{self.card}: the fit has no chi2, a likelihood of a workspace is not Gaussian")
        return self.goodness_of_fit

    @property
    def masses(self) -> dict[str, ParameterResult]:
        """The mass parameters."""
        return {name: parameter for name, parameter in self.parameters.items() if parameter.kind == "mass"}
