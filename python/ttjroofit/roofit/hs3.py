"""A model in the HEP Statistics Serialization Standard (HS3), written and read by ROOT's RooJSONFactoryWSTool.

ROOT 6.40 writes an empty entry for a class that it cannot stream, and crashes on a ModelConfig whose pdf is no
RooSimultaneous. So classes and names are checked first, the analysis is added to what ROOT writes, and the file is
read back and compared. Sums with weights are written as the standard has them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ttjroofit.errors import ModelError, RootMissingError
from ttjroofit.inputs.yaml_file import read_text
from ttjroofit.roofit.extract import ExtractedModel, factors_of, names_of
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import variables

__all__ = ["ANALYSIS", "check_streamable", "read_hs3", "write_hs3"]

ANALYSIS = "ModelConfig"
"""Name of the analysis, which becomes the ModelConfig of who reads the file with ROOT."""

SHOWN = 5
"""Objects shown of those that cannot be streamed."""

VARIABLES = {"RooRealVar", "RooConstVar"}
"""Classes that HS3 holds as parameters, without an exporter."""

CURES = {
    "RooStudentT": "HS3 has no Student's t: leave out the errorOnError lines of the card",
    "RooSimultaneous": "leave out the shapes lines of the card",
}
"""What to do about classes that a card can bring in."""

PRECISION = 1e-12
"""Relative difference of -ln L that is allowed between what was written and what is read back."""


def write_hs3(model: ExtractedModel, path: str) -> None:
    """Write a model as HS3 and read it back.

    Raises:
        ModelError: for what ROOT cannot stream, and if what is read back is another likelihood.
        RootMissingError: if this ROOT was built without HS3.
    """
    with quiet() as ROOT:
        if not hasattr(ROOT, "RooJSONFactoryWSTool"):
            raise RootMissingError(
                f"ROOT {ROOT.gROOT.GetVersion()} has no RooJSONFactoryWSTool: use ROOT 6.30 or newer"
            )
        check_streamable(model)
        try:
            written = str(ROOT.RooJSONFactoryWSTool(model.workspace).exportJSONtoString())
        except Exception as error:
            raise ModelError(f"workspace.json: ROOT cannot write the model: {_first_line(error)}") from None
        document = json.loads(written)
        document["functions"] = _standard_sums(document.get("functions", []), model.workspace)
        _add_analysis(document, model)
        for point in document["parameter_points"]:
            # snapshots of scale variations: names with dots are not read back
            point["name"] = point["name"].replace(".", "p")
        text = json.dumps(document, sort_keys=True) + "\n"
        _compare(model, _read(text, "workspace.json"))
        Path(path).write_text(text, encoding="utf-8")


def read_hs3(path: Path) -> Any:
    """The RooWorkspace of an HS3 file, with a ModelConfig for each of its analyses.

    Raises:
        InputError: if the file cannot be read.
        ModelError: if ROOT cannot read it as HS3.
    """
    return _read(read_text(path), str(path))


def _read(text: str, name: str) -> Any:
    with quiet() as ROOT:
        workspace = ROOT.RooWorkspace("w", "read from HS3")
        try:
            good = ROOT.RooJSONFactoryWSTool(workspace).importJSONfromString(text)
        except Exception as error:
            raise ModelError(f"{name}: ROOT cannot read this as HS3: {_first_line(error)}") from None
        if not good:
            raise ModelError(f"{name}: ROOT cannot read this as HS3")
        return workspace


def check_streamable(model: ExtractedModel) -> None:
    """Look for what ROOT would leave out or could not read again.

    Raises:
        ModelError: that names class and object.
    """
    with quiet() as ROOT:
        io = ROOT.RooFit.JSONIO
        known = {str(key.GetName()) for table in (io.exporters(), io.exportKeys()) for key, _ in table}
        components = [(str(item.ClassName()), str(item.GetName())) for item in model.workspace.components()]
        valid = ROOT.RooJSONFactoryWSTool.isValidName
        unknown = [(kind, name) for kind, name in components if kind not in known | VARIABLES]
        wrong = [name for _, name in components if not valid(name)]
    if unknown:
        kind, name = unknown[0]
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        cure = CURES.get(kind, "without `--for hs3` there is workspace.root, which has all classes")
        raise ModelError(f"workspace.json: ROOT cannot stream the class {kind} of {name}{more} as HS3; {cure}")
    if wrong:
        raise ModelError(
            f"workspace.json: HS3 takes letters, digits and _ in names, but not {', '.join(wrong[:SHOWN])}: rename them"
        )


def _standard_sums(functions: Sequence[Mapping[str, Any]], workspace: Any) -> list[Mapping[str, Any]]:
    """Formulas in place of ROOT's ``weighted_sum``, which the standard does not have.

    Sums of products would do too, but ROOT takes a minute to read thousands of these.
    """

    def term(coefficient: str, sample: str) -> str:
        weight = float(workspace.arg(coefficient).getVal())
        return sample if weight == 1.0 else f"({weight!r})*{sample}"

    def standard(function: Mapping[str, Any]) -> Mapping[str, Any]:
        terms = zip(function["coefficients"], function["samples"], strict=True)
        expression = "+".join(term(coefficient, sample) for coefficient, sample in terms)
        return {"name": function["name"], "type": "generic_function", "expression": expression}

    return [standard(function) if function["type"] == "weighted_sum" else function for function in functions]


def _add_analysis(document: dict[str, Any], model: ExtractedModel) -> None:
    """Likelihood, analysis and domain as HS3 defines them; ROOT reads a ModelConfig from these."""
    domain = f"{ANALYSIS}_domain"
    axes = {axis["name"]: axis for entry in document["domains"] for axis in entry["axes"]}
    # ROOT takes constants of the domain for nuisances if the cross sections depend on them
    measured = _in_measurements(model)
    apart = [name for name in model.global_observables if name not in measured]
    # the standard wants all parameters that are not constant in the domain, masses too
    chosen = [axes[name] for name in (*model.interest, *model.nuisances, *apart) if name in axes]
    document["domains"].append({"name": domain, "type": "product_domain", "axes": chosen})
    document["likelihoods"] = [{"name": ANALYSIS, "distributions": [model.engine], "data": ["data_obs"]}]
    document["analyses"] = [
        {
            "name": ANALYSIS,
            "likelihood": ANALYSIS,
            "parameters_of_interest": list(model.interest),
            "domains": [domain],
            "init": "default_values",
        }
    ]


def _in_measurements(model: ExtractedModel) -> set[str]:
    """Variables of the factors that depend on observables."""
    with quiet() as ROOT:
        observables = variables(ROOT, model.workspace, model.observables)
        factors = [item for item in factors_of(model.workspace.pdf(model.engine)) if item.dependsOn(observables)]
        return {name for factor in factors for name in names_of(factor.getVariables())}


def _compare(model: ExtractedModel, read: Any) -> None:
    """-ln L before the fit, and with all that floats moved."""
    for moved in (False, True):
        expected, found = (_likelihood(model, workspace, moved=moved) for workspace in (model.workspace, read))
        if not math.isclose(expected, found, rel_tol=PRECISION):
            raise ModelError(
                f"workspace.json: what ROOT reads back is another likelihood: -ln L = {found:.17g} instead of "
                f"{expected:.17g}; use workspace.root, written without `--for hs3`"
            )


def _likelihood(model: ExtractedModel, workspace: Any, *, moved: bool) -> float:
    values = _moved(model) if moved else {}
    before = {name: workspace.var(name).getVal() for name in values}
    with quiet() as ROOT:
        pdf, data = workspace.pdf(model.engine), workspace.data("data_obs")
        if not pdf or not data:
            raise ModelError(f"workspace.json: ROOT reads back no pdf {model.engine} or no data_obs")
        # the global observables are those that the pdf itself knows by its attribute
        likelihood = pdf.createNLL(data, ROOT.RooFit.EvalBackend("legacy"))
        for name, value in values.items():
            workspace.var(name).setVal(value)
        result = float(likelihood.getVal())
    for name, value in before.items():
        workspace.var(name).setVal(value)
    return result


def _moved(model: ExtractedModel) -> Mapping[str, float]:
    """A point away from where the fit starts: nuisances by a tenth of their step, masses and normalisations by 0.1%."""
    floating = [model.workspace.var(name) for name in (*model.interest, *model.nuisances)]
    return {
        str(item.GetName()): item.getVal() * 1.001 if item.getVal() > 100.0 else item.getVal() + 0.1
        for item in floating
    }


def _first_line(error: Exception) -> str:
    """What a C++ exception says, without the signature that PyROOT puts in front."""
    return str(error).rsplit("runtime_error:", maxsplit=1)[-1].strip().splitlines()[0]
