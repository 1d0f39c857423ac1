"""Models as files for other programs, and fits of what is read back from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.results.fit import FitResult
from ttjroofit.roofit.combine_checks import Opened, open_combine
from ttjroofit.roofit.combine_export import combine_workspace
from ttjroofit.roofit.extract import ExtractedModel, extract_model
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.store import write_workspace
from ttjroofit.roofit.workspace import build_workspace

__all__ = ["Engine", "Exported", "Found", "extracted", "minimise_plainly"]

Engine = Literal["reduced", "full"]


def extracted(combination: Combination, engine: Engine) -> ExtractedModel:
    """The model of an engine alone."""
    return extract_model(build_workspace(combination, eliminate(combination)), engine)


@dataclass(frozen=True)
class Exported:
    """``combine.root`` of a combination."""

    combination: Combination
    engine: Engine
    path: Path

    @classmethod
    def of(cls, combination: Combination, engine: Engine, folder: Path) -> Exported:
        path = folder / "combine.root"
        write_workspace(combine_workspace(extracted(combination, engine), combination), "card", str(path))
        return cls(combination, engine, path)

    def open(self) -> Opened:
        """The file, read anew."""
        return open_combine(str(self.path))

    def fit(self) -> FitResult:
        """What ``-M Fit`` finds."""
        return fit_masses(self.combination, FitOptions(engine=self.engine), Clock()).result


@dataclass(frozen=True)
class Found:
    """A minimum by plain RooFit.

    Attributes:
        nll: the function there.
        status: of Minuit.
        values, errors: of what floats; errors from the covariance of HESSE.
    """

    nll: float
    status: int
    values: dict[str, float]
    errors: dict[str, float]


def minimise_plainly(function: Any, *, level: float = 0.5) -> Found:
    """MIGRAD and HESSE, from where the parameters are."""
    with quiet() as ROOT:
        minimiser = ROOT.RooMinimizer(function)
        minimiser.setPrintLevel(-1)
        minimiser.setErrorLevel(level)
        minimiser.setEps(1e-4)
        minimiser.setStrategy(1)
        minimiser.setMaxFunctionCalls(1_000_000)
        minimiser.minimize("Minuit2", "migrad")
        minimiser.hesse()
        result = minimiser.save()
        covariance = result.covarianceMatrix()
        floating = list(result.floatParsFinal())
        return Found(
            nll=float(function.getVal()),
            status=int(result.status()),
            values={str(item.GetName()): float(item.getVal()) for item in floating},
            errors={str(item.GetName()): float(covariance(i, i)) ** 0.5 for i, item in enumerate(floating)},
        )
