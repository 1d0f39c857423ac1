"""Families of parton distributions: how many members there are and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["KNOWN", "Family", "Kind", "known_family", "plain_name"]

Kind = Literal["hessian", "symmhessian", "replicas"]
"""The error types of LHAPDF, where ``hessian`` has two members an eigenvector."""


@dataclass(frozen=True)
class Family:
    """Central member 0 and error members 1 to ``members``.

    Attributes:
        name: as in LHAPDF.
        first: LHAPDF number of member 0; None if it has none.
        kind: of the error members.
        confidence_level: of the error members, in per cent: 68 or 90.
        members: how many error members there are, those of other alpha_s not among them; None if it is not known.
    """

    name: str
    first: int | None
    kind: Kind
    confidence_level: Literal[68, 90]
    members: int | None


KNOWN: tuple[Family, ...] = (
    Family("CT14nnlo", 13000, "hessian", 90, 56),
    Family("CT14nlo", 13100, "hessian", 90, 56),
    Family("CT18NNLO", 14000, "hessian", 90, 58),
    Family("CT18NLO", 14400, "hessian", 90, 58),
    Family("MMHT2014nlo68cl", 25100, "hessian", 68, 50),
    Family("MMHT2014nnlo68cl", 25300, "hessian", 68, 50),
    Family("MSHT20nlo_as118", 27100, "hessian", 68, 64),
    Family("MSHT20nnlo_as118", 27400, "hessian", 68, 64),
    Family("ABMP16_5_nnlo", 42560, "symmhessian", 68, 29),
    Family("ABMP16_5_nlo", 42960, "symmhessian", 68, 29),
    Family("PDF4LHC15_nlo_30_pdfas", 90400, "symmhessian", 68, 30),
    Family("PDF4LHC15_nlo_30", 90900, "symmhessian", 68, 30),
    Family("PDF4LHC15_nnlo_30_pdfas", 91400, "symmhessian", 68, 30),
    Family("PDF4LHC15_nnlo_30", 91900, "symmhessian", 68, 30),
    Family("PDF4LHC21_40_pdfas", 93300, "symmhessian", 68, 40),
    Family("NNPDF31_nlo_as_0118", 303400, "replicas", 68, 100),
    Family("NNPDF31_nnlo_as_0118", 303600, "replicas", 68, 100),
    Family("NNPDF31_nlo_as_0118_hessian", 304200, "symmhessian", 68, 100),
    Family("NNPDF31_nnlo_as_0118_hessian", 304400, "symmhessian", 68, 100),
    Family("NNPDF40_nnlo_as_01180", 331100, "replicas", 68, 100),
    Family("NNPDF40_nlo_as_01180", 331700, "replicas", 68, 100),
)
"""Families whose numbers need not be stated; those of LHAPDF's pdfsets.index."""


def known_family(text: str) -> Family | None:
    """The known family with this name or this LHAPDF number of its central member; None if there is none."""
    return next((family for family in KNOWN if text in (family.name, str(family.first))), None)


def plain_name(text: str) -> str:
    """Letters, digits and underscores, as names of nuisances need them."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return name if name and not name[0].isdigit() else f"_{name}"
