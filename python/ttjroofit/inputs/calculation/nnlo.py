"""Histograms of an NNLO code such as STRIPPER in JSON: orders, PDF families, scales, theory nuisance parameters.

STRIPPER itself writes no JSON of this form: the format is ours, made from a description of such files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.files import LARGEST_NUMBER
from ttjroofit.inputs.calculation.family import Family
from ttjroofit.inputs.calculation.histogram import Histogram, make_histogram
from ttjroofit.inputs.calculation.points import Calculation, Point, Points, add_point
from ttjroofit.inputs.checks import check_length
from ttjroofit.inputs.schema import Name
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["NnloChoice", "NnloFile", "NnloRun", "PdfFamily", "read_nnlo"]

_Text = Annotated[str, StringConstraints(min_length=1)]
_Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
_Positive = Annotated[float, Field(gt=1e-6, le=1e6)]
_Size = Annotated[float, Field(ge=0, le=LARGEST_NUMBER)]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class PdfFamily(_Block):
    """What the members of a PDF family are."""

    type_: Literal["hessian", "symmhessian", "replicas"] = Field(
        alias="type", description="error type as in LHAPDF; `hessian` has two members an eigenvector"
    )
    confidence_level: Literal[68, 90] = Field(description="of the members, in per cent; 68 for replicas")
    members: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        None, description="number of error members; without it the largest member that was run"
    )


class NnloRun(_Block):
    """The histogram of one run."""

    order: _Text = Field(description="for instance LO, NLO or NNLO; the sum of all orders up to it")
    mass: _Positive = Field(description="top-quark mass in GeV")
    pdf: _Text = Field(description="a name of `pdf_families`")
    member: Annotated[int, Field(ge=0, le=10_000)] = Field(0, description="of the PDF family, 0 is the central one")
    mur: _Positive = Field(1.0, alias="muR", description="factor on the renormalisation scale")
    muf: _Positive = Field(1.0, alias="muF", description="factor on the factorisation scale")
    tnp: Name | None = Field(None, description="theory nuisance parameter that is moved, at the nominal mass")
    tnp_value: Literal[-1, 1] = Field(1, description="where to, in standard deviations")
    values: list[_Number] = Field(description="cross section of every bin")
    errors: list[_Size] | None = Field(
        None, description="Monte Carlo standard deviations; needed at the central scales and PDF of every mass"
    )


class NnloFile(_Block):
    """Histograms of a fixed-order calculation."""

    schema_: Literal["ttjroofit/nnlo_histograms/1"] = Field(
        alias="schema", description="name and version of this format"
    )
    source: _Text = Field(description="program, version, settings: how the numbers were made")
    energy: _Positive = Field(alias="energy_TeV", description="centre-of-mass energy in TeV")
    observable: _Text = Field(description="definition of the observable and of the phase space, in words")
    unit: Literal["pb", "fb"] = Field(description="of the cross sections")
    quantity: Literal["per bin", "per unit of rho"] = Field(
        description="`per bin`: values are cross sections of bins; `per unit of rho`: divided by the bin width"
    )
    edges: list[_Number] = Field(description="the n+1 rising bin edges")
    pdf_families: dict[_Text, PdfFamily] = Field(description="name to what its members are")
    runs: list[NnloRun] = Field(min_length=1, description="one entry a histogram")


@dataclass(frozen=True)
class NnloChoice:
    """Which runs are wanted; None where there is only one.

    Attributes:
        order: of perturbation theory.
        pdf: name of a PDF family.
        energy_TeV: that the files must have.
    """

    order: str | None
    pdf: str | None
    energy_TeV: float


@dataclass(frozen=True, eq=False)
class _Run:
    content: NnloRun
    histogram: Histogram

    @property
    def point(self) -> Point:
        return Point(self.content.mass, self.content.mur, self.content.muf, self.content.member)


def read_nnlo(paths: Sequence[Path], choice: NnloChoice) -> tuple[Calculation, NnloFile, str]:
    """Read files of one calculation, for instance one a mass.

    Args:
        paths: of the files.
        choice: order and PDF family.

    Returns:
        The calculation, the first file and the order.

    Raises:
        InputError: a file cannot be read, files contradict each other, or the choice is not clear.
    """
    files = [load_yaml(path) for path in paths]
    contents = [validate(NnloFile, file) for file in files]
    for file, content in zip(files, contents, strict=True):
        _check(file, content, contents[0], choice)
    runs = [run for file, content in zip(files, contents, strict=True) for run in _runs(file, content)]
    order = _chosen("order", sorted({run.content.order for run in runs}), choice.order, paths[0])
    runs = [run for run in runs if run.content.order == order]
    pdf = _chosen("pdf", sorted({run.content.pdf for run in runs}), choice.pdf, paths[0])
    runs = [run for run in runs if run.content.pdf == pdf]
    points: Points = {}
    for run in runs:
        if run.content.tnp is None:
            add_point(points, run.point, run.histogram)
    stated = contents[0].pdf_families[pdf]
    family = Family(pdf, None, stated.type_, stated.confidence_level, stated.members)
    moved = [run for run in runs if run.content.tnp is not None]
    tnp_mass = moved[0].content.mass if moved else None
    return Calculation(points, family, _tnps(moved), tnp_mass), contents[0], order


def _check(file: YamlFile, content: NnloFile, first: NnloFile, choice: NnloChoice) -> None:
    if content.energy != choice.energy_TeV:
        raise file.error(f"energy {content.energy:g} TeV, the measurement has {choice.energy_TeV:g} TeV", "energy_TeV")
    for key in ("unit", "pdf_families", "observable"):
        if getattr(content, key) != getattr(first, key):
            raise file.error(f"'{key}' differs from that of the first file; files of one calculation are needed", key)
    for number, run in enumerate(content.runs):
        if run.pdf not in content.pdf_families:
            raise file.error(
                f"PDF family '{run.pdf}' is not in pdf_families{suggestion(run.pdf, content.pdf_families)}",
                *("runs", number, "pdf"),
            )
    for name, family in content.pdf_families.items():
        if family.type_ == "replicas" and family.confidence_level != 68:
            raise file.error(f"replicas of {name} have no confidence level of 90; write 68", "pdf_families", name)


def _runs(file: YamlFile, content: NnloFile) -> list[_Run]:
    runs = []
    for number, run in enumerate(content.runs):
        check_length(file, run.values, len(content.edges) - 1, "one a bin", "runs", number, "values")
        if run.errors is not None:
            check_length(file, run.errors, len(run.values), "one a bin", "runs", number, "errors")
        histogram = make_histogram(
            content.edges,
            run.values,
            run.errors,
            quantity=content.quantity,
            place=file.place("runs", number),
            label=f"{run.order} {run.pdf} mass {run.mass:g}",
        )
        runs.append(_Run(run, histogram))
    return runs


def _chosen(what: str, known: Sequence[str], wanted: str | None, path: Path) -> str:
    if wanted is None and len(known) == 1:
        return known[0]
    if wanted is None:
        raise InputError(f"which {what}? There are {', '.join(known)}: choose one with --{what}", Place(path))
    if wanted not in known:
        raise InputError(f"no {what} {wanted}; there are {', '.join(known)}", Place(path))
    return wanted


def _tnps(runs: Sequence[_Run]) -> dict[str, tuple[Histogram, Histogram | None]]:
    """Histograms at +1 and -1; all at the same mass, with nothing else varied."""
    moved: dict[tuple[str, int], _Run] = {}
    for run in runs:
        content = run.content
        if run.point != Point(content.mass):
            raise run.histogram.error(f"{content.tnp} is moved together with scales or PDF; move one thing at a time")
        key = (str(content.tnp), content.tnp_value)
        if key in moved:
            raise run.histogram.error(f"{content.tnp} at {content.tnp_value:+d} is given twice")
        moved[key] = run
    masses = {run.content.mass for run in moved.values()}
    if len(masses) > 1:
        raise next(iter(moved.values())).histogram.error(
            "theory nuisance parameters are moved at several masses; keep one"
        )
    names = dict.fromkeys(name for name, _ in moved)
    for name in names:
        if (name, 1) not in moved:
            raise moved[name, -1].histogram.error(f"{name} is given at -1 and not at +1")
    return {
        name: (moved[name, 1].histogram, moved[name, -1].histogram if (name, -1) in moved else None) for name in names
    }
