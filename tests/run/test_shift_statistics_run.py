"""``-M ShiftStatistics`` and ``smooth`` through the command line, on a shipped card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from program import call
from ttjroofit.results.shift_statistics import ShiftStatisticsResult
from ttjroofit.results.store import read_result

REPOSITORY = Path(__file__).parents[2]
CARD = REPOSITORY / "cards" / "atlas8.txt"


def atlas8(folder: Path, *lines: str, sigma: float | None = None) -> Path:
    """The shipped card with more lines; ``sigma``: Monte Carlo uncertainty of the modelling shifts over the values."""
    text = CARD.read_text(encoding="utf-8").replace("../inputs", str(REPOSITORY / "inputs"))
    if sigma is not None:
        original = REPOSITORY / "inputs" / "atlas_8tev_ljets.yaml"
        content = yaml.safe_load(original.read_text(encoding="utf-8"))
        for name, shift in content["sources"].items():
            if "_modelling_" in name:
                sigmas = [sigma * x for x in content["values"]]
                content["sources"][name] = {"shift": shift, "shift_sigma": sigmas}
        (folder / "measurement.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        text = text.replace(str(original), str(folder / "measurement.yaml"))
    card = folder / "atlas8_changed.txt"
    card.write_text("\n".join([text, *lines]) + "\n", encoding="utf-8")
    return card


def test_files_keys_and_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = atlas8(tmp_path, sigma=0.01)
    output = tmp_path / "out"
    assert call(monkeypatch, card, "-M", "ShiftStatistics", "-t", 200, "-s", 5, "-o", output) == 0
    figures = {f"shift_statistics_m_t.{kind}" for kind in ("pdf", "png")}
    assert {path.name for path in output.iterdir()} == {"card.txt", "summary.txt", "result.json", *figures}
    document = json.loads((output / "result.json").read_text(encoding="utf-8"))
    assert document["schema"] == "ttjroofit/shift_statistics/1"
    assert (document["toys"], document["seed"], document["method"]) == (200, 5, "explicit")
    rows = read_result(ShiftStatisticsResult, output / "result.json").masses["m_t"].rows
    assert [entry.kind for entry in rows] == ["source"] * 5 + ["group"] * 2 + ["all"]
    assert all(entry.unconverged == 0 and entry.mc_stat.value for entry in rows)


def test_same_bytes_on_two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, documents = atlas8(tmp_path, sigma=0.01), []
    for folder, options in (("one", []), ("two", ["--parallel", 2])):
        output = tmp_path / folder
        arguments = ["-M", "ShiftStatistics", "-t", 1200, "--no-plots", "-o", output, *options]
        assert call(monkeypatch, card, *arguments) == 0
        document = json.loads((output / "result.json").read_text(encoding="utf-8"))
        del document["timing_s"]
        documents.append(json.dumps(document))
    assert documents[0] == documents[1]


def test_smoothing_lowers_the_monte_carlo_uncertainty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = []
    for number, lines in enumerate([[], ["smooth *_modelling_* polynomial 2"]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        card = atlas8(folder, *lines, sigma=0.01)
        assert call(monkeypatch, card, "-M", "ShiftStatistics", "-t", 200, "--no-plots", "-o", folder / "out") == 0
        result = read_result(ShiftStatisticsResult, folder / "out" / "result.json")
        assert result.smoothed == (5 if lines else 0)
        totals.append(result.masses["m_t"].rows[-1].mc_stat.value)
    assert totals[1] < totals[0]


def test_smooth_line_on_the_shipped_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = atlas8(tmp_path, "smooth ATLAS_8TeV_modelling_* polynomial 2")
    assert call(monkeypatch, card, "-o", tmp_path / "smooth") == 0
    assert call(monkeypatch, CARD, "--no-plots", "-o", tmp_path / "plain") == 0
    smooth, plain = (
        json.loads((tmp_path / folder / "result.json").read_text(encoding="utf-8")) for folder in ("smooth", "plain")
    )
    assert plain["smoothing"] == []
    assert len(smooth["smoothing"]) == 5
    entry = smooth["smoothing"][0]
    assert {"source", "measurement", "order", "before", "after", "chi2", "ndf"} <= set(entry)
    assert (entry["measurement"], entry["order"], entry["ndf"]) == ("ATLAS_8TeV", 2, 5)
    assert len(entry["before"]) == len(entry["after"]) == 8
    # docs/shifts.md: +0.43 GeV, a third of the uncertainty
    move = smooth["parameters"]["m_t"]["value"] - plain["parameters"]["m_t"]["value"]
    assert move == pytest.approx(0.43, abs=0.02)
    assert {"smoothing.pdf", "smoothing.png"} <= {path.name for path in (tmp_path / "smooth").iterdir()}
    assert "smooth ATLAS_8TeV_modelling_* polynomial 2" in (tmp_path / "smooth" / "card.txt").read_text(
        encoding="utf-8"
    )
    capsys.readouterr()
    assert call(monkeypatch, card, "-M", "Validate", "-o", tmp_path / "checked") == 0
    assert "123 sources, 5 of them smoothed" in capsys.readouterr().out


def test_full_and_reduced_engine_know_the_same_shifts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, values = atlas8(tmp_path, "smooth * polynomial 2"), []
    for engine in ("reduced", "full"):
        output = tmp_path / engine
        assert call(monkeypatch, card, "--engine", engine, "--no-plots", "-o", output) == 0
        mass = json.loads((output / "result.json").read_text(encoding="utf-8"))["parameters"]["m_t"]
        values.append([mass["value"], mass["hesse"]])
    # Minuit stops at an EDM of 3e-8, 2e-4 of a sigma of 1.3 GeV
    np.testing.assert_allclose(values[0], values[1], atol=1e-3)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ([], []),
            "no source of ATLAS_8TeV has a Monte Carlo uncertainty of its shift: give it as `shift_sigma: [...]`",
        ),
        (([], ["-t", -1]), "-M ShiftStatistics throws toys: give their number, -t N, or leave out -t"),
        (
            ([], ["--toysFrequentist", "-t", 10]),
            "the data stay: leave out --toysFile, --saveToys and --toysFrequentist",
        ),
        ((["smooth *_modeling_* polynomial 2"], []), "no externalised source matches '*_modeling_*'; "),
    ],
)
def test_refused(
    asked: tuple[list[str], list[object]],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, options = asked
    card = atlas8(tmp_path, *lines)
    assert call(monkeypatch, card, "-M", "ShiftStatistics", "-o", tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("result.json"))
