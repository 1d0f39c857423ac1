"""Blinding: every mass of a model shifted by one hidden offset that follows from a salt."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ttjroofit.card.statements import ParamStatement
from ttjroofit.errors import CardError, OptionError

if TYPE_CHECKING:
    # the command line makes a Blinding before it pays for numpy
    from ttjroofit.model.combination import Theory

__all__ = ["MAX_OFFSET", "NOTE", "VARIABLE", "Blinding", "blind_theory"]

MAX_OFFSET = 5.0
"""GeV: offsets are uniform between minus and plus this."""

NOTE = "BLINDED"
"""What the note on a blinded result begins with."""

VARIABLE = "TTJROOFIT_BLIND"
"""Environment variable that holds a salt, in place of ``--blind``."""

_CONTEXT = b"ttjroofit: offset of m_t"
_ROUNDS = 100_000


@dataclass(frozen=True)
class Blinding:
    """What hides the masses.

    Attributes:
        salt: any text that is not empty; kept out of ``repr``, of all files and of all messages.

    Raises:
        OptionError: if the salt is empty.
    """

    salt: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.salt.strip():
            raise OptionError(f"--blind: the salt is empty: give any text, or set {VARIABLE}")

    @cached_property
    def _digest(self) -> bytes:
        """PBKDF2 of the salt: guessing one costs 30 ms."""
        return hashlib.pbkdf2_hmac("sha256", self.salt.encode("utf-8", "surrogateescape"), _CONTEXT, _ROUNDS)

    @property
    def offset(self) -> float:
        """Blinded mass minus true mass in GeV, the same for all masses of a salt."""
        share = int.from_bytes(self._digest[:8], "big") / 2.0**64
        return MAX_OFFSET * (2.0 * share - 1.0)

    @property
    def note(self) -> str:
        """One line for whoever sees a blinded mass; it tells salts apart and gives no part of the offset."""
        mark = self._digest[8:11].hex()
        return f"{NOTE}: fitted masses are shifted by one hidden offset (salt {mark})"


def blind_theory(theory: Theory, blinding: Blinding, params: Sequence[ParamStatement]) -> Theory:
    """The same prediction as a function of blinded masses.

    The polynomials are expanded again about the same number, now a blinded mass, and the ranges of the masses are
    widened by ``MAX_OFFSET``: neither gives the offset away by a subtraction. Start values stay: they are blinded
    masses now.

    Args:
        theory: as a function of the true masses.
        blinding: how to shift them.
        params: statements of the card on parameters.

    Raises:
        CardError: if a mass has a prior, whose mean would give the offset away.
    """
    masses = {mass.name for mass in theory.parameters.masses}
    for statement in params:
        if statement.name in masses and statement.mean is not None:
            raise CardError(
                f"the prior of the mass {statement.name} would give the offset of a blinded fit away: "
                "remove the line, or fit without blinding",
                statement.place,
            )
    items = tuple(
        replace(item, low=item.low - MAX_OFFSET, high=item.high + MAX_OFFSET) if item.kind == "mass" else item
        for item in theory.parameters.items
    )
    terms = tuple(
        replace(term, shape=replace(term.shape, interpolation=term.shape.interpolation.moved(blinding.offset)))
        for term in theory.spectrum.terms
    )
    return replace(
        theory,
        parameters=replace(theory.parameters, items=items),
        spectrum=replace(theory.spectrum, terms=terms),
        quality=(blinding.note, *theory.quality),
        blinded=True,
    )
