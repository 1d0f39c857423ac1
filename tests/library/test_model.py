"""``load``: choices checked as on the command line, blinding as in the program."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ttjroofit as tr
from program import call
from synthetic import Small
from ttjroofit.library.call import call_text
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.results.store import from_json, to_json

SALT = "sesame-0"
OFFSET = Blinding(SALT).offset


def test_a_model_tells_its_names(card: Path, made: Small) -> None:
    model = tr.load(card)
    first, second = made.measurements
    assert model.measurements == ("A", "B")
    assert model.bins == (*first.bins, *second.bins)
    assert model.nuisances == (*first.nuisances, *second.nuisances)
    assert model.masses == ("m_t",)
    assert repr(model) == f"<Model of {card}: A, B; 9 bins, 7 nuisances, masses m_t>"


def test_card_path_and_model_are_the_same_to_an_analysis(card: Path) -> None:
    sources = [card, str(card), tr.read_card(card), tr.load(card), tr.load(tr.read_card(card))]
    values = [tr.cross_sections(source).values for source in sources]
    assert all(value == values[0] for value in values)


def test_a_card_without_a_prediction_has_no_masses(made: Small, tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    path.write_text(f"measurement A {made.folder / 'A.yaml'}\n", encoding="utf-8")
    model = tr.load(path)
    assert model.masses == ()
    assert "masses" not in repr(model)
    with pytest.raises(tr.ModelError, match="has no `theory` line"):
        tr.fit(model)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"pulls": "zeros"}, "pulls='zeros': not one of published, zero; nearest: zero"),
        ({"split": "energies"}, "split='energies': not one of experiment, energy, measurement"),
        ({"measurements": "C"}, "no measurement C in the card"),
        ({"set_parameters": {"m_t": float("nan")}}, "set_parameters: `m_t=nan` holds no number"),
        ({"set_parameters": {"m_t": "heavy"}}, "set_parameters: `m_t=heavy` holds no number"),
        ({"set_parameters": {"mt": 172.5}}, "mt"),
        ({"ranges": {"m_t": (180, 160)}}, "ranges: the range of `m_t=180,160` is empty"),
        ({"ranges": {"m_t": (160,)}}, "ranges: `m_t=160` holds no number"),
        ({"freeze_parameters": "A_s9"}, "A_s9"),
        ({"freeze_groups": ["nothing"]}, "no group nothing"),
        ({"blind": " "}, "the salt is empty"),
    ],
)
def test_wrong_choices(card: Path, choices: dict[str, object], message: str) -> None:
    with pytest.raises(tr.OptionError, match=message):
        tr.load(card, **choices)  # type: ignore[arg-type]


def test_a_scenario_that_the_card_does_not_have(card: Path) -> None:
    with pytest.raises(tr.CardError, match="no correlation scenario 'bth' in this card; nearest: both"):
        tr.load(card, correlations="bth")


def test_wrong_choices_of_analyses(card: Path) -> None:
    wrong = {
        "chi2='neymann'.*nearest: neyman": lambda: tr.fit(card, chi2="neymann"),  # type: ignore[arg-type]
        "approx='some'": lambda: tr.impacts(card, approx="some"),  # type: ignore[arg-type]
        "points=4.0: give a whole number, 2 or more": lambda: tr.contour(card, points=4.0),  # type: ignore[arg-type]
        "ranges: mt is not scanned; nearest: m_t": lambda: tr.scan(card, ranges={"mt": (165, 178)}),
        "ranges: norm_A is not scanned.*one of load": lambda: tr.scan(card, ranges={"norm_A": (90, 110)}),
        "grid_points=0": lambda: tr.scan(card, grid_points=[0]),
        "auto_range=-1: give a positive number": lambda: tr.scan(card, auto_range=-1),
        "first_point=-1": lambda: tr.scan(card, first_point=-1),
        "`pdf_a 1=nan` holds no number": lambda: tr.scan(card, curves=("pdf_a", [0, float("nan")])),
        "give the values that pdf_a is held at": lambda: tr.scan(card, curves=("pdf_a", [])),
        "toys=1.5: give a whole number, 1 or more": lambda: tr.coverage(card, 1.5),  # type: ignore[arg-type]
        "verbosity=-1": lambda: tr.fit(card, verbosity=-1),
        "toys=0: give the number of toys": lambda: tr.fit_toys(card),
        "toys=0: give a whole number, 1 or more": lambda: tr.coverage(card, 0),
        "toys of an Asimov data set": lambda: tr.fit_toys(tr.load(card, asimov=True), 10),
        "no setting of a card": lambda: tr.read_card(card, settings={"interpolate": 1}),
    }
    for message, ask in wrong.items():
        with pytest.raises(tr.OptionError, match=message):
            ask()


BAD = {
    "chi2": ("neymann", "not one of neyman, pearson"),
    "engine": ("fast", "not one of reduced, full"),
    "frequentist": (True, "toysFrequentist without toys"),
    "minimizer": ("Fumili", "no minimiser Fumili"),
    "parallel": (-2, "give a whole number, 0 or more"),
    "points": (1, "give a whole number, 2 or more"),
    "seed": (-2, "give a whole number, -1 or more"),
    "toys": (-1, "give a whole number, [01] or more"),
    "toys_file": ("none.root", r"none\.root"),
}
"""Keyword to a value that whoever reads it refuses, and how."""

READ = [
    (name, keyword)
    for name in tr.__all__
    if inspect.isfunction(getattr(tr, name))
    for keyword in inspect.signature(getattr(tr, name)).parameters
    if keyword in BAD
]


@pytest.mark.parametrize(("name", "keyword"), READ, ids=str)
def test_every_keyword_is_read(name: str, keyword: str, card: Path) -> None:
    value, message = BAD[keyword]
    more = {"parameters": "m_t,pdf_a"} if name == "contour" else {}
    with pytest.raises(tr.TtjroofitError, match=message):
        getattr(tr, name)(card, **more, **{keyword: value})


def test_whole_numbers_of_numpy_are_written_as_json(card: Path) -> None:
    one, four = np.arange(1, 5)[[0, 3]]
    for result in (
        tr.scan(card, points=four, first_point=one, last_point=one),
        tr.scan(card, grid_points=[four]),
        tr.fit_toys(card, four, seed=one),
    ):
        assert json.loads(to_json(result)) == json.loads(to_json(from_json(type(result), to_json(result))))


def test_a_measurement_whose_name_leaves_the_folder(made: Small, tmp_path: Path) -> None:
    """It used to be written beside the folder before an error came."""
    with pytest.raises(tr.OptionError, match=r"\.\./A: a part of a file name has no separators"):
        tr.write_measurement(replace(made.measurements[0], name="../A"), tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_errors_of_files_name_the_place(tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    path.write_text("measurment A a.yaml\n", encoding="utf-8")
    with pytest.raises(tr.CardError, match=r"card\.txt:1: .*measurement"):
        tr.read_card(path)
    with pytest.raises(tr.CardError, match="the card does not exist"):
        tr.validate(tmp_path / "none.txt")
    with pytest.raises(tr.InputError, match=r"none\.yaml"):
        tr.read_measurement(tmp_path / "none.yaml")


def test_the_call_that_makes_a_model_is_told_without_the_salt(card: Path) -> None:
    model = tr.load(card, correlations="none", measurements="A", set_parameters={"m_t": 170}, blind=SALT)
    text = call_text(model)
    assert (
        text == f"ttjroofit.load('{card}', measurements=('A',), correlations='none', set_parameters={{'m_t': 170.0}})"
    )
    assert SALT not in text + repr(model) + repr(model.options)


def test_a_mass_is_blinded_by_keyword_and_by_variable(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = tr.intervals(card).parameters["m_t"]
    by_keyword = tr.intervals(tr.load(card, blind=SALT))
    monkeypatch.setenv(VARIABLE, SALT)
    by_variable = tr.intervals(card)
    for blinded in (by_keyword, by_variable):
        assert blinded.quality[0].startswith("BLINDED")
        # polynomials of the mass are expanded about another point
        assert blinded.parameters["m_t"].value - OFFSET == pytest.approx(true.value, abs=1e-6)
    # values in fits, scans and one's own chi2 are blinded ones
    chi2 = tr.likelihood(card)
    assert chi2.low[0] == pytest.approx(145.0)
    workspace = tr.workspace(card)
    assert workspace["m_t"].getMin() == pytest.approx(145.0)


def test_a_variable_that_is_empty_blinds_nothing(card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line."""
    monkeypatch.setenv(VARIABLE, "")
    assert tr.load(card).options.blind is None


def test_a_card_that_asks_for_blinding_needs_a_salt(made: Small, tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    files = {"measurement": "A.yaml", "theory": "A_theory.yaml"}
    lines = [*(f"{what} A {made.folder / file}" for what, file in files.items()), "poi m_t * 172.5 [150,195]", "blind"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for ask in (tr.fit, tr.scan, tr.likelihood, tr.workspace, tr.coverage):
        with pytest.raises(tr.CardError, match=r"card\.txt:4: the card asks for blinding"):
            ask(path)
    assert tr.fit(tr.load(path, blind=SALT)).blinded


def test_settings_replace_those_of_the_card(card: Path) -> None:
    assert tr.read_card(card, settings={"interpolation": 1, "pdf": "off"}).options.order == 1


def test_a_measurement_made_of_arrays(tmp_path: Path) -> None:
    """Written, named by a card, and combined: two measurements of one bin, by hand."""
    measured = [
        tr.Measurement(
            name=name,
            experiment=name,
            energy_TeV=13.0,
            channel="dilepton",
            reference="made up",
            observable="rho",
            unit="pb",
            per_unit=False,
            edges=np.array([0.0, 1.0]),
            bins=(f"{name}_bin",),
            values=np.array([value]),
            covariance=np.array([[sigma**2]]),
            profiled=(),
            profiled_values=np.zeros(0),
            without_prior=frozenset(),
            sources=(),
            shifts=np.zeros((1, 0)),
            groups={},
            path=Path(),
        )
        for name, value, sigma in (("X", 10.0, 1.0), ("Y", 12.0, 2.0))
    ]
    lines = [f"measurement {each.name} {tr.write_measurement(each, tmp_path).name}" for each in measured]
    (tmp_path / "card.txt").write_text("\n".join([*lines, "combine total = X_bin Y_bin"]) + "\n", encoding="utf-8")
    combined = tr.cross_sections(tmp_path / "card.txt")
    assert combined.values == pytest.approx([(10.0 / 1.0 + 12.0 / 4.0) / (1.0 + 1.0 / 4.0)], rel=1e-12)
    assert combined.sigma == pytest.approx([(1.0 + 1.0 / 4.0) ** -0.5], rel=1e-12)


def test_a_written_measurement_is_read_the_same(tmp_path: Path) -> None:
    """That with the 234 profiled nuisances, whose correlation has a file of its own."""
    inputs = Path(__file__).parents[2] / "inputs"
    measurement = tr.read_measurement(inputs / "cms_13tev_dilepton.yaml")
    again = tr.read_measurement(tr.write_measurement(measurement, tmp_path / "new"))
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"CMS_13TeV.yaml", "CMS_13TeV_correlation.txt"}
    assert again.nuisances == measurement.nuisances
    np.testing.assert_array_equal(again.shifts, measurement.shifts)
    # sigma times correlation is rounded once more
    np.testing.assert_allclose(again.covariance, measurement.covariance, rtol=1e-14)


def test_predictions_are_read(made: Small) -> None:
    prediction = tr.read_prediction(made.folder / "A_theory.yaml")
    assert prediction.fractions.shape == (5, 4)


def test_the_program_prints_and_the_library_does_not(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tr.load(card)
    tr.save(tr.fit_workspace(model), tmp_path / "library", model=model, figures=False)
    tr.scan(model, points=3)
    tr.fit_toys(model, 10)
    assert capfd.readouterr() == ("", "")
    assert call(monkeypatch, card, "--no-plots", "-o", tmp_path / "program") == 0
    assert "m_t" in capfd.readouterr().out


def test_what_needs_no_root_loads_none(card: Path) -> None:
    code = (
        "import sys, ttjroofit as tr; model = tr.load(sys.argv[1]); tr.cross_sections(model); tr.validate(model); "
        "tr.validate(sys.argv[1]); chi2 = tr.likelihood(model); chi2.gradient(chi2.start); "
        "tr.correlation_scan(model, points=2); tr.nuisance_correlation(model); print('ROOT' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code, str(card)], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("False\n", "")
