"""``ttjroofit convert powheg|stripper|csv``: shipped predictions come back, and fits give the same mass."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import uproot

from calculated import CENTRAL, FloatArray, histogram, nnlo_document, runs_of, table_of, write_json, write_powheg
from program import call
from ttjroofit.card import read_card
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.yaml_file import load_yaml
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions

ROOT = Path(__file__).parents[2]
MEASUREMENTS = {
    "CMS_13TeV": ROOT / "inputs" / "cms_13tev_dilepton.yaml",
    "ATLAS_8TeV": ROOT / "inputs" / "atlas_8tev_ljets.yaml",
    "ATLAS_13TeV": ROOT / "inputs" / "atlas_13tev_dilepton.yaml",
}
EXACT = 4e-15
"""Rounding of sums and quotients of a dozen numbers of order one."""

Write = Callable[[Path, Prediction], list[object]]


def shipped(name: str) -> Prediction:
    return read_prediction(ROOT / "inputs" / "theory" / f"{name}_lo_ps.yaml")


def powheg(folder: Path, prediction: Prediction) -> list[object]:
    write_powheg(folder / "runs", runs_of(prediction), prediction.edges)
    options = ("--pdf-type", "symmhessian", "--pdf-cl", 68, "--quantity", "per bin")
    return ["powheg", folder / "runs", *options]


def stripper(folder: Path, prediction: Prediction) -> list[object]:
    return ["stripper", write_json(folder / "nnlo.json", nnlo_document(prediction))]


def table(form: str) -> Write:
    def write(folder: Path, prediction: Prediction) -> list[object]:
        path = folder / "curves.csv"
        path.write_text(table_of(prediction, form), encoding="utf-8")
        options = ("--pdf", "TOY", "--pdf-type", "symmhessian", "--pdf-cl", 68, "--quantity", "per bin")
        return ["csv", path, *options]

    return write


WRITERS: dict[str, Write] = {
    "powheg": powheg,
    "stripper": stripper,
    "csv long": table("long"),
    "csv wide": table("wide"),
}


def convert(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, write: Write, *options: object
) -> tuple[int, list[Path]]:
    """Exit status and the files written."""
    folder.mkdir(exist_ok=True)
    arguments = write(folder, shipped(name))
    output = folder / "out"
    status = call(
        monkeypatch,
        "convert",
        *arguments,
        "--measurement",
        MEASUREMENTS[name],
        "-o",
        output,
        "--name",
        "BACK",
        *options,
    )
    return status, sorted(output.glob("*"))


def normalised(rows: FloatArray) -> FloatArray:
    return np.asarray(rows / rows.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", MEASUREMENTS)
def test_a_shipped_prediction_comes_back(
    name: str, writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, written = convert(monkeypatch, tmp_path, name, WRITERS[writer])
    assert (status, [path.name for path in written]) == (0, [f"{name}_BACK.yaml"])
    back, before = read_prediction(written[0]), shipped(name)
    shape = normalised(before.fractions[2])
    assert np.array_equal(back.masses, before.masses)
    assert (back.nominal_mass, back.energy_TeV, back.measurement) == (172.5, before.energy_TeV, name)
    np.testing.assert_allclose(back.fractions, normalised(before.fractions), rtol=EXACT)
    # the linear equations that the errors were made by lose two digits
    np.testing.assert_allclose(back.fraction_sigma, before.fraction_sigma, rtol=1e-12)
    assert set(back.scales) == set(before.scales)
    for factors, ratio in before.scales.items():
        np.testing.assert_allclose(back.scales[factors], normalised(ratio * before.fractions[2]) / shape, rtol=EXACT)
    expected = normalised(before.fractions[2] * (1.0 + before.pdf_shifts)) / shape - 1.0
    np.testing.assert_allclose(back.pdf_shifts, expected, atol=EXACT)
    assert [name.rpartition("_")[2] for name in back.pdf_names] == ["1", "2", "3", "4"]
    if writer == "stripper":
        moved = normalised(before.fractions[2] * (1.0 + before.tnp_shifts)) / shape - 1.0
        np.testing.assert_allclose(back.tnp_shifts, moved, atol=EXACT)
        assert back.tnp_names == before.tnp_names
    else:
        assert back.tnp_names == ()


def mass(card: Path, options: ModelOptions | None = None) -> float:
    combination = load_combination(read_card(card), options or ModelOptions())
    values = find_minimum(reduce_likelihood(combination, eliminate(combination)))
    assert combination.theory is not None
    return float(values[combination.theory.parameters.position("m_t")])


@pytest.mark.parametrize("writer", ["powheg", "stripper"])
def test_a_fit_gives_the_same_mass(writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All three measurements; POWHEG has no theory nuisance parameters."""
    for name in MEASUREMENTS:
        assert convert(monkeypatch, tmp_path / name, name, WRITERS[writer])[0] == 0
    text = (ROOT / "cards" / "atlas_cms.txt").read_text(encoding="utf-8")
    text = re.sub(r"(\s)(\.\./inputs|correlations)/", rf"\1{ROOT}/cards/\2/", text)
    if writer == "powheg":
        text = re.sub(r"^tnp .*$", "tnp off", text, flags=re.M)
    (tmp_path / "before.txt").write_text(text, encoding="utf-8")
    new, count = re.subn(
        r"^theory .*$", f"theory * {tmp_path}/$MEASUREMENT/out/$MEASUREMENT_BACK.yaml", text, flags=re.M
    )
    assert count == 1
    (tmp_path / "after.txt").write_text(new, encoding="utf-8")
    # GeV; the shipped shares are rounded to 1e-7 and were normalised
    assert mass(tmp_path / "after.txt") == pytest.approx(mass(tmp_path / "before.txt"), abs=2e-5)


def test_fine_histograms_are_binned_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Monte Carlo counts behind the shipped prediction, in bins of 0.005, as histograms."""
    name = "CMS_13TeV"
    samples = load_yaml(ROOT / "inputs" / "theory" / "counts" / f"{name}.yaml").data["samples"]
    edges = np.linspace(0.0, 1.0, 201)
    for sample in samples.values():
        if sample["pdf_set"] == samples["m_13_172.5"]["pdf_set"] and (sample["muR"], sample["muF"]) == (1.0, 1.0):
            counts = np.array(sample["counts"], dtype=np.float64)
            inner = tmp_path / "runs" / f"run_PDF_14400_M_{sample['mass']}_muR_1_muF_1"
            inner.mkdir(parents=True)
            with uproot.recreate(inner / "pwg-all-NLO.root") as file:
                file["other"] = histogram(counts, None, edges)
                file["rho"] = histogram(counts, np.sqrt(counts), edges)
    status = call(
        monkeypatch,
        *("convert", "powheg", tmp_path / "runs", "--measurement", MEASUREMENTS[name], "--histogram", "rh*"),
        *("-o", tmp_path / "out"),
    )
    assert status == 0
    back, before = read_prediction(tmp_path / "out" / f"{name}_POWHEG_CT18NLO.yaml"), shipped(name)
    # the shipped digits
    np.testing.assert_allclose(back.fractions, before.fractions, atol=0.6e-7)
    np.testing.assert_allclose(back.fraction_sigma, before.fraction_sigma, atol=0.6e-7)
    # independent counts over their sum are multinomial
    assert back.fraction_correlation is not None
    odds = np.sqrt(back.fractions / (1.0 - back.fractions))
    expected = -np.einsum("ma,mb->mab", odds, odds)
    expected[:, range(4), range(4)] = 1.0
    np.testing.assert_allclose(back.fraction_correlation, expected, atol=1e-12)


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    text = capsys.readouterr().err
    assert text.startswith("Error: ")
    assert text.count("\n") == 1
    return text


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("rm 99000_M_172.5_muR_1.0_muF_1.0", r"no mass 172.5 muR 1 muF 1 PDF member 0: every mass needs the central"),
        ("rm 99003_M_172.5", r"runs: no mass 172.5 muR 1 muF 1 PDF member 3: LHAPDF_99000 has .* error members"),
        ("mkdir plots", r"runs/plots: is no run: folders must be called run_PDF_<LHAPDF id>_M_<mass>"),
        ("mkdir run_PDF_99000_M_172.50_muR_1_muF_1", r"the same point as run_PDF_99000_M_172.5"),
        ("mkdir run_PDF_99000_M_0_muR_1_muF_1", r"a number is not positive"),
        ("mkdir run_PDF_99000_M_180_muR_2_muF_1", r"pwg-all-NLO.root: no such file, of mass 180"),
        ("garble", r"histograms cannot be read: it is no ROOT file, or damaged"),
    ],
)
def test_bad_folders_are_refused(
    edit: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(folder: Path, prediction: Prediction) -> list[object]:
        arguments = powheg(folder, prediction)
        verb, _, what = edit.partition(" ")
        if verb == "rm":
            gone = next(path for path in (folder / "runs").iterdir() if what in path.name)
            (gone / "pwg-all-NLO.root").unlink()
            gone.rmdir()
        elif verb == "mkdir":
            (folder / "runs" / what).mkdir()
        else:
            (folder / "runs" / f"run_PDF_{CENTRAL}_M_166_muR_1.0_muF_1.0" / "pwg-all-NLO.root").write_bytes(
                b"root" * 99
            )
        return arguments

    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", write)
    assert (status, written, (tmp_path / "out").exists()) == (2, [], False)
    assert re.search(message, error_of(capsys))


@pytest.mark.parametrize("writer", ["stripper", "csv long"])
def test_an_edge_between_bins_is_named(
    writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The histograms of one measurement for the bins of another."""
    monkeypatch.setitem(MEASUREMENTS, "CMS_13TeV", MEASUREMENTS["ATLAS_13TeV"])
    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", WRITERS[writer])
    assert (status, written) == (2, [])
    assert "0.25, an edge of the measurement, is no edge of these bins (the nearest is 0.3)" in error_of(capsys)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--name", "a/b"), "--name a/b: at most 80 letters, digits and underscores"),
        (("--quality", ""), "--quality: one line of text is needed"),
        (("--nominal-mass", "170"), "no point at the nominal mass 170; there are 166, 169, 172.5, 176, 179"),
        (("--pdf", "14400"), "no runs of PDF 14400; there are 99000, 99001"),
        (("--pdf", "nonsense"), "--pdf nonsense: an LHAPDF number is needed, or one of CT14nnlo"),
        (("--pdf-type", "replicas", "--pdf-cl", "90"), "--pdf-cl 90: replicas have no confidence level; give 68"),
        (("--pdf-type", "hessian", "--pdf-members", "3"), "3 error members of LHAPDF_99000, pairs were expected"),
        (("--histogram", "rhp"), "no histogram rhp; nearest: rho"),
    ],
)
def test_bad_options_are_refused(
    options: tuple[str, ...],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", powheg, *options)
    assert (status, written) == (2, [])
    assert message in error_of(capsys)


def test_cross_sections_need_the_quantity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of histograms in units of rho with bins of one width used to be wrong by this width."""

    def write(folder: Path, prediction: Prediction) -> list[object]:
        arguments = powheg(folder, prediction)
        return arguments[: arguments.index("--quantity")]

    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", write, "--unit", "pb")
    assert (status, written) == (2, [])
    assert "--unit pb: cross sections need --quantity 'per bin' or 'per unit of rho' too" in error_of(capsys)


def test_strange_names_of_files_are_shown_on_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(folder: Path, prediction: Prediction) -> list[object]:
        verb, path, *options = table("long")(folder, prediction)
        return [verb, Path(str(path)).rename(folder / "two\nlines.csv"), *options]

    status, (written,) = convert(monkeypatch, tmp_path, "CMS_13TeV", write)
    assert (status, read_prediction(written).quality) == (0, "curves of two?lines.csv")


def test_several_histograms_need_a_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = nnlo_document(shipped("CMS_13TeV"))
    document["runs"] += [{**run, "order": "NLO"} for run in document["runs"]]
    write_json(tmp_path / "nnlo.json", document)
    arguments = ("convert", "stripper", tmp_path / "nnlo.json", "--measurement", MEASUREMENTS["CMS_13TeV"])
    assert call(monkeypatch, *arguments, "-o", tmp_path / "out") == 2
    assert "which order? There are NLO, NNLO: choose one with --order" in error_of(capsys)
    assert call(monkeypatch, *arguments, "-o", tmp_path / "out", "--order", "NLO") == 0
    out = capsys.readouterr().out
    assert f"line for a card: theory CMS_13TeV {tmp_path}/out/CMS_13TeV_NLO_TOY.yaml" in out
    prediction = read_prediction(tmp_path / "out" / "CMS_13TeV_NLO_TOY.yaml")
    assert (prediction.name, prediction.quality) == ("NLO_TOY", "NLO, PDF TOY")


def test_files_of_one_calculation_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = nnlo_document(shipped("CMS_13TeV"))
    masses = sorted({run["mass"] for run in document["runs"]})
    paths = []
    for value in masses:
        part = {**document, "runs": [run for run in document["runs"] if run["mass"] == value]}
        paths.append(write_json(tmp_path / f"{value}.json", part))
    whole = write_json(tmp_path / "whole.json", document)
    texts = []
    for number, files in enumerate(([whole], paths)):
        out = tmp_path / f"out{number}"
        arguments = ("--measurement", MEASUREMENTS["CMS_13TeV"], "-o", out)
        assert call(monkeypatch, "convert", "stripper", *files, *arguments) == 0
        texts.append(
            [line for line in (out / "CMS_13TeV_NNLO_TOY.yaml").read_text().splitlines() if "onverted" not in line]
        )
    assert texts[0] == texts[1]


def test_runs_of_other_families_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(folder: Path, prediction: Prediction) -> list[object]:
        arguments = powheg(folder, prediction)
        write_powheg(folder / "runs", runs_of(prediction)[2:3], prediction.edges, 14400)
        return arguments

    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", write, "--unit", "pb")
    assert (status, len(written)) == (0, 1)
    assert "Warning: runs of other PDFs are not used: LHAPDF 14400\n" in capsys.readouterr().err
    assert load_yaml(written[0]).data["cross_section_pb"] == pytest.approx([336, 324, 310, 296, 284], rel=1e-12)


def test_an_unknown_family_must_be_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(folder: Path, prediction: Prediction) -> list[object]:
        return [*WRITERS["csv long"](folder, prediction)[:2], "--quantity", "per bin"]

    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", write)
    assert (status, written) == (2, [])
    assert "PDF family without a name is not known: give --pdf NAME and --pdf-type hessian, symm" in error_of(capsys)


def test_what_cannot_be_read_back_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A member that empties a bin; the error names the file it came from."""

    def write(folder: Path, prediction: Prediction) -> list[object]:
        document = nnlo_document(prediction)
        next(run for run in document["runs"] if run.get("member"))["values"] = [9.0, 1.0, 1.0, 1.0]
        return ["stripper", write_json(folder / "nnlo.json", document)]

    status, written = convert(monkeypatch, tmp_path, "CMS_13TeV", write)
    assert (status, written) == (2, [])
    assert re.search(r"nnlo.json: relative shift [0-9.]+ would empty a bin", error_of(capsys))
