"""``ttjroofit convert``: from Convino to a card, from a card to Convino, and what cannot be converted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from program import call
from synthetic import TIES, three_parts
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.card import read_card
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.cross_sections import CrossSections

CARDS = Path(__file__).parents[2] / "cards"

CONFIG = """Two measurements of two cross sections, and one that only the first has.
[global]
  normalise = true
[end global]
[inputs]
  nFiles = 2
  file0 = first.txt
  file1 = second.txt
[end inputs]
[observables]
  low = low_1 + low_2
  high = high_1 + high_2
[end observables]
[correlations]
  jes_1 = (0.4 & -0.1 : 0.6) jes_2 + (0.2) lumi_2
  fit_1 = (0.3 & 0.5 : 0.4) lumi_2
[end correlations]
[uncertainty impacts]
  jets = jes_1 + jes_2
  statistics = stat
[end uncertainty impacts]
"""
FIRST = """[hessian]
  low_1 0.02
  fit_1 -0.03 1.8
  high_1 0.004 0.02 0.01
  other_1 0.001 0.1 0.002 0.05
[end hessian]
[not fitted]
  jes_1 stat
  low_1 3 99
  high_1 -4 99
  other_1 2 99
[end not fitted]
[estimates]
  n_estimates = 3
  name_0 = low_1
  value_0 = 100;
  name_1 = high_1
  value_1 = 210
  name_2 = other_1
  value_2 = 30
[end estimates]
"""
SECOND = """[not fitted]
  jes_2 lumi_2 stat
  low_2 2 5 6
  high_2 -3 9 8
[end not fitted]
[estimates]
  n_estimates = 2
  name_0 = low_2
  value_0 = 112
  name_1 = high_2
  value_1 = 200
[end estimates]
"""


def write(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write the files with each edit made in all of them; the configuration is returned."""
    for name, text in (("config.txt", CONFIG), ("first.txt", FIRST), ("second.txt", SECOND)):
        for old, new in edits:
            text = text.replace(old, new)  # noqa: PLW2901
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "config.txt"


def twin(z: FloatArray, *, pearson: bool) -> float:
    """chi2 of the files above, written out: low, high, other, then fit_1, jes_1, jes_2, lumi_2."""
    fit, jes_1, jes_2, lumi = z[3:]
    hessian = np.array(
        [[0.02, 0.004, 0.001, -0.03], [0.004, 0.01, 0.002, 0.02], [0.001, 0.002, 0.05, 0.1], [-0.03, 0.02, 0.1, 1.8]]
    )
    first, data_1 = hessian[:3, :3], np.array([100.0, 210.0, 30.0])
    mu_1 = z[:3] + np.linalg.solve(first, hessian[:3, 3]) * fit - jes_1 * np.array([3.0, -4.0, 2.0])
    data_2, second = np.array([112.0, 200.0]), np.diag([1 / 36, 1 / 64])
    mu_2 = z[:2] - jes_2 * np.array([2.0, -3.0]) - lumi * np.array([5.0, 9.0])
    total = (1.8 - hessian[3, :3] @ np.linalg.solve(first, hessian[:3, 3])) * fit**2 - fit**2
    for mu, data, precise in ((mu_1, data_1, first), (mu_2, data_2, second)):
        u = (data - mu) * (np.sqrt(data / mu) if pearson else 1.0)
        total += u @ precise @ u
    prior = np.eye(4)  # fit_1, jes_1, jes_2, lumi_2
    prior[1, 2] = prior[2, 1] = 0.4
    prior[1, 3] = prior[3, 1] = 0.2
    prior[0, 3] = prior[3, 0] = 0.3
    return float(total + z[3:] @ np.linalg.inv(prior) @ z[3:])


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_convino_to_cross_sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    config = write(tmp_path)
    assert call(monkeypatch, "convert", "convino", config, "-o", tmp_path / "made") == 0
    card, out = tmp_path / "made" / "card.txt", tmp_path / "out"
    assert call(monkeypatch, card, "-M", "CrossSections", "--chi2", form, "--no-plots", "-o", out) == 0
    result = json.loads((out / "result.json").read_text(encoding="utf-8"))
    start = np.array([105.0, 205.0, 30.0, 0, 0, 0, 0])
    found = minimize(lambda z: twin(z, pearson=form == "pearson"), start, method="BFGS", options={"gtol": 1e-8})
    assert (result["bins"], result["chi2_form"], result["ndf"]) == (["low", "high", "other_1"], form, 2)
    np.testing.assert_allclose(result["values"], found.x[:3], rtol=1e-6)  # finite differences of BFGS
    assert result["chi2"] == pytest.approx(found.fun, abs=1e-8)
    moved = {nuisance["name"]: nuisance["value"] for nuisance in result["nuisances"]}
    np.testing.assert_allclose([moved[n] for n in ("fit_1", "jes_1", "jes_2", "lumi_2")], found.x[3:], atol=1e-5)
    assert set(result["impacts"]) >= {"jets", "first_fitted", "first_not_fitted", "second_not_fitted"}
    assert (result["errors"] is None) == (form == "neyman")


def test_the_card_and_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "convert", "convino", write(tmp_path), "-o", tmp_path / "made") == 0
    said = capsys.readouterr()
    assert f"written to {tmp_path / 'made'}: card.txt, first.yaml, second.yaml" in said.out
    assert "the correlation of fit_1 and lumi_2 lies outside its range 0.4 to 0.5, which is widened" in said.err
    assert "stat in 'statistics'" in said.err
    assert "isDifferential and normalise" in said.err
    card = read_card(tmp_path / "made" / "card.txt")
    assert [(line.name, line.bins) for line in card.combines] == [
        ("low", ("low_1", "low_2")),
        ("high", ("high_1", "high_2")),
    ]
    assert [(a.block, a.first, a.second, a.nominal, a.low, a.high) for a in card.assumptions] == [
        ("jes_1", "jes_1", "jes_2", 0.4, -0.1, 0.6),
        ("jes_1", "jes_1", "lumi_2", 0.2, 0.2, 0.2),
        ("fit_1", "fit_1", "lumi_2", 0.3, 0.3, 0.5),
    ]
    assert [(group.name, group.members) for group in card.groups] == [("jets", ("jes_1", "jes_2"))]
    assert "widened" in (tmp_path / "made" / "card.txt").read_text(encoding="utf-8")


def test_names_that_meet_others_of_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Impacts may be called like a measurement or a statement, files alike, and names may hold any character."""
    config = write(tmp_path, ("jets =", "first ="), ("jes_1", "jes-1"), ("second.txt", "sub/first.txt"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "second.txt").rename(tmp_path / "sub" / "first.txt")
    assert call(monkeypatch, "convert", "convino", config, "-o", tmp_path / "made") == 0
    card = read_card(tmp_path / "made" / "card.txt")
    assert [measurement.name for measurement in card.measurements] == ["first", "first_2"]
    assert [(group.name, group.members) for group in card.groups] == [("first_3", ("jes_1", "jes_2"))]
    assert load_combination(card).truths == ("low", "high", "other_1")


def test_a_correlation_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, ("(0.4 & -0.1 : 0.6)", "(1)"), ("(0.2)", "(0)"), ("(0.3 & 0.5 : 0.4)", "(-0.9995)"))
    assert call(monkeypatch, "convert", "convino", config, "-o", tmp_path / "made") == 0
    said = capsys.readouterr().err
    assert "is 1, which Convino takes as 0.999; here the two become one parameter" in said
    assert "is -0.9995, which Convino takes as 0.999; here it holds as it is" in said


BAD = {
    "observable": (
        ("low_1 + low_2", "low_1 + low_3"),
        r"config.txt:11: 'low_3' of observable 'low' is no estimate; near",
    ),
    "twice": (("high_1 + high_2", "high_1 + low_2"), "config.txt:12: estimate 'low_2' is already in observable 'low'"),
    "nuisance": ((") lumi_2", ") lum_2"), "config.txt:15: 'lum_2' is no nuisance; nearest: lumi_2"),
    "impact": (
        ("= jes_1 + jes_2", "= jes_1 + jes_3"),
        "config.txt:19: 'jes_3' of impact 'jets' is no nuisance; nearest",
    ),
    "matrix": (("[hessian]", "[hesian]"), "first.txt:1: unknown block [hesian]; nearest: hessian"),
    "unique": (("low_2", "low_1"), "second.txt: 'low_1' is also in "),
    "file": (("second.txt", "third.txt"), "config.txt:8: there is no file "),
    "rho": (("(0.2)", "(1.2)"), "config.txt:15: the correlation 1.2 is not possible: it must lie between -1 and 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    edit, message = BAD[case]
    config = write(tmp_path, edit)
    assert call(monkeypatch, "convert", "convino", config, "-o", tmp_path / "made") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["convino", "nothing.txt", "-o", "made"], "nothing.txt: no such file"),
        (["to-convino", "nothing.txt", "-o", "made"], "the card does not exist"),
        (["convino", "nothing.txt"], "Missing option '-o'"),
        (["convinno"], "No such command 'convinno'"),
    ],
)
def test_bad_calls(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, "convert", *arguments) == 2
    assert message in capsys.readouterr().err


def test_pearson_is_no_choice_of_impacts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("-M", "Impacts", "--chi2", "pearson", "-o", tmp_path / "out")
    assert call(monkeypatch, CARDS / "cms13.txt", *options) == 2
    message = "--chi2 pearson is a choice of -M Fit, CrossSections or CorrelationScan, not of -M Impacts"
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def combined(card: Path) -> CrossSections:
    return combine_cross_sections(load_combination(read_card(card))).result


def check_round_trip(monkeypatch: pytest.MonkeyPatch, folder: Path, card: Path) -> tuple[CrossSections, CrossSections]:
    assert call(monkeypatch, "convert", "to-convino", card, "-o", folder / "convino") == 0
    assert call(monkeypatch, "convert", "convino", folder / "convino" / "config.txt", "-o", folder / "back") == 0
    before, after = combined(card), combined(folder / "back" / "card.txt")
    for name in ("values", "sigma", "stat_sigma", "observed"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-9, err_msg=name)
    scale = np.outer(before.sigma, before.sigma)
    assert np.max(np.abs(np.array(after.covariance) - np.array(before.covariance)) / scale) < 1e-9
    assert after.chi2 == pytest.approx(before.chi2, abs=1e-6)
    values = {nuisance.name: (nuisance.value, nuisance.constraint) for nuisance in before.nuisances}
    for nuisance in after.nuisances:
        assert (nuisance.value, nuisance.constraint) == pytest.approx(values[nuisance.name], abs=1e-9)
    return before, after


@pytest.mark.parametrize("ties", TIES)
def test_round_trip_of_small_cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ties: str) -> None:
    made = three_parts(tmp_path)
    for measurement in made.measurements:
        for name, text in measurement_texts(measurement).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
    lines = [f"measurement {m.name} {m.name}.yaml" for m in made.measurements]
    lines += [f"correlation b {first} {second} {rho}" for first, second, rho in TIES[ties]]
    lines += ["correlation c A_s1 C_s0 -1"] if ties == "independent" else []
    lines += ["combine x = B_bin0 C_bin0", "jets group = *_s0"]
    (tmp_path / "card.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    before, after = check_round_trip(monkeypatch, tmp_path, tmp_path / "card.txt")
    assert after.bins == [name if name == "x" else f"combined_{name}" for name in before.bins]
    np.testing.assert_allclose(after.impacts["jets"], before.impacts["jets"], rtol=1e-9)


def test_round_trip_of_the_three_measurements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = check_round_trip(monkeypatch, tmp_path, CARDS / "atlas_cms.txt")
    assert len(after.nuisances) == 614
    assert after.impacts["scale_j"] == pytest.approx(
        [abs(x) * np.sign(y) for x, y in zip(before.impacts["scale_j"], after.impacts["scale_j"], strict=True)],
        rel=1e-9,
    )
    said = capsys.readouterr().err
    assert "the prediction and the masses of the card are not written" in said
    assert "pulls are in [nuisance values]" in said
    assert "after the repair" in said


def test_another_scenario_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = CARDS / "atlas_cms.txt"
    assert call(monkeypatch, "convert", "to-convino", card, "-o", tmp_path, "--correlations", "none") == 0
    text = (tmp_path / "config.txt").read_text(encoding="utf-8")
    assert "[correlations]\n[end correlations]" in text
    assert load_combination(read_card(card), ModelOptions(scenario="none")).prior.stated == ()


def test_asymmetric_entries_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to where Convino differs: it has straight lines only."""
    edits = [("low_2 2 5 6", "low_2 (+2-1e-3) 5 6"), ("high_2 -3 9 8", "high_2 (-3+4) 9 8")]
    edits.append(
        (
            "[estimates]\n  n_estimates = 2",
            "[systematics]\nlumi_2 = relative\n[end systematics]\n[estimates]\n  n_estimates = 2",
        )
    )
    assert call(monkeypatch, "convert", "convino", write(tmp_path, *edits), "-o", tmp_path / "made") == 0
    text = (tmp_path / "made" / "second.yaml").read_text(encoding="utf-8")
    assert 'jes_2: {up: [2.0, -3.0], down: [-0.001, 4.0], type: "absolute", interpolation: "kinked"}' in text
    assert 'lumi_2: {shift: [5.0, 9.0], type: "relative", interpolation: "smooth"}' in text
