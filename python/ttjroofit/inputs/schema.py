"""The YAML formats of measurements and predictions, key by key; docs/inputs.md shows complete examples."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag
from pydantic_core import PydanticCustomError

from ttjroofit.files import LARGEST_NUMBER, LONGEST_NAME

__all__ = [
    "Matrix",
    "MatrixFile",
    "MeasurementFile",
    "Name",
    "Parameter",
    "PdfBlock",
    "PredictionFile",
    "ProfiledBlock",
    "Source",
    "SourceBlock",
    "StatisticalBlock",
    "TheoryNuisanceBlock",
]

# Names become RooFit variables and stand in its formulas, which accept nothing but these characters.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=LONGEST_NAME)]
Text = Annotated[str, StringConstraints(min_length=1)]


def _in_reach(value: float) -> float:
    if abs(value) > LARGEST_NUMBER:
        raise PydanticCustomError("too_large", f"input should be at most {LARGEST_NUMBER:g} in size")
    return value


def _invertible(value: float) -> float:
    if value < 1 / LARGEST_NUMBER:
        raise PydanticCustomError("too_small", f"input should be at least {1 / LARGEST_NUMBER:g}")
    return value


Number = Annotated[float, AfterValidator(_in_reach)]
Positive = Annotated[float, Field(gt=0), AfterValidator(_in_reach), AfterValidator(_invertible)]


class _Block(BaseModel):
    """A mapping that has the stated keys and no others, with values of exactly the stated types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class MatrixFile(_Block):
    """A matrix in a text file of its own: one row a line, numbers between blanks, ``#`` starts a comment."""

    file: Text = Field(description="name of the text file, relative to the folder of this YAML file")


def _matrix_form(value: Any) -> str:
    return "file" if isinstance(value, dict | MatrixFile) else "rows"


Matrix = Annotated[
    Annotated[list[list[Number]], Tag("rows")] | Annotated[MatrixFile, Tag("file")], Discriminator(_matrix_form)
]


class StatisticalBlock(_Block):
    """The statistical covariance of the bins: as ``sigma`` and ``correlation``, or as ``covariance``."""

    sigma: list[Positive] | None = Field(None, description="standard deviation a bin, in the unit of the values")
    correlation: Matrix | None = Field(None, description="correlation of the bins: lower triangle with diagonal")
    covariance: Matrix | None = Field(None, description="covariance, unit squared: lower triangle with diagonal")


class Parameter(_Block):
    """A nuisance parameter as the published fit left it."""

    name: Name = Field(description="name of the nuisance parameter: letters, digits and underscores")
    value: Number = Field(description="post-fit value, in units of the prior standard deviation")
    sigma: Positive = Field(description="post-fit standard deviation, in the same units")
    prior: Literal["normal", "none"] = Field("normal", description="`none` if the parameter was free in the fit")
    type_: Literal["absolute", "relative"] = Field(
        "absolute", alias="type", description="`relative`: what it does to the bins scales with their true values"
    )
    note: Text | None = Field(None, description="what a reader must know about this parameter")


class ProfiledBlock(_Block):
    """The outcome of a likelihood fit of bins and nuisance parameters together."""

    bin_sigma: list[Positive] = Field(description="post-fit standard deviation a bin, in the unit of the values")
    parameters: list[Parameter] = Field(description="the nuisance parameters of the fit")
    correlation: Matrix = Field(description="correlation of bins, then parameters: lower triangle with diagonal")


class SourceBlock(_Block):
    """An uncertainty source of which more is to be said than its shifts."""

    shift: list[Number] | None = Field(None, description="change of the true values for +1 standard deviation")
    up: list[Number] | None = Field(None, description="the same, where that for -1 is not the opposite; with `down`")
    down: list[Number] | None = Field(None, description="change of the true values for -1 standard deviation")
    type_: Literal["absolute", "relative", "lognormal"] = Field(
        "absolute", alias="type", description="shifts stay as they are, scale with the true value, or are factors"
    )
    interpolation: Literal["smooth", "kinked"] = Field(
        "smooth", description="between `down` and `up`: polynomial (HistFactory code 4) or two straight lines (Convino)"
    )
    prior: Literal["normal", "free"] = Field("normal", description="`free` for a nuisance without a prior")
    shift_sigma: list[Annotated[Number, Field(ge=0)]] | None = Field(
        None, description="Monte Carlo standard deviation of the shifts"
    )


# A name of a source cannot hold brackets: these tags stand in the places that pydantic reports.
def _source_form(value: Any) -> str:
    return "[block]" if isinstance(value, dict | SourceBlock) else "[list]"


Source = Annotated[
    Annotated[list[Number], Tag("[list]")] | Annotated[SourceBlock, Tag("[block]")], Discriminator(_source_form)
]


class MeasurementFile(_Block):
    """A measured differential cross section with its uncertainties."""

    schema_: Literal["ttjroofit/measurement/1"] = Field(alias="schema", description="name and version of this format")
    name: Name = Field(description="name of the measurement, used in datacards: letters, digits and underscores")
    experiment: Text = Field(description="for instance ATLAS or CMS")
    energy: Positive = Field(alias="energy_TeV", description="centre-of-mass energy in TeV")
    year: Text | int = Field(description="years of data taking")
    channel: Text = Field(description="decay channel")
    reference: Text = Field(description="publication, record and licence of the numbers")
    notes: list[Text] = Field([], description="what else a reader must know, one sentence an entry")
    observable: Text = Field(description="definition of the observable and of the phase space, in words")
    unit: Text = Field(description="unit of the values, for instance pb or fb")
    quantity: Literal["per bin", "per unit of rho"] = Field(
        description="`per bin`: values are cross sections of bins; `per unit of rho`: divided by the bin width"
    )
    edges: list[Number] = Field(description="the n+1 rising bin edges, in units of the observable")
    bins: list[Name] = Field(description="the n names of the bins: letters, digits and underscores")
    values: list[Number] = Field(description="the n measured values")
    statistical: StatisticalBlock | None = Field(
        None, description="statistical uncertainty, where all systematic uncertainties are sources"
    )
    profiled: ProfiledBlock | None = Field(
        None, description="bins and nuisance parameters as fitted together, where the measurement is a likelihood fit"
    )
    sources: dict[Name, Source] = Field(
        description="uncertainty sources with a standard-normal prior: name to the n shifts of the true values "
        "for +1 standard deviation, in the unit of the values, or to a block; `{}` for none"
    )
    groups: dict[Name, list[Text]] = Field(
        description="group to names of nuisances or shell patterns; the first group that matches has the nuisance; "
        "`{}` for none"
    )


class PdfBlock(_Block):
    """How the shape varies with the parton distributions."""

    kind: Literal["shifts", "pairs", "symmetric", "replicas"] = Field(
        description="what members are: `shifts` relative changes of the shape; `pairs` shapes of Hessian members "
        "S+, S-, S+, S-...; `symmetric` shapes of symmetric Hessian members; `replicas` shapes of Monte Carlo replicas"
    )
    confidence_level: Literal[68, 90] = Field(description="of the members, in per cent; 68 for replicas")
    names: list[Name] = Field(
        min_length=1,
        description="names of the nuisance parameters; for replicas the one prefix of PREFIX_1, PREFIX_2...",
    )
    central: list[Positive] | None = Field(
        None, description="shape of the central member; without it the fractions at the nominal mass; not for `shifts`"
    )
    members: list[list[Number]] = Field(min_length=1, description="one row a member, one column a bin")


class TheoryNuisanceBlock(_Block):
    """Theory nuisance parameters: stated shape changes with standard-normal priors (arXiv:2412.14910)."""

    names: list[Name] = Field(min_length=1, description="names of the nuisance parameters")
    shifts: list[list[Number]] = Field(
        min_length=1, description="relative change of the shape for +1 standard deviation: one row a parameter"
    )


class PredictionFile(_Block):
    """A predicted, normalised shape at several top-quark masses, in the bins of one measurement."""

    schema_: Literal["ttjroofit/prediction/1"] = Field(alias="schema", description="name and version of this format")
    name: Name = Field(description="name of the calculation: letters, digits and underscores")
    measurement: Name = Field(description="name of the measurement that the prediction is binned for")
    quality: Text = Field(description="one line that says what it is good for; shown wherever a mass is shown")
    source: Text = Field(description="how the numbers were made")
    notes: list[Text] = Field([], description="what else a reader must know, one sentence an entry")
    energy: Positive = Field(alias="energy_TeV", description="centre-of-mass energy in TeV")
    edges: list[Number] = Field(description="the n+1 rising bin edges; the same as in the measurement")
    masses: list[Positive] = Field(description="the M rising top-quark masses in GeV, at least 2")
    nominal_mass: Positive = Field(description="mass in GeV at which scales and PDFs were varied; within the masses")
    fractions: list[list[Positive]] = Field(
        description="share of the cross section in each bin: one row a mass, one column a bin, rows sum to 1"
    )
    fraction_sigma: list[list[Positive]] = Field(description="Monte Carlo standard deviation of the fractions")
    monte_carlo: Literal["multinomial", "independent", "correlated"] = Field(
        description="bins of one mass point are counts of one sample (`multinomial`), `independent`, or `correlated` "
        "as `fraction_correlation` says"
    )
    fraction_correlation: list[list[list[Number]]] | None = Field(
        None, description="correlation of the fractions, one matrix a mass: lower triangle with diagonal"
    )
    cross_section_pb: list[Positive] | None = Field(
        None, description="cross section with the cuts a mass, in pb; kept for the record, not used in the fit"
    )
    scale: dict[Text, list[Positive]] = Field(
        description="factors `muR_muF`, for instance 0.5_1, to the ratio a bin to the nominal shape; `{}` for none"
    )
    pdf: PdfBlock | None = Field(description="variations of the parton distributions; `null` for none")
    tnp: TheoryNuisanceBlock | None = Field(description="theory nuisance parameters; `null` for none")
