"""Which parameters are of interest."""

from __future__ import annotations

from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.errors import OptionError
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of

__all__ = ["parameters_of_interest"]


def parameters_of_interest(combination: Combination, options: ScanOptions, allowed: tuple[int, ...] = ()) -> list[str]:
    """The parameters of interest: those asked for, or all masses that float.

    Args:
        combination: with its prediction.
        options: what was asked.
        allowed: how many there may be; any number unless given.

    Raises:
        OptionError: if there are none, one is named twice, or their number is not allowed.
    """
    masses = [item.name for item in theory_of(combination).parameters.masses if not item.frozen]
    names = list(options.parameters) or masses
    if not names:
        raise OptionError("-M MultiDimFit: all masses are frozen: name a parameter with -P")
    if len(set(names)) < len(names):
        raise OptionError(f"-P: {', '.join(names)}: a parameter is named twice")
    if allowed and len(names) not in allowed:
        wanted = " or ".join(map(str, allowed))
        raise OptionError(
            f"--algo {options.algo} takes {wanted} parameters, not {len(names)} ({', '.join(names)}): choose with -P"
        )
    return names
