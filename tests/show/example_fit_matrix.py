"""A matrix of fits made up for tests."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from ttjroofit.results.fit import Interval
from ttjroofit.results.fit_matrix import SCHEMA, FitMatrixResult, MatrixAxis, MatrixEntry, MatrixMass

__all__ = ["CARDS", "ORDER", "PDF", "broken", "entry", "matrix", "with_all_states"]


def entry(number: int, choice: dict[str, str | None], *masses: str) -> MatrixEntry:
    value = 172.0 + 0.1 * number
    return MatrixEntry(
        name="_".join(str(value) for value in choice.values()),
        choice=choice,
        call="ttjroofit",
        status="good",
        error=None,
        fingerprint="0",
        masses=[MatrixMass(name, value, 1.0, Interval(-1.1, 0.9), 0.6) for name in masses or ("m_t",)],
        chi2=10.0 + number,
        ndf=15,
        p_value=0.5,
        asimov=False,
    )


def matrix(*axes: MatrixAxis, masses: tuple[str, ...] = ("m_t",)) -> FitMatrixResult:
    """All combinations, each mass 0.1 GeV above the one before."""
    names = [axis.name for axis in axes]
    choices = [dict(zip(names, values, strict=True)) for values in product(*(axis.values for axis in axes))]
    entries = [entry(number, choice, *masses) for number, choice in enumerate(choices)]
    return FitMatrixResult(
        schema=SCHEMA,
        card="talk",
        version="1.2.3",
        timing_s={},
        method="Fit",
        axes=list(axes),
        fixed={"pulls": "zero"},
        quality=["a stand-in"],
        entries=entries,
    )


CARDS = MatrixAxis("card", ["a", "b"], ["first card", "second card"])
ORDER = MatrixAxis("interpolation", ["2", "1"], ["quadratic", "linear"])
PDF = MatrixAxis("pdf", ["multiplicative", None], ["multiplicative", "card's"])


def broken(old: MatrixEntry) -> MatrixEntry:
    """An entry that is impossible."""
    return replace(old, status="impossible", masses=[], chi2=None, ndf=None, p_value=None, error="why")


def with_all_states() -> FitMatrixResult:
    """Three axes; one entry is impossible, one failed."""
    result = matrix(CARDS, ORDER, PDF)
    good, second, third, *rest = result.entries
    return replace(result, entries=[good, broken(second), replace(third, status="failed"), *rest])
