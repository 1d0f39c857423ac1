"""Toys on the command line: files, exit status, bad options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot

from program import call
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.results.store import read_result
from ttjroofit.results.toys import GeneratedToys, ToyFitsResult

CARDS = Path(__file__).parents[2] / "cards"
CARD = CARDS / "atlas8.txt"
FREQUENTIST = ("-s", "3", "--toysFrequentist")


def result_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found


def untimed(folder: Path) -> dict[str, Any]:
    return {key: value for key, value in result_of(folder).items() if key != "timing_s"}


def test_goodness_of_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("-M", "GoodnessOfFit", "-t", "300", *FREQUENTIST, "-o", tmp_path)
    assert call(monkeypatch, CARD, *options) == 0
    assert (tmp_path / "summary.txt").read_text(encoding="utf-8") in capsys.readouterr().out
    figures = {f"goodness_of_fit.{kind}" for kind in ("pdf", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {"card.txt", "result.json", "summary.txt"} | figures
    result = read_result(GoodnessOfFitResult, tmp_path / "result.json")
    assert (result.schema, result.toys, result.seed) == ("ttjroofit/goodness_of_fit/1", 300, 3)
    assert result.chi2_toys is not None
    assert len(result.chi2_toys) == 300
    contract = {"chi2", "ndf", "p_value_asymptotic", "p_value_toys", "p_value_toys_error", "toys", "seed", "chi2_toys"}
    assert contract <= set(result_of(tmp_path))


def test_goodness_of_fit_without_toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "-M", "GoodnessOfFit", "-t", "-1", "-o", tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"card.txt", "result.json", "summary.txt"}
    result = result_of(tmp_path)
    assert result["asimov"]
    assert result["chi2"] == pytest.approx(0.0, abs=1e-6)
    assert result["toys"] is result["chi2_toys"] is result["p_value_toys"] is result["p_value_toys_error"] is None


@pytest.mark.parametrize("kind", [("--toysFrequentist",), ()], ids=["frequentist", "drawn"])
def test_toys_written_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: tuple[str, ...]) -> None:
    """The same toys, thrown or read, give the same results but for rounding."""
    asked = ("-t", "50", "-s", "5", *kind)
    assert call(monkeypatch, CARD, "-M", "GenerateOnly", *asked, "-o", tmp_path / "made") == 0
    made = read_result(GeneratedToys, tmp_path / "made" / "result.json")
    file = tmp_path / "made" / "toys.root"
    with uproot.open(file) as content:
        toys, truth = content["toys"], content["truth"]
        assert toys.num_entries == made.toys == 50
        assert toys["iToy"].array(library="np").tolist() == list(range(1, 51))
        assert len(toys.keys()) == made.observables + 1
        assert truth["m_t"].array(library="np")[0] == made.truth["m_t"]
        assert truth["seed"].array(library="np")[0] == made.seed == 5
    again = ("--toysFile", file)
    for method, key in (("GoodnessOfFit", "chi2_toys"), ("Fit", "chi2_toys")):
        folders = tmp_path / f"{method}_thrown", tmp_path / f"{method}_read"
        assert call(monkeypatch, CARD, "-M", method, *asked, "--no-plots", "-o", folders[0]) == 0
        assert call(monkeypatch, CARD, "-M", method, *again, "--no-plots", "-o", folders[1]) == 0
        thrown, read = (result_of(folder) for folder in folders)
        np.testing.assert_allclose(read[key], thrown[key], rtol=1e-8)
        assert (read["toys"], read["seed"], read["toys_file"]) == (50, 5, "toys.root")
        assert read["toys_frequentist"] is bool(kind)
    fewer = tmp_path / "fewer"
    assert call(monkeypatch, CARD, *again, "-t", "20", "--no-plots", "-o", fewer) == 0
    np.testing.assert_allclose(result_of(fewer)["chi2_toys"], read["chi2_toys"][:20], rtol=1e-8)


def test_fits_of_toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "-t", "200", *FREQUENTIST, "--saveToys", "-o", tmp_path) == 0
    figures = {f"{stem}.{kind}" for stem in ("m_t", "pull_m_t") for kind in ("pdf", "png")}
    files = {"card.txt", "result.json", "summary.txt", "toy_fits.root", "toys.root"}
    assert {path.name for path in tmp_path.iterdir()} == files | figures
    result = read_result(ToyFitsResult, tmp_path / "result.json")
    with uproot.open(tmp_path / "toy_fits.root") as content:
        tree = content["limit"].arrays(library="np")
    assert tree["iToy"].tolist() == list(range(1, 201))
    assert tree["iSeed"].tolist() == [3] * 200
    for name, values in (("m_t", result.masses["m_t"].values), ("m_t_hesse", result.masses["m_t"].hesse)):
        assert tree[name].tolist() == values
    assert tree["chi2"].tolist() == result.chi2_toys


def test_held_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frequentist toys hold what is set and profile the rest; the fits of the toys float it."""
    options = ("-t", "500", *FREQUENTIST, "--no-plots", "-o", tmp_path)
    assert call(monkeypatch, CARD, "--setParameters", "m_t=175,pdf_CTEQ66=1", *options) == 0
    mass = read_result(ToyFitsResult, tmp_path / "result.json").masses["m_t"]
    assert mass.truth == 175.0
    assert mass.mean.value == pytest.approx(175.0, abs=0.4)
    assert mass.width.value is not None
    assert mass.width.value > 0.5


@pytest.mark.parametrize("method", ["GoodnessOfFit", "Fit"])
def test_two_processes_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    for name, options in (("one", ()), ("two", ("--parallel", "2")), ("again", ())):
        asked = ("-M", method, "-t", "4500", *FREQUENTIST, "--no-plots", *options, "-o", tmp_path / name)
        assert call(monkeypatch, CARD, *asked) == 0
    assert untimed(tmp_path / "one") == untimed(tmp_path / "two") == untimed(tmp_path / "again")


def test_random_seed_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b"):
        options = ("-M", "GenerateOnly", "-t", "2", "-s", "-1", "-o", tmp_path / folder)
        assert call(monkeypatch, CARD, *options) == 0
    seeds = [result_of(tmp_path / folder)["seed"] for folder in ("a", "b")]
    assert seeds[0] != seeds[1]
    assert min(seeds) >= 0


def test_compatibility_with_toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = CARDS / "atlas8_cms13.txt"
    options = ("-M", "Compatibility", "-t", "400", *FREQUENTIST, "-o", tmp_path)
    assert call(monkeypatch, card, *options) == 0
    result = read_result(CompatibilityResult, tmp_path / "result.json")
    assert result.toys is not None
    assert result.tension is not None
    assert result.toys.p_value == pytest.approx(result.p_value, abs=0.1)
    assert [row.measurement for row in result.tension.measurements] == result.measurements
    assert {"tension.png", "delta_chi2.png"} <= {path.name for path in tmp_path.iterdir()}
    summary = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert "by toys: p = " in summary
    assert "all - without" in summary
    assert max(len(line) for line in summary.splitlines()) <= 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-t", "-2"), "-t -2: give a number of toys"),
        (("-M", "Impacts", "-t", "10"), "-t 10: -M Impacts knows no toys"),
        (("-M", "Validate", "--toysFile", "x.root"), "--toysFile: -M Validate knows no toys"),
        (("-M", "GenerateOnly"), "give their number, -t N"),
        (("-M", "GenerateOnly", "-t", "-1"), "give their number, -t N"),
        (("-t", "-1", "--toysFrequentist"), "-t -1 is the Asimov data set"),
        (("--toysFrequentist",), "--toysFrequentist without toys"),
        (("--saveToys",), "--saveToys without toys"),
        (("--toysFile", "x.root", "--saveToys"), "are in a file already"),
        (("--toysFile", "missing.root"), "missing.root: toys cannot be read"),
        (("--toysFile", "{wrong}"), "toys cannot be read: it has no trees toys and truth"),
        (("--toysFile", "{card}"), "toys cannot be read"),
        (("-t", "5", "--engine", "full"), "--engine full: toys are fitted with the reduced model"),
        (("-M", "MultiDimFit", "--algo", "grid", "-t", "5"), "--algo grid is for the data: toys are fitted"),
        (("-t", "5", "--freezeParameters", "m_t"), "all masses are frozen"),
        (
            ("-t", "5", "--toysFrequentist", "--setParameters", "interpolation_ATLAS_8TeV_1=1"),
            "an interpolation nuisance held",
        ),
    ],
)
def test_bad_options(
    options: tuple[str, ...],
    message: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with uproot.recreate(tmp_path / "wrong.root") as file:
        file["other"] = {"x": np.zeros(3)}
    names = {"wrong": tmp_path / "wrong.root", "card": CARD}
    given = [option.format(**names) for option in options]
    assert call(monkeypatch, CARD, *given, "-o", tmp_path / "out") == 2
    assert message in capsys.readouterr().err.replace("\n", "")
    assert not (tmp_path / "out" / "result.json").exists()


def test_toys_of_another_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARD, "-M", "GenerateOnly", "-t", "3", "-o", tmp_path) == 0
    file = tmp_path / "toys.root"
    assert call(monkeypatch, CARDS / "cms13.txt", "--toysFile", file, "-o", tmp_path / "other") == 2
    assert "the toys have no CMS_13TeV" in capsys.readouterr().err
    assert call(monkeypatch, CARD, "--toysFile", file, "-t", "4", "-o", tmp_path / "other") == 2
    assert "toys.root has 3 toys" in capsys.readouterr().err
