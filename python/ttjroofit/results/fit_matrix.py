"""The result of ``ttjroofit matrix``: one method for many combinations of cards, options and statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ttjroofit.results.fit import Interval
from ttjroofit.results.header import Header

__all__ = ["SCHEMA", "FitMatrixResult", "MatrixAxis", "MatrixEntry", "MatrixMass"]

SCHEMA = "ttjroofit/matrix/1"


@dataclass(frozen=True)
class MatrixAxis:
    """What is varied.

    Attributes:
        name: ``card``, or that of an option or a statement.
        values: in order; None where the option or statement is not given.
        labels: what tables and figures call the values, in the same order.
    """

    name: str
    values: list[str | None]
    labels: list[str]


@dataclass(frozen=True)
class MatrixMass:
    """A mass of one entry, in GeV.

    Attributes:
        name: of the parameter.
        value: fitted.
        hesse: symmetric error; None where there is none.
        minos: asymmetric errors; None where MINOS was not run.
        exp: experimental uncertainty; None where the method gives none.
    """

    name: str
    value: float
    hesse: float | None
    minos: Interval | None
    exp: float | None


@dataclass(frozen=True)
class MatrixEntry:
    """One combination.

    Attributes:
        name: of the entry, and of its folder below that of the matrix.
        choice: axis to value.
        call: the command that does the same alone.
        status: ``good``; ``failed`` where a fit did not converge, its results are written and marked; ``impossible``
            where card, input and options make no run.
        error: why it is impossible, or what stopped it; None for an entry with a result.
        fingerprint: of all that the result depends on; None where there is none to be kept.
        masses: fitted, none for methods without.
        chi2: at the minimum; of ``Compatibility`` by how much one mass fits worse than several.
        ndf: degrees of freedom of ``chi2``.
        p_value: of ``chi2``; of ``GoodnessOfFit`` by toys where there are any.
        asimov: whether the data are an Asimov data set.
    """

    name: str
    choice: dict[str, str | None]
    call: str
    status: Literal["good", "failed", "impossible"]
    error: str | None
    fingerprint: str | None
    masses: list[MatrixMass]
    chi2: float | None
    ndf: int | None
    p_value: float | None
    asimov: bool


@dataclass(frozen=True)
class FitMatrixResult(Header):
    """Everything ``ttjroofit matrix`` has to say; written to ``result.json``.

    Attributes:
        card: name of the matrix file without its suffix.
        method: of all entries.
        axes: the card first.
        fixed: options and statements that are the same for all entries.
        quality: what the predictions are good for; to be shown wherever a mass is shown.
        entries: in the order of the matrix.
    """

    method: str
    axes: list[MatrixAxis]
    fixed: dict[str, str | None]
    quality: list[str]
    entries: list[MatrixEntry]

    @property
    def status(self) -> int:
        """Exit status: 0 all good, 1 an entry failed, 2 an entry is impossible."""
        codes = {"good": 0, "failed": 1, "impossible": 2}
        return max((codes[entry.status] for entry in self.entries), default=0)

    def label(self, axis: MatrixAxis, entry: MatrixEntry) -> str:
        """What the value of an entry on an axis is called."""
        return axis.labels[axis.values.index(entry.choice[axis.name])]
