"""Rounding of the Particle Data Group: as many digits of a value as its error deserves, both together; halves go up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

__all__ = ["MISSING", "Rounded", "pdg_decimals", "round_error", "round_together", "rounded_text"]

MISSING = "n/a"
"""Where a failed fit has no number."""

_CONTEXT = Context(prec=400, rounding=ROUND_HALF_UP)
_PLAIN = range(-5, 16)
"""Decimals beyond these are written with an exponent."""
_DIGITS_WITHOUT_ERROR = 5


@dataclass(frozen=True)
class Rounded:
    """A value with its errors as text; errors have no sign.

    Attributes:
        value: empty where only the errors are meant.
        up: error towards higher values.
        down: error towards lower values.
    """

    value: str
    up: str
    down: str

    @property
    def symmetric(self) -> bool:
        """Whether one error is enough."""
        return self.up == self.down


def pdg_decimals(error: float) -> int:
    """Decimals of a number with this error; negative ones are places before the point.

    The rule (Particle Data Group, Review of Particle Physics, introduction, section on rounding): with the three
    highest digits of the error between 100 and 354 two digits are kept, between 355 and 949 one; from 950 to 999 the
    error becomes 1000 and two digits are kept.

    Args:
        error: finite and not 0.
    """
    size = Decimal(repr(abs(error)))
    if not size.is_finite() or size == 0:
        raise ValueError(f"an error of {error} gives no digits")
    first = size.adjusted()
    three = int(size.scaleb(2 - first))
    return -first if 355 <= three <= 949 else 1 - first - (three > 949)


def round_together(
    value: float | None, up: float | None, down: float | None = None, *, decimals: int | None = None
) -> Rounded:
    """A value and its errors with the same number of decimals.

    Args:
        value: None or not finite gives ``n/a``.
        up: error towards higher values; its sign is dropped.
        down: towards lower values; the same as ``up`` if left out.
        decimals: in place of those that the smaller error gives.

    Returns:
        Text; without an error to go by the value has five digits.
    """
    sizes = (_size(up), _size(up if down is None else down))
    if decimals is None:
        present = [size for size in sizes if size]
        decimals = pdg_decimals(min(present)) if present else _decimals_without_error(value)
    return Rounded(rounded_text(value, decimals), *(rounded_text(size, decimals) for size in sizes))


def round_error(error: float | None, decimals: int | None = None) -> str:
    """An error alone by the same rule, with at most ``decimals``."""
    size = _size(error)
    if not size:
        return MISSING if size is None else "0"
    own = pdg_decimals(size)
    return rounded_text(size, own if decimals is None else min(own, decimals))


def rounded_text(value: float | None, decimals: int) -> str:
    """A number with so many decimals, without a negative zero; negative ones round before the point."""
    if value is None or not math.isfinite(value):
        return MISSING
    number = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), context=_CONTEXT)
    number = abs(number) if number == 0 else number
    if decimals in _PLAIN:
        return "0" if number == 0 and decimals < 0 else format(number, "f")
    return "0" if number == 0 else format(number, "e")


def _size(error: float | None) -> float | None:
    return None if error is None or not math.isfinite(error) else abs(float(error))


def _decimals_without_error(value: float | None) -> int:
    if value is None or not math.isfinite(value) or value == 0:
        return 0
    return _DIGITS_WITHOUT_ERROR - 1 - Decimal(repr(float(value))).adjusted()
