"""Read a prediction from our YAML format, which ``schema.PredictionFile`` documents."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ttjroofit.inputs.checks import check_length, check_relative, check_shares, check_unique, rectangle, rising
from ttjroofit.inputs.matrix import check_correlation, matrix_rows, symmetric
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.pdf_sets import one_sigma, pair_shifts, replica_shifts, symmetric_shifts
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.schema import PdfBlock, PredictionFile
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["read_prediction"]

# of the smallest eigenvalue, 0 since fractions sum to 1: correlations printed with four digits
_ROUNDING_OF_CORRELATIONS = 1e-3
_SCALE_KEY = re.compile(r"([0-9]*\.?[0-9]+)_([0-9]*\.?[0-9]+)")


def read_prediction(path: Path) -> Prediction:
    """Read and check a prediction.

    Args:
        path: a YAML file of schema ``ttjroofit/prediction/1``.

    Raises:
        InputError: with file and line, if the file is missing, malformed or physically impossible.
    """
    file = load_yaml(path)
    content = validate(PredictionFile, file)
    edges = rising(file, content.edges, "edges")
    masses = rising(file, content.masses, "masses")
    shape = (len(masses), len(edges) - 1)
    fractions = rectangle(file, content.fractions, shape, "one row a mass", "fractions")
    check_shares(file, fractions, "fractions")
    _check_masses(file, content)
    pdf_names, pdf_shifts = _pdf(file, content, fractions)
    tnp_names, tnp_shifts = _tnp(file, content, shape[1])
    check_unique(
        file, [(name, ("pdf", "names")) for name in pdf_names] + [(name, ("tnp", "names")) for name in tnp_names]
    )
    return Prediction(
        name=content.name,
        energy_TeV=content.energy,
        measurement=content.measurement,
        quality=content.quality,
        source=content.source,
        edges=edges,
        masses=masses,
        nominal_mass=content.nominal_mass,
        fractions=fractions,
        fraction_sigma=rectangle(file, content.fraction_sigma, shape, "one row a mass", "fraction_sigma"),
        monte_carlo=content.monte_carlo,
        scales=_scales(file, content, shape[1]),
        pdf_names=pdf_names,
        pdf_shifts=pdf_shifts,
        tnp_names=tnp_names,
        tnp_shifts=tnp_shifts,
        path=path,
        fraction_correlation=_fraction_correlation(file, content, shape),
    )


def _check_masses(file: YamlFile, content: PredictionFile) -> None:
    low, high = content.masses[0], content.masses[-1]
    if not low <= content.nominal_mass <= high:
        raise file.error(
            f"nominal_mass {content.nominal_mass:g} is outside the masses, {low:g} to {high:g} GeV", "nominal_mass"
        )
    if content.cross_section_pb is not None:
        check_length(file, content.cross_section_pb, len(content.masses), "one a mass", "cross_section_pb")


def _fraction_correlation(file: YamlFile, content: PredictionFile, shape: tuple[int, int]) -> FloatArray | None:
    """Correlation of the fractions at each mass, shape (M, n, n)."""
    matrices, key = content.fraction_correlation, "fraction_correlation"
    if (matrices is not None) != (content.monte_carlo == "correlated"):
        raise file.error("`monte_carlo: correlated` and 'fraction_correlation' belong together", "monte_carlo")
    if matrices is None:
        return None
    check_length(file, matrices, shape[0], "one matrix a mass", key)
    names, full = [f"fraction {i + 1}" for i in range(shape[1])], []
    for number, matrix in enumerate(matrices):
        rows = matrix_rows(file, matrix, key, number)
        full.append(symmetric(rows, names))
        check_correlation(full[-1], rows, names)
        smallest = float(np.linalg.eigvalsh(full[-1])[0])
        if smallest < -_ROUNDING_OF_CORRELATIONS:
            raise file.error(
                f"the correlation is not positive semi-definite, smallest eigenvalue {smallest:.3g}: give more digits",
                key,
                number,
            )
    return np.array(full)


def _scales(file: YamlFile, content: PredictionFile, n_bins: int) -> dict[tuple[float, float], FloatArray]:
    scales: dict[tuple[float, float], FloatArray] = {}
    for key, ratios in content.scale.items():
        match = _SCALE_KEY.fullmatch(key)
        factors = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
        if min(factors) <= 0:
            raise file.error(f"scale '{key}' must be two positive factors muR_muF, for instance 0.5_1", "scale", key)
        if factors in scales:
            raise file.error(f"scale '{key}' is given twice", "scale", key)
        check_length(file, ratios, n_bins, "one a bin", "scale", key)
        scales[factors] = np.array(ratios)
    return scales


def _tnp(file: YamlFile, content: PredictionFile, n_bins: int) -> tuple[tuple[str, ...], FloatArray]:
    if content.tnp is None:
        return (), np.zeros((0, n_bins))
    names = tuple(content.tnp.names)
    shifts = rectangle(file, content.tnp.shifts, (len(names), n_bins), "one row a name", "tnp", "shifts")
    check_relative(file, shifts, "tnp", "shifts")
    return names, shifts


def _pdf(file: YamlFile, content: PredictionFile, fractions: FloatArray) -> tuple[tuple[str, ...], FloatArray]:
    """Names and relative shifts at 68% CL, shape (J, n), of the PDF nuisances."""
    block, n_bins = content.pdf, fractions.shape[1]
    if block is None:
        return (), np.zeros((0, n_bins))
    count, what = _expected_members(file, block)
    members = rectangle(file, block.members, (count, n_bins), what, "pdf", "members")
    if block.kind == "shifts":
        shifts = one_sigma(members, block.confidence_level)
    else:
        check_shares(file, members, "pdf", "members")
        shifts = _shape_shifts(block, members, _central(file, content, block, fractions))
    if not len(shifts):
        raise file.error("the replicas are all the same; give different ones or `pdf: null`", "pdf", "members")
    check_relative(file, shifts, "pdf", "members")
    if block.kind == "replicas":
        return tuple(f"{block.names[0]}_{number}" for number in range(1, len(shifts) + 1)), shifts
    return tuple(block.names), shifts


def _shape_shifts(block: PdfBlock, members: FloatArray, central: FloatArray) -> FloatArray:
    if block.kind == "replicas":
        return replica_shifts(members, central)
    convert = pair_shifts if block.kind == "pairs" else symmetric_shifts
    return one_sigma(convert(members, central), block.confidence_level)


def _expected_members(file: YamlFile, block: PdfBlock) -> tuple[int, str]:
    """How many rows ``members`` must have, and in words what they are."""
    if block.kind != "replicas":
        pairs = block.kind == "pairs"
        return len(block.names) * (1 + pairs), "two rows (S+, S-) a name" if pairs else "one row a name"
    if block.confidence_level != 68:
        raise file.error("replicas have no confidence level of 90; write 68", "pdf", "confidence_level")
    if len(block.names) != 1:
        raise file.error(f"replicas need one name, the prefix, found {len(block.names)}", "pdf", "names")
    return max(len(block.members), 2), "at least two replicas"


def _central(file: YamlFile, content: PredictionFile, block: PdfBlock, fractions: FloatArray) -> FloatArray:
    """Shape of the central member, shape (n,)."""
    if block.central is not None:
        central = rectangle(file, [block.central], (1, fractions.shape[1]), "one row", "pdf", "central")
        check_shares(file, central, "pdf", "central")
        return np.asarray(central[0])
    if content.nominal_mass not in content.masses:
        raise file.error(
            f"no mass point at nominal_mass {content.nominal_mass:g}: add 'central', the shape of the central member",
            "pdf",
        )
    return np.asarray(fractions[content.masses.index(content.nominal_mass)])
