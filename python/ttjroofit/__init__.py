"""Combine ttbar+jet cross sections of ATLAS and CMS and fit the top-quark pole mass with RooFit."""

from __future__ import annotations

from ttjroofit._version import __version__

__all__ = ["__version__"]
