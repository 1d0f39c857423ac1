"""One fit with all nuisances free in RooFit against the reduced one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from benchmarks.comparison import Comparison, Setup, clocked
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.roofit.minimise import FitPlan, Minimised, minimise
from ttjroofit.roofit.workspace import build_workspace

__all__ = ["compare"]


def compare(setup: Setup) -> list[Comparison]:
    """MIGRAD, HESSE and MINOS of the mass from the same start: every nuisance free, and all eliminated."""
    combination = load_combination(read_card(Path(setup.card)))
    solved_s, elimination = clocked(lambda: eliminate(combination), setup.repeats)
    workspace = build_workspace(combination, elimination)

    def fit(engine: Literal["reduced", "full"]) -> Minimised:
        workspace.loadSnapshot("prefit")
        return minimise(workspace, FitPlan(engine, minos=("m_t",)))

    fit("reduced")
    fast_s, fast = clocked(lambda: fit("reduced"), setup.repeats)
    slow_s, slow = clocked(lambda: fit("full"))
    shift = abs(fast.value("m_t") - slow.value("m_t"))
    return [
        Comparison(
            "fit of the mass",
            f"RooFit, {len(slow.names)} free parameters",
            f"elimination, RooFit with {len(fast.names)}",
            "fit",
            slow_s,
            solved_s + fast_s,
            f"{shift:.0e} GeV, HESSE {abs(fast.sigma('m_t') / slow.sigma('m_t') - 1.0):.0e}",
            "MIGRAD, HESSE and MINOS of m_t by Minuit2 from the prefit values; model and workspace are there already.",
        )
    ]
