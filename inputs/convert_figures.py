"""Write the input files of ttjroofit from the JSON figures they were collected in.

Usage: python convert_figures.py FOLDER_OF_FIGURES OUTPUT_FOLDER

Every number is copied as it is written there, digit by digit: numbers stay text from the JSON to the YAML.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

MEASUREMENTS = ("cms_13tev_dilepton", "atlas_8tev_ljets", "atlas_13tev_dilepton")
GENERATOR = (
    "Computed with Pythia 8.317.2: leading-order top pairs with parton shower, NNPDF3.1 NLO (LUXqed) PDFs, "
    "tops stable, anti-kT R = 0.4 parton-level jets, leading jet above the pT cut of the measurement within its |eta|, "
    "rho = 340 GeV / m(t, tbar, leading jet)."
)
PREDICTION_NOTES = (
    "fraction_sigma is the Monte Carlo standard deviation; cross_section_pb includes the cuts.",
    "scale: ratio of the fraction a bin to the nominal one at 172.5 GeV, smoothed by a quadratic in rho.",
    "pdf: relative shape difference of an alternative PDF set, smoothed by a quadratic in rho, used as a 68% CL shape "
    "shift with one nuisance a set.",
    "tnp: Chebyshev polynomials T1, T2, T3 of 2 rho - 1, 5% of the shape, one parameter each for all measurements: the "
    "uncertainty of a leading-order shape in the manner of theory nuisance parameters (arXiv:2412.14910).",
    "It gives the right shape within 10% a bin and a mass within about 1 to 2 GeV, not a result.",
    "Without tnp and pdf the 2% data of ATLAS 13 TeV reject the leading-order shape.",
    "The counts behind these numbers are in counts/, in fine bins of 0.005 in rho.",
)
NOTES_OF_PARAMETERS = {
    "CMS_modelling_ttbar_mass": ("none", "m_t(MC) - 172.5 in GeV; free in the fit, no prior"),
    "CMS_norm_tt0jet": ("normal", "the fitted rate minus 1; its prior width is not published, 1 is assumed"),
}
# The first match wins; one list for all measurements, patterns that match nothing in one of them are left out there.
GROUPS = {
    "extrapolation": ["CMS_extrapolation_*"],
    "pdf": ["*_pdf_*"],
    "modelling_ttbar": ["*_modelling_ttbar_*"],
    "modelling_singletop": ["*_modelling_singletop_*"],
    "modelling_zjets": ["*_modelling_zjets_*"],
    "scale_b": ["*_scale_b", "*_scale_b_*", "CMS_scale_j_flavorBottom"],
    "scale_j": ["*_scale_j_*"],
    "res_j": ["*_res_j_*"],
    "eff_j": ["*_eff_j", "*_eff_j_*"],
    "eff_b": ["*_eff_b_*", "ATLAS_13TeV_eff_extrapolation*"],
    "trigger": ["CMS_eff_trig_*", "CMS_eff_l1Prefiring", "*_eff_e_SFTrigger", "*_eff_m_Trigger*"],
    "eff_e": ["*_eff_e_*"],
    "scale_e": ["*_scale_e", "*_scale_e_*"],
    "res_e": ["*_res_e", "*_res_e_*"],
    "eff_m": ["*_eff_m", "*_eff_m_*"],
    "scale_m": ["*_scale_m", "*_scale_m_*"],
    "res_m": ["*_res_m", "*_res_m_*"],
    "met": ["CMS_met", "*_scale_met", "*_res_met", "*_res_met_*"],
    "pileup": ["*_pileup"],
    "lumi": ["*_lumi"],
    "fake_j": ["*_fake_j_*"],
    "norm": ["*_norm_*"],
    "mcstat": ["*_mcstat_*"],
}


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def load(path: Path) -> Any:
    """The content of a JSON file with numbers as text."""
    with path.open(encoding="utf-8") as stream:
        return json.load(stream, parse_float=Number, parse_int=Number)


def scalar(value: str) -> str:
    """A YAML scalar: numbers and single words plain, other text in double quotes."""
    if isinstance(value, Number) or value.isidentifier():
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def row(values: Iterable[str]) -> str:
    """A list on one line."""
    return "[" + ", ".join(scalar(value) for value in values) + "]"


def wrapped(values: Sequence[str], indent: int, per_line: int) -> str:
    """A long list with ``per_line`` entries a line."""
    pad = " " * (indent + 2)
    chunks = [values[start : start + per_line] for start in range(0, len(values), per_line)]
    return "[\n" + ",\n".join(pad + ", ".join(map(scalar, chunk)) for chunk in chunks) + f"\n{' ' * indent}]"


def table(rows: Iterable[Sequence[str]], indent: int) -> str:
    """A list of lists, one a line."""
    return "".join(f"\n{' ' * indent}- {row(values)}" for values in rows)


def paragraph(text: str, indent: int) -> str:
    """Text that may need several lines, as a quoted or folded scalar; reads back as ``text``."""
    if len(text) < 100:
        return scalar(text)
    pad = " " * indent
    return ">-\n" + textwrap.fill(
        text, 116, initial_indent=pad, subsequent_indent=pad, break_long_words=False, break_on_hyphens=False
    )


def note_list(notes: Iterable[str]) -> str:
    """A list of sentences."""
    return "".join(f"\n  - {paragraph(note, 4)}" for note in notes)


def comment(*sentences: str) -> str:
    """The comment at the top of a file."""
    text = " ".join((*sentences, "Written by inputs/convert_figures.py; do not edit."))
    return textwrap.fill(text, 116, initial_indent="# ", subsequent_indent="# ") + "\n"


def groups_of(names: Sequence[str]) -> str:
    """The groups that have members among ``names``."""
    free, lines = set(names), ""
    for group, patterns in GROUPS.items():
        used = [pattern for pattern in patterns if any(fnmatchcase(name, pattern) for name in free)]
        if used:
            lines += f"\n  {group}: {row(used)}"
        free = {name for name in free if not any(fnmatchcase(name, pattern) for pattern in used)}
    if free:
        raise SystemExit(f"in no group: {sorted(free)}")
    return lines


def profiled(figures: Mapping[str, Any], matrix_file: str) -> str:
    """The block of a likelihood fit."""
    n_bins = len(figures["bins"])
    lines = f"profiled:\n  bin_sigma: {row(figures['sigma'][:n_bins])}\n  parameters:"
    for name, value, sigma in zip(
        figures["nuisances"], figures["nuisance_values"], figures["sigma"][n_bins:], strict=True
    ):
        lines += f"\n    - {{name: {name}, value: {value}, sigma: {sigma}"
        if name in NOTES_OF_PARAMETERS:
            prior, note = NOTES_OF_PARAMETERS[name]
            lines += f", prior: {prior}, note: {json.dumps(note)}"
        lines += "}"
    return f"{lines}\n  correlation: {{file: {matrix_file}}}\n"


def measurement_yaml(figures: Mapping[str, Any], matrix_file: str) -> str:
    """The YAML of one measurement."""
    unit, _, remark = figures["unit"].partition(" ")
    external = figures["externalised"]
    notes = [figures["kind"], f"values: {figures['quantity']}", f"unit: {unit} {remark}" if remark else ""]
    notes += [figures.get("nuisance_values_note", "")]
    notes += [f"correlation: {figures['correlation_order']}" if "correlation" in figures else ""]
    notes += [f"sources: {external['note']}"]
    names = figures.get("nuisances", []) + external["names"]
    text = comment(f"Measurement {figures['measurement']}.", f"Source: {figures['source']}.", "Format: docs/inputs.md.")
    text += f"schema: ttjroofit/measurement/1\nname: {figures['measurement']}\nexperiment: {figures['experiment']}\n"
    text += f'energy_TeV: {figures["sqrt_s_TeV"]}\nyear: "{figures["year"]}"\nchannel: {scalar(figures["channel"])}\n'
    text += f"reference: {paragraph(figures['source'], 2)}\nnotes:{note_list(filter(None, notes))}\n"
    text += f"observable: {paragraph(figures['observable'], 2)}\nunit: {unit}\n"
    text += f"quantity: {'per bin' if 'per bin' in figures['quantity'] else 'per unit of rho'}\n"
    text += f"edges: {row(figures['edges'])}\nbins:" + "".join(f"\n  - {name}" for name in figures["bins"])
    text += f"\nvalues: {row(figures['values'])}\n\n"
    if "nuisances" in figures:
        text += profiled(figures, matrix_file)
    else:
        text += f"statistical:\n  sigma: {row(figures['stat_sigma'])}\n"
        text += f"  correlation: # lower triangle{table(figures['stat_correlation'], 4)}\n"
    text += f"\nsources: # shift of the true value in each bin for +1 standard deviation, in {unit}"
    for name, shifts in zip(external["names"], zip(*external["shifts"], strict=True), strict=True):
        text += f"\n  {name}: {row(shifts)}"
    return f"{text}\n\ngroups: # the first match wins{groups_of(names)}\n"


def correlation_text(figures: Mapping[str, Any]) -> str:
    """The correlation matrix of a likelihood fit, one row a line."""
    text = comment(
        f"Correlation matrix of {figures['measurement']}: {figures['correlation_order']}.",
        f"Source: {figures['source']}.",
    )
    return text + "".join(" ".join(values) + "\n" for values in figures["correlation"])


def prediction_yaml(name: str, figures: Mapping[str, Any]) -> str:
    """The YAML of the prediction for one measurement."""
    text = comment(f"Prediction for {name}.", f"{figures['quality']}.", "Format: docs/inputs.md.")
    text += f"schema: ttjroofit/prediction/1\nname: LO_PS\nmeasurement: {name}\n"
    text += f"quality: {scalar(figures['quality'])}\nsource: {paragraph(GENERATOR, 2)}\n"
    text += f"notes:{note_list(PREDICTION_NOTES)}\n"
    text += f"energy_TeV: {figures['sqrt_s_TeV']}\nedges: {row(figures['edges'])}\nmasses: {row(figures['masses'])}\n"
    text += f"nominal_mass: {figures['nominal_mass']}\n"
    text += f"fractions: # one row a mass{table(figures['fractions'], 2)}\n"
    text += f"fraction_sigma:{table(figures['fraction_sigma'], 2)}\nmonte_carlo: multinomial\n"
    text += f"cross_section_pb: {row(figures['cross_section_pb'])}\nscale: # muR_muF: ratio to nominal"
    for factors, ratios in figures["scale"].items():
        text += f'\n  "{factors}": {row(ratios)}'
    names = [f"pdf_{pdf_set}" for pdf_set in figures["pdf_names"]]
    text += f"\npdf:\n  kind: shifts\n  confidence_level: 68\n  names: {row(names)}\n"
    text += f"  members: # one row a name{table(figures['pdf_shifts'], 4)}\n"
    return text + f"tnp:\n  names: {row(figures['tnp_names'])}\n  shifts:{table(figures['tnp_shifts'], 4)}\n"


def counts_yaml(name: str, samples: Mapping[str, Any]) -> str:
    """The YAML of the Monte Carlo counts behind a prediction."""
    text = comment(
        f"Counts of the Monte Carlo samples behind the prediction for {name}: 200 bins of 0.005 in rho from 0 to 1, of",
        "events that pass the cuts. The counts of a coarse bin over all counts are its share of the cross section;",
        "sigma_pb is the cross section without cuts, of `generated` events; pdf_set is the number of the set in Pythia",
        "(PDF:pSet).",
        GENERATOR,
    )
    text += f"measurement: {name}\nbin_width: 0.005\nsamples:"
    for sample, content in samples.items():
        text += f"\n  {scalar(sample) if sample.isidentifier() else json.dumps(sample)}:"
        for key, value in content.items():
            text += f"\n    {key}: {wrapped(value, 4, 20) if isinstance(value, list) else scalar(value)}"
    return text + "\n"


def convert(figures: Path, output: Path) -> list[Path]:
    """Write all files; returns their paths."""
    texts: dict[str, str] = {}
    for stem in MEASUREMENTS:
        content = load(figures / f"{stem}.json")
        matrix_file = f"{stem}_correlation.txt"
        texts[f"{stem}.yaml"] = measurement_yaml(content, matrix_file)
        if "correlation" in content:
            texts[matrix_file] = correlation_text(content)
    for name, content in load(figures / "theory.json").items():
        texts[f"theory/{name}_lo_ps.yaml"] = prediction_yaml(name, content)
    for name, samples in load(figures / "theory_counts.json").items():
        texts[f"theory/counts/{name}.yaml"] = counts_yaml(name, samples)
    for relative, text in texts.items():
        (output / relative).parent.mkdir(parents=True, exist_ok=True)
        (output / relative).write_text(text, encoding="utf-8")
    return [output / relative for relative in texts]


def main() -> None:
    """Convert the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("figures", type=Path, help="folder with the JSON figures")
    parser.add_argument("output", type=Path, help="folder to write to")
    arguments = parser.parse_args()
    convert(arguments.figures, arguments.output)


if __name__ == "__main__":
    main()
