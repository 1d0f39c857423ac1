"""The result of ``-M Report``: all that a combination is sold with, in one object."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitResult
from ttjroofit.results.header import Header
from ttjroofit.results.impacts import ImpactsResult
from ttjroofit.results.scan import ScanResult
from ttjroofit.results.scenarios import ScenarioResult
from ttjroofit.results.validation import Validation

__all__ = ["SCHEMA", "AssumedCorrelation", "ModelAssumptions", "ReportResult", "SkippedPart"]

SCHEMA = "ttjroofit/report/1"


@dataclass(frozen=True)
class AssumedCorrelation:
    """A prior correlation that the card states between two nuisances in use.

    Attributes:
        nuisances: the pair.
        block: of the card.
        nominal, low, high: as stated; ``low`` and ``high`` equal ``nominal`` where no range is.
        used: after the repair of the matrix; ``nominal`` if none was needed.
        place: file and line that state it.
    """

    nuisances: tuple[str, str]
    block: str
    nominal: float
    low: float
    high: float
    used: float
    place: str


@dataclass(frozen=True)
class ModelAssumptions:
    """What the likelihood assumes, as the card and the options say.

    Attributes:
        masses: mass parameter to the measurements it is fitted to; empty without a prediction.
        interpolation: order of the polynomial in the mass.
        pdf: ``multiplicative``, ``additive`` or ``off``.
        tnp: whether theory nuisance parameters are used.
        scale: ``envelope``, ``nuisances`` or ``off``.
        scenario: correlation scenario in force, None if the card has none.
        pulls: ``published`` or ``zero``.
        asimov: whether the data are an Asimov data set.
        repair: method of the card, None if it asks for none.
        merged: names that a correlation of +-1 makes one parameter with another.
        frozen: nuisances that keep their start value.
        combined: true cross section to the bins that measure it; empty unless the card combines bins.
        smoothed: sources whose shifts the card smooths.
        errors_on_errors: nuisance to the relative uncertainty of its prior sigma.
        correlations: stated ones in force, largest change by the repair first.
    """

    masses: dict[str, list[str]]
    interpolation: int
    pdf: str
    tnp: bool
    scale: str
    scenario: str | None
    pulls: str
    asimov: bool
    repair: str | None
    merged: list[str]
    frozen: list[str]
    combined: dict[str, list[str]]
    smoothed: list[str]
    errors_on_errors: dict[str, float]
    correlations: list[AssumedCorrelation]


@dataclass(frozen=True)
class SkippedPart:
    """A part of the report that is not there.

    Attributes:
        part: its name.
        reason: why.
        failed: whether a fit failed; otherwise the card has no room for the part.
    """

    part: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class ReportResult(Header):
    """Everything ``-M Report`` has to say; written to ``result.json``.

    Attributes:
        card_text: the card with its includes resolved, and the call that used it.
        validation: what the inputs hold, and what looks suspicious in them.
        model: what is assumed.
        cross_sections: the combination without a prediction.
        fit: of the masses; None without a prediction, like all that follows from it.
        impacts: of all nuisances on all masses.
        compatibility: one mass against several.
        scan: of the first mass, with its breakdown.
        scenarios: the fit with each correlation scenario of the card.
        skipped: what is missing above, and why.
    """

    card_text: str
    validation: Validation
    model: ModelAssumptions
    cross_sections: CrossSections
    fit: FitResult | None
    impacts: ImpactsResult | None
    compatibility: CompatibilityResult | None
    scan: ScanResult | None
    scenarios: list[ScenarioResult]
    skipped: list[SkippedPart]

    @property
    def good(self) -> bool:
        """Whether every fit that was made converged with a valid covariance."""
        fits = [self.fit.status.good] if self.fit is not None else []
        fits += [part.good for part in (self.compatibility, self.scan) if part is not None]
        return all(fits) and not any(part.failed for part in self.skipped)
