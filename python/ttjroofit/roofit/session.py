"""Access to ROOT: imported late, quiet while we work, as found when we leave."""

from __future__ import annotations

import resource
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ttjroofit.errors import RootMissingError, TtjroofitError

__all__ = ["quiet", "root"]

ADDRESS_SPACE = 5 * 2**28
"""Bytes; a fit of 19 bins and 614 nuisances with ROOT 6.40 works with 1.19 GB and not with 1.05 GB."""

ALPHA_WARNING = r"\s*This distribution of ROOT is in alpha stage"


@cache
def root() -> Any:
    """The ROOT module, in batch mode.

    Raises:
        RootMissingError: if it cannot be imported.
        TtjroofitError: if the memory is limited to less than it needs.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < ADDRESS_SPACE:
        # ROOT would print hundreds of lines, and wait or crash
        raise TtjroofitError(
            f"ROOT needs {ADDRESS_SPACE / 2**30:.2g} GB of address space, `ulimit -v` allows {limit / 2**30:.2g} GB: "
            "raise it, or ask the batch system for more memory"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ALPHA_WARNING, UserWarning)
        try:
            import ROOT  # noqa: PLC0415 -- takes 2 s, so only those who fit pay for it
        except ImportError as error:
            raise RootMissingError(
                f"ROOT cannot be imported ({error}): `pip install 'ttjroofit[root]'`, or set up the ROOT of conda or "
                "CVMFS before you start Python"
            ) from error
    ROOT.PyConfig.IgnoreCommandLineOptions = True
    ROOT.gROOT.SetBatch(True)
    if not ROOT.gInterpreter.Declare("#include <new>"):
        raise RootMissingError(
            "ROOT finds no C++ headers, which RooFit needs: install a compiler (Debian: `apt install g++`)"
        )
    # Minuit2 is a plugin: loaded here, it is not counted as fitting
    ROOT.Math.Factory.CreateMinimizer("Minuit2")
    return ROOT


@contextmanager
def quiet(verbosity: int = 0) -> Iterator[Any]:
    """ROOT with RooFit and Minuit messages below a level kept off; the levels found are restored.

    Args:
        verbosity: 0 nothing but fatal errors, 1 warnings, 2 and more everything.

    Yields:
        The ROOT module.
    """
    ROOT = root()
    service = ROOT.RooMsgService.instance()
    before = (service.globalKillBelow(), ROOT.gErrorIgnoreLevel)
    fatal = ROOT.RooFit.FATAL if verbosity == 0 else ROOT.RooFit.WARNING if verbosity == 1 else ROOT.RooFit.INFO
    ignore = ROOT.kFatal if verbosity == 0 else ROOT.kWarning if verbosity == 1 else ROOT.kInfo
    service.setGlobalKillBelow(fatal)
    ROOT.gErrorIgnoreLevel = ignore
    try:
        yield ROOT
    finally:
        service.setGlobalKillBelow(before[0])
        ROOT.gErrorIgnoreLevel = before[1]
