"""Owner of RooFit objects: Python must not collect them before the workspace has its own copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ttjroofit.errors import ModelError, RootMissingError
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["GLOBAL_TAG", "Owner", "constant_name"]

GLOBAL_TAG = "ttjroofit_global"
"""Attribute of global observables; the pdfs name it, so that a plain ``fitTo`` normalises them right."""

NUISANCE_REACH = 10.0
"""Linear nuisances move within +-10 prior sigmas about their start."""

GLOBAL_REACH = 100.0
"""Global observables have a range of +-100 sigmas: RooFit normalises their pdfs inside it."""


def constant_name(value: float) -> str:
    """Name of the RooConstVar of a value: all its digits as an identifier, ``constant_m1p5`` for -1.5.

    RooFit.RooConst names it with six digits, and a workspace takes constants of one name for one constant. HS3 reads
    no names that are not identifiers.
    """
    return "constant_" + repr(float(value)).replace("+", "").replace("-", "m").replace(".", "p")


class Owner:
    """Makes RooFit objects, keeps them alive, and finds them again by name."""

    def __init__(self, ROOT: Any) -> None:
        self.ROOT = ROOT
        self.objects: dict[str, Any] = {}
        self.globals: list[str] = []

    def keep(self, item: Any) -> Any:
        """Take ownership under the object's own name; of what is made twice, the first is kept.

        Raises:
            ModelError: if something else has the name, such as a nuisance that is called as one of our functions.
        """
        name = str(item.GetName())
        kept = self.objects.setdefault(name, item)
        if (kept.ClassName(), kept.GetTitle()) != (item.ClassName(), item.GetTitle()):
            raise ModelError(
                f"'{name}' would name two objects of the workspace: {kept.ClassName()} ({kept.GetTitle()}) and "
                f"{item.ClassName()} ({item.GetTitle()}); rename the parameter or bin of that name"
            )
        return kept

    def arguments(self, items: Iterable[Any]) -> Any:
        """A RooArgList, filled one by one: its variadic constructor compiles a template for every length."""
        arguments = self.ROOT.RooArgList()
        for item in items:
            arguments.add(item)
        return arguments

    def constant(self, value: float) -> Any:
        """The RooConstVar of a value, named with all its digits: ``constant_name``."""
        name = constant_name(value)
        return self.objects.get(name) or self.keep(self.ROOT.RooConstVar(name, name, float(value)))

    def variable(self, name: str, value: float, low: float, high: float, *, title: str = "", unit: str = "") -> Any:
        """A RooRealVar with a range."""
        return self.keep(self.ROOT.RooRealVar(name, title or name, value, low, high, unit))

    def nuisance(self, name: str, start: float, *, title: str, frozen: bool = False) -> Any:
        """A nuisance in units of its prior sigma."""
        variable = self.variable(name, start, start - NUISANCE_REACH, start + NUISANCE_REACH, title=title)
        variable.setError(1.0)
        variable.setConstant(frozen)
        return variable

    def global_observable(self, name: str, value: float, sigma: float = 1.0) -> Any:
        """The auxiliary measurement ``<name>_In`` of a nuisance, named as combineTool expects; constant."""
        reach = GLOBAL_REACH * sigma
        observable = self.variable(f"{name}_In", value, value - reach, value + reach)
        observable.setConstant(True)
        observable.setAttribute(GLOBAL_TAG)
        self.globals.append(f"{name}_In")
        return observable

    def gaussian_constraint(self, nuisance: Any, mean: float = 0.0, sigma: float = 1.0) -> Any:
        """``<name>_Pdf``: N(<name>_In; nuisance, sigma)."""
        name = str(nuisance.GetName())
        observable = self.global_observable(name, mean, sigma)
        return self.keep(
            self.ROOT.RooGaussian(f"{name}_Pdf", f"{name}_Pdf", observable, nuisance, self.constant(sigma))
        )

    def student_constraint(self, nuisance: Any, nu: float) -> Any:
        """``<name>_Pdf``: Student's t of <name>_In about the nuisance, of unit width with ``nu`` degrees of freedom.

        Raises:
            RootMissingError: if this ROOT has no RooStudentT.
        """
        name = str(nuisance.GetName())
        if not hasattr(self.ROOT, "RooStudentT"):
            raise RootMissingError(
                f"{name} has an error on its error, whose pdf RooStudentT came with ROOT 6.30; this is ROOT "
                f"{self.ROOT.gROOT.GetVersion()}: remove the errorOnError line or use a newer ROOT"
            )
        observable = self.global_observable(name, 0.0)
        width, degrees = self.constant(1.0), self.constant(nu)
        return self.keep(self.ROOT.RooStudentT(f"{name}_Pdf", f"{name}_Pdf", observable, nuisance, width, degrees))

    def same(self, name: str, parent: Any, sign: float) -> Any:
        """A function for a name that equals a parameter up to a sign (prior correlation +1 or -1)."""
        # not RooLinearVar: the workspace's copy keeps a pointer to the original and crashes when written
        formula, title = "@0" if sign > 0 else "-@0", f"the same parameter as {parent.GetName()}"
        return self.keep(self.ROOT.RooFormulaVar(name, title, formula, self.arguments([parent])))

    def weighted_sum(self, name: str, terms: Sequence[tuple[Any, float]]) -> Any:
        """Sum of weight times function; the function itself if it stands alone with weight 1."""
        if len(terms) == 1 and terms[0][1] == 1.0:
            return terms[0][0]
        values = self.arguments(item for item, _ in terms)
        weights = self.arguments(self.constant(weight) for _, weight in terms)
        return self.keep(self.ROOT.RooRealSumFunc(name, name, values, weights))

    def multivariate_gaussian(
        self, name: str, observables: Sequence[Any], means: Sequence[Any], covariance: FloatArray
    ) -> Any:
        """A RooMultiVarGaussian; covariance of shape (len(observables), len(observables))."""
        matrix = self.ROOT.TMatrixDSym(len(covariance), np.ascontiguousarray(covariance))
        pdf = self.ROOT.RooMultiVarGaussian(name, name, self.arguments(observables), self.arguments(means), matrix)
        return self.keep(pdf)

    def product(self, name: str, pdfs: Sequence[Any]) -> Any:
        """A RooProdPdf that knows its global observables."""
        pdf = self.keep(self.ROOT.RooProdPdf(name, name, self.arguments(pdfs)))
        pdf.setStringAttribute("DefaultGlobalObservablesTag", GLOBAL_TAG)
        return pdf
