"""From runs of a calculation to a prediction: binning, normalisation, members, and what can be missing."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from calculated import FloatArray, Run, histogram, write_powheg
from synthetic import make_measurement
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.calculation.curves import CurveOptions, read_curves
from ttjroofit.inputs.calculation.family import Family, known_family, plain_name
from ttjroofit.inputs.calculation.histogram import Histogram, Quantity, make_histogram
from ttjroofit.inputs.calculation.nnlo import NnloChoice, read_nnlo
from ttjroofit.inputs.calculation.points import Calculation, Point, Points, add_point, central_mass
from ttjroofit.inputs.calculation.powheg import find_runs, read_runs
from ttjroofit.inputs.calculation.prediction import Target, predict
from ttjroofit.inputs.pdf_sets import deviation_shifts
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.prediction_text import prediction_text
from ttjroofit.inputs.schema import PredictionFile
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import load_yaml

PLACE = Place(Path("made_up"))
EDGES = np.array([0.0, 0.25, 0.5, 1.0])
MEASUREMENT = replace(make_measurement("A", bins=3), edges=EDGES)
TARGET = Target(MEASUREMENT, "TOY", "made up", "this test")

positive = arrays(np.float64, 8, elements=st.floats(0.1, 10.0))


def fine(values: FloatArray, sigma: FloatArray | None) -> Histogram:
    return make_histogram(
        np.linspace(0.0, 1.0, len(values) + 1), values, sigma, quantity=None, place=PLACE, label="fine"
    )


@given(positive, positive)
def test_binning_in_two_steps_is_binning_at_once(values: FloatArray, sigma: FloatArray) -> None:
    whole = fine(values, sigma)
    at_once, in_steps = whole.rebinned(EDGES[[0, 2, 3]]), whole.rebinned(EDGES).rebinned(EDGES[[0, 2, 3]])
    np.testing.assert_allclose(in_steps.contents, at_once.contents, rtol=1e-14)
    np.testing.assert_allclose(in_steps.fraction_covariance(), at_once.fraction_covariance(), rtol=0, atol=1e-12)


@given(positive, positive, st.floats(1e-3, 1e3))
def test_the_unit_does_not_matter(values: FloatArray, sigma: FloatArray, unit: float) -> None:
    one, other = fine(values, sigma), fine(unit * values, unit * sigma)
    np.testing.assert_allclose(other.fractions(), one.fractions(), rtol=1e-13)
    np.testing.assert_allclose(other.fraction_covariance(), one.fraction_covariance(), rtol=1e-10, atol=1e-15)


def test_covariance_of_shares_has_no_sum(rng: np.random.Generator) -> None:
    """Against numerical derivatives; shares sum to 1, so their covariance has the null vector of ones."""
    values, sigma = rng.uniform(1.0, 5.0, 8), rng.uniform(0.1, 0.5, 8)
    step = 1e-6
    columns = []
    for i in range(8):
        moved = [values + sign * step * np.eye(8)[i] for sign in (1, -1)]
        columns.append((moved[0] / moved[0].sum() - moved[1] / moved[1].sum()) / (2 * step))
    jacobian = np.transpose(columns)
    covariance = fine(values, sigma).fraction_covariance()
    # central differences of step 1e-6 have errors of 1e-10
    np.testing.assert_allclose(covariance, jacobian @ np.diag(sigma**2) @ jacobian.T, atol=1e-11)
    np.testing.assert_allclose(covariance.sum(axis=1), 0.0, atol=1e-16)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261122)


def test_densities_are_integrated() -> None:
    def shares(quantity: Quantity) -> FloatArray:
        made = make_histogram(EDGES, [4.0, 4.0, 1.0], None, quantity=quantity, place=PLACE, label="coarse")
        return made.fractions()

    np.testing.assert_allclose(shares("per unit of rho"), [0.4, 0.4, 0.2], rtol=1e-15)
    np.testing.assert_allclose(shares("per bin"), [4 / 9, 4 / 9, 1 / 9], rtol=1e-15)
    with pytest.raises(InputError, match="coarse: bins of different widths: say with --quantity"):
        make_histogram(EDGES, [4.0, 4.0, 1.0], None, quantity=None, place=PLACE, label="coarse")


def test_bad_histograms_are_refused() -> None:
    with pytest.raises(InputError, match="fine: a number is not finite or too large"):
        fine(np.array([1.0, np.nan]), None)
    with pytest.raises(InputError, match="fine: an uncertainty is negative: -1"):
        fine(np.ones(2), np.array([1.0, -1.0]))
    with pytest.raises(InputError, match="fine: 2001 bins, 2000 at most: add some up"):
        fine(np.ones(2001), None)
    with pytest.raises(InputError, match="edges must rise"):
        make_histogram([0, 1, 1], [1, 1], None, quantity="per bin", place=PLACE, label="x")
    with pytest.raises(InputError, match=r"fine: -1 in the bin 0.5 to 1: shares must be positive"):
        fine(np.array([2.0, -1.0]), None).fractions()
    for tiny in (np.array([1.0, 1e-310]), np.array([1e-200, 1e-200])):
        with pytest.raises(InputError, match="shares must be positive, more events are needed"):
            fine(tiny, np.ones(2)).fraction_covariance()
    with pytest.raises(InputError, match="no Monte Carlo uncertainties: the points at the masses need them"):
        fine(np.ones(2), None).fraction_covariance()
    with pytest.raises(InputError, match=r"no Monte Carlo uncertainty in the bin 0 to 0.5"):
        fine(np.ones(2), np.array([0.0, 1.0])).fraction_covariance()
    with pytest.raises(InputError, match=r"0.25, an edge of the measurement, is no edge of these bins"):
        fine(np.ones(2), None).rebinned(EDGES)


def shape(mass: float, tilt: float = 0.0) -> FloatArray:
    center = (np.arange(8) + 0.5) / 8
    return np.asarray(np.exp(-0.5 * ((center - 0.5 + 0.01 * (mass - 172.5)) / 0.3) ** 2) * (1 + tilt * center))


def points(*extra: Point) -> Points:
    """Three masses and what else is asked for; each extra point has a shape of its own."""
    made: Points = {}
    for point in (*(Point(mass) for mass in (170.0, 172.5, 175.0)), *extra):
        tilt = 0.1 * np.log2(point.mur) - 0.2 * np.log2(point.muf) + 0.03 * (point.member % 7) * (-1) ** point.member
        add_point(made, point, fine(shape(point.mass, float(tilt)), np.full(8, 0.01)))
    return made


def binned(point: Point, made: Points) -> FloatArray:
    return made[point].rebinned(EDGES).fractions()


def made_of(calculation: Calculation, target: Target = TARGET) -> tuple[PredictionFile, list[str]]:
    return predict(calculation, target, PLACE)


SEVEN = tuple(Point(172.5, r, f) for r, f in ((0.5, 0.5), (0.5, 1), (1, 0.5), (1, 2), (2, 1), (2, 2)))


def test_scales_are_ratios_at_the_mass_with_most_variations() -> None:
    made = points(*SEVEN, *(point._replace(mass=170.0) for point in SEVEN[:2]))
    content, remarks = made_of(Calculation(made))
    assert (content.nominal_mass, content.pdf, content.tnp) == (172.5, None, None)
    for point in SEVEN:
        expected = binned(point, made) / binned(Point(172.5), made)
        np.testing.assert_allclose(content.scale[f"{point.mur:g}_{point.muf:g}"], expected, rtol=1e-14)
    assert remarks[0] == "no PDF uncertainty"
    assert remarks[1].startswith("2 variations at other masses than 172.5 GeV are not used")
    assert remarks[2].startswith("among them there is no mass 170 muR 1 muF 0.5 PDF member 0; mass 170 muR 1 muF 2")
    with pytest.raises(InputError, match=r"no mass 170 muR 1 muF 0.5 .*: a scale variation that other masses have"):
        made_of(Calculation(made), replace(TARGET, nominal_mass=170.0))


def test_scales_that_are_nearly_alike_are_kept_apart() -> None:
    content, _ = made_of(Calculation(points(Point(172.5, 0.70710678), Point(172.5, 0.70710679))))
    assert set(content.scale) == {"0.70710678_1", "0.70710679_1"}


def test_missing_scales_are_named() -> None:
    _, remarks = made_of(Calculation(points(*SEVEN[:4])))
    assert remarks[0] == "no scale variations 2_1, 2_2 (muR_muF) of the seven points"
    assert made_of(Calculation(points()))[1][0] == "no scale variations"


@pytest.mark.parametrize("level", [68, 90])
def test_pairs_of_hessian_members(level: int) -> None:
    family = Family("CT18NLO", 14400, "hessian", 90 if level == 90 else 68, 4)
    members = [Point(172.5, member=j) for j in range(1, 5)]
    made = points(*members)
    content, _ = made_of(Calculation(made, family))
    assert content.pdf is not None
    assert (content.pdf.kind, content.pdf.confidence_level) == ("pairs", level)
    assert content.pdf.names == ["pdf_CT18NLO_1", "pdf_CT18NLO_2"]
    np.testing.assert_allclose(content.pdf.members, [binned(point, made) for point in members], rtol=1e-15)


def test_missing_members_are_named() -> None:
    family = known_family("14400")
    assert family is not None
    made = points(*(Point(172.5, member=j) for j in range(1, 59) if j not in (7, 31)))
    with pytest.raises(
        InputError, match=r"member 7; mass .* member 31: CT18NLO has 58 error members \(hessian, LHAPDF 14"
    ):
        made_of(Calculation(made, family))
    made = points(*(Point(172.5, member=j) for j in range(1, 61)))
    content, remarks = made_of(Calculation(made, family))
    assert content.pdf is not None
    assert len(content.pdf.names) == 29
    assert "members 59, 60 of CT18NLO are no eigenvectors or replicas, and not used" in remarks


def test_replicas_of_two_measurements_have_their_covariance() -> None:
    """One nuisance a replica: covariances between files are those of the sample."""
    family = Family("NN", None, "replicas", 68, None)
    made = points(*(Point(172.5, member=j) for j in range(1, 21)))
    other = Target(replace(MEASUREMENT, edges=np.array([0.0, 0.5, 1.0])), "TOY", "made up", "this test")
    blocks = [made_of(Calculation(made, family), target)[0].pdf for target in (TARGET, other)]
    assert blocks[0] is not None
    assert blocks[1] is not None
    assert (blocks[0].kind, blocks[0].names) == ("shifts", blocks[1].names)
    shifts = np.hstack([np.array(block.members) for block in blocks if block is not None])
    ratios = []
    for target in (TARGET, other):
        rows = np.array(
            [made[Point(172.5, member=j)].rebinned(target.measurement.edges).fractions() for j in range(1, 21)]
        )
        ratios.append(rows / made[Point(172.5)].rebinned(target.measurement.edges).fractions())
    np.testing.assert_allclose(shifts.T @ shifts, np.cov(np.hstack(ratios), rowvar=False), atol=1e-15)


def test_one_replica_has_no_spread() -> None:
    made = points(Point(172.5, member=1))
    with pytest.raises(InputError, match="made_up: 1 replica of NN has no spread: two are needed at least"):
        made_of(Calculation(made, Family("NN", None, "replicas", 68, None)))


def test_deviations_sum_to_nothing(rng: np.random.Generator) -> None:
    members = rng.dirichlet(np.ones(4), 30)
    shifts = deviation_shifts(members, members[0])
    np.testing.assert_allclose(shifts.sum(axis=0), 0.0, atol=1e-14)
    np.testing.assert_allclose(shifts.T @ shifts, np.cov(members / members[0], rowvar=False), rtol=1e-12)


def test_theory_nuisances_are_half_differences() -> None:
    made = points()
    up, down = (fine(shape(172.5, tilt), None) for tilt in (0.1, -0.3))
    content, _ = made_of(Calculation(made, None, {"tnp_a": (up, down), "tnp_b": (up, None)}, 172.5))
    nominal = binned(Point(172.5), made)
    high, low = up.rebinned(EDGES).fractions(), down.rebinned(EDGES).fractions()
    assert content.tnp is not None
    np.testing.assert_allclose(content.tnp.shifts, [(high - low) / 2 / nominal, high / nominal - 1], atol=1e-15)
    with pytest.raises(InputError, match=r"moved at 172.5 GeV, not at the nominal mass 170"):
        made_of(Calculation(made, None, {"tnp_a": (up, down)}, 172.5), replace(TARGET, nominal_mass=170.0))


def test_masses() -> None:
    with pytest.raises(InputError, match="at least two masses are needed, found 170 GeV alone"):
        made_of(Calculation({Point(170.0): fine(shape(170.0), np.ones(8))}))
    made = points(Point(180.0, 2.0))
    with pytest.raises(InputError, match="no mass 180 muR 1 muF 1 PDF member 0: every mass needs the central point"):
        made_of(Calculation(made))
    with pytest.raises(
        InputError, match="mass 170 muR 1 muF 1 PDF member 0 is given twice, first in made_up; remove one"
    ):
        add_point(made, Point(170.0), made[Point(170.0)])
    assert central_mass(points()) == 172.5
    assert central_mass(points(Point(170.0, 2.0))) == 170.0


def test_cross_sections_and_what_lies_outside() -> None:
    made = points()
    inner = Target(replace(MEASUREMENT, edges=np.array([0.125, 0.5, 1.0])), "TOY", "made up", "this test", unit="fb")
    content, remarks = made_of(Calculation(made), inner)
    assert content.cross_section_pb == pytest.approx([shape(mass)[1:].sum() / 1000 for mass in (170.0, 172.5, 175.0)])
    share = shape(175.0)[0] / shape(175.0).sum()
    assert f"{100 * share:.2g}% of the cross section lies outside of the bins and is left out" in remarks


def test_families() -> None:
    assert known_family("CT18NLO") == known_family("14400")
    assert known_family("nonsense") is None
    assert [plain_name(text) for text in ("NNPDF4.0 (nlo)", "4x", "")] == ["NNPDF4_0_nlo", "_4x", "_"]


def run(mass: float, member: int = 0, mur: float = 1.0) -> Run:
    return Run(mass, mur, 1.0, member, shape(mass), np.full(8, 0.01))


FINE_EDGES = np.linspace(0.0, 1.0, 9)


def test_the_central_pdf_is_that_of_several_masses(tmp_path: Path) -> None:
    write_powheg(tmp_path, [run(170.0), run(175.0), run(175.0, 1)], FINE_EDGES, 14400)
    write_powheg(tmp_path, [run(175.0), run(175.0, 1)], FINE_EDGES, 27100)
    (tmp_path / "README").write_text("files are passed over", encoding="utf-8")
    (tmp_path / ".hidden").mkdir()
    runs = find_runs(tmp_path, None)
    assert (runs.first, runs.others) == (14400, (27100, 27101))
    assert sorted(runs.folders) == [Point(170.0), Point(175.0), Point(175.0, member=1)]
    write_powheg(tmp_path, [run(170.0)], FINE_EDGES, 27100)
    with pytest.raises(
        InputError, match=r"several were run .*: 14400, 27100; say it with --pdf: 14400 \(CT18NLO\), 2710"
    ):
        find_runs(tmp_path, None)
    assert find_runs(tmp_path, 27100).first == 27100
    with pytest.raises(InputError, match="no such folder"):
        find_runs(tmp_path / "nowhere", None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no folders run_PDF_<LHAPDF id>_M_<mass>_muR_<factor>_muF_<factor> here"):
        find_runs(tmp_path / "empty", None)


def test_histograms_are_chosen_by_name(tmp_path: Path) -> None:
    inner = tmp_path / "run_PDF_14400_M_170_muR_1_muF_1"
    inner.mkdir()
    with uproot.recreate(inner / "pwg-all-NLO.root") as file:
        for name in ("rho_30", "rho_50", "pt"):
            file[name] = histogram(shape(170.0), None if name == "pt" else np.full(8, 0.1), FINE_EDGES)
        file["dir/inner"] = histogram(shape(170.0), None, FINE_EDGES)
    runs = find_runs(tmp_path, 14400)
    read = read_runs(runs, "*_30", None)[Point(170.0)]
    assert (read.label, read.place.path) == ("histogram rho_30", inner / "pwg-all-NLO.root")
    assert np.array_equal(read.contents, shape(170.0))
    assert read_runs(runs, "dir/inner", None)[Point(170.0)].covariance is None
    assert read_runs(runs, "pt", None)[Point(170.0)].covariance is None
    with pytest.raises(InputError, match=r"which histogram. There are rho_30, rho_50: choose one with --histogram"):
        read_runs(runs, "rho*", None)
    with pytest.raises(InputError, match=r"which histogram. There are pt, rho_30, rho_50"):
        read_runs(runs, None, None)
    with pytest.raises(InputError, match="no directory for histogram other/rho in it"):
        read_runs(runs, "other/rho", None)
    with pytest.raises(InputError, match="no histogram dir/rho; nearest: dir/inner"):
        read_runs(runs, "dir/rho", None)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("edges", 2**30),  # 8 GB of edges, and a minute, before they were compared with the values
        ("edges", 7),
        ("cells", 11),  # the roots of the values as their errors
    ],
)
def test_numbers_of_bins_that_differ_are_damage(what: str, value: int, tmp_path: Path) -> None:
    write_powheg(tmp_path, [run(170.0)], FINE_EDGES, 14400)
    (path,) = tmp_path.rglob("*.root")
    content = path.read_bytes()
    # the axis: number of bins, low and high end; fNcells comes before the name of the axis
    place = content.index(struct.pack(">idd", 8, 0.0, 1.0))
    if what == "cells":
        place = content.rindex(struct.pack(">i", 10), 0, content.rindex(b"xaxis", 0, place))
    path.write_bytes(content[:place] + struct.pack(">i", value) + content[place + 4 :])
    with pytest.raises(InputError, match="histogram rho has not one value and error a bin; the file is damaged"):
        read_runs(find_runs(tmp_path, 14400), None, None)


def test_numbers_beyond_a_family_are_other_pdfs(tmp_path: Path) -> None:
    """CT18ZNNLO, whose numbers are between those of two known families: it was a member 100 without a central point."""
    write_powheg(tmp_path, [run(170.0), run(175.0), run(175.0, 58), run(172.5, 100)], FINE_EDGES, 14000)
    runs = find_runs(tmp_path, 14000)
    assert (max(runs.folders).member, runs.others) == (58, (14100,))
    assert find_runs(tmp_path, 14000, 20).others == (14058, 14100)


TABLE = """# digitised
mass,low,high,value,error
170,0,0.5,3,0.1
170,0.5,1,1,0.1
175,0.5,1,1.5,0.1

175,0,0.5,2.5,0.1
"""


def read_table(folder: Path, text: str, options: CurveOptions | None = None) -> Points:
    path = folder / "curves.csv"
    path.write_text(text, encoding="utf-8")
    return read_curves([path], options or CurveOptions())


def test_lines_may_be_in_any_order(tmp_path: Path) -> None:
    made = read_table(tmp_path, TABLE)
    assert {point.mass: list(one.contents) for point, one in made.items()} == {170.0: [3.0, 1.0], 175.0: [2.5, 1.5]}


def test_tables_of_spreadsheets(tmp_path: Path) -> None:
    """A mark of the byte order, and comments with commas and quotes: a quote used to take the lines below it along."""
    plain = read_table(tmp_path, TABLE)
    text = "\ufeff" + TABLE.replace("170,0.5", '# Fig. 3, "rho" of all\n  # 7, "open\n170,0.5')
    made = read_table(tmp_path, text)
    assert {point: list(one.contents) for point, one in made.items()} == {
        point: list(one.contents) for point, one in plain.items()
    }
    with pytest.raises(InputError, match=r"csv:6: 'x' in column 'value'"):
        read_table(tmp_path, text.replace("170,0.5,1,1,", "170,0.5,1,x,"))


def test_errors_of_tables(tmp_path: Path) -> None:
    """A relative error for values without one; errors of shares are not propagated through the sum."""
    bare = TABLE.replace(",0.1\n", ",\n")
    assert read_table(tmp_path, bare)[Point(170.0)].covariance is None
    relative = read_table(tmp_path, bare, CurveOptions(relative_error=0.02))[Point(170.0)].covariance
    assert relative is not None
    np.testing.assert_allclose(np.sqrt(relative), [0.06, 0.02], rtol=1e-14)
    shares = read_table(tmp_path, TABLE, CurveOptions(multinomial=True))[Point(170.0)].fraction_covariance()
    np.testing.assert_allclose(shares, np.array([[1.0, -1.0], [-1.0, 1.0]]) * (0.1 / 4) ** 2, rtol=1e-14)
    with pytest.raises(InputError, match=r"mass 170 .*: some bins have an error and others none"):
        read_table(tmp_path, TABLE.replace("170,0,0.5,3,0.1", "170,0,0.5,3,"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "170,0.5,1,1,0.1",
            "170,0.6,1,1,0.1",
            r"csv:4: bins of mass 170 .* 0 to 0.5 \(line 3\) is followed by 0.6 to 1",
        ),
        ("170,0,0.5,3,0.1", "170,0,0.5,x,0.1", r"csv:3: 'x' in column 'value' is no number"),
        ("170,0,0.5,3,0.1", "170,0,0.5,nan,0.1", r"csv:3: 'nan' in column 'value' is no number"),
        ("170,0,0.5,3,0.1", "-170,0,0.5,3,0.1", r"csv:3: -170 in column 'mass' must be positive"),
        ("170,0,0.5,3,0.1", "170,0,0.5,3", r"csv:3: 4 cells, the header has 5"),
        ("170,0,0.5,3,0.1", '170,0,0.5,"3,0.1', r"csv:\d+: not CSV: unexpected end of data"),
        ("value,error", "value,eror", r"unknown column 'eror'; nearest: error"),
        ("value,error", "value,value", r"csv:2: column 'value' occurs twice"),
        ("low,high", "low,hi", r"no column 'high'; there are mass, low, hi"),
    ],
)
def test_bad_tables_are_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert TABLE.count(old) == 1
    with pytest.raises(InputError, match=message):
        read_table(tmp_path, TABLE.replace(old, new))


def test_wide_tables(tmp_path: Path) -> None:
    text = "low,high,170,m_175,error_175,scale_0.5_1,pdf_3\n0,0.5,3,2.5,0.1,2,5\n0.5,1,1,1.5,0.1,2,6\n"
    made = read_table(tmp_path, text)
    assert set(made) == {Point(170.0), Point(175.0), Point(170.0, 0.5, 1.0), Point(170.0, member=3)}
    at_175 = read_table(tmp_path, text, CurveOptions(nominal_mass=175.0))
    assert Point(175.0, 0.5, 1.0) in at_175
    for old, new, message in (
        ("error_175", "error_180", "column 'error_180' without one of its mass"),
        ("pdf_3", "pdf_x", r"unknown column 'pdf_x'; known are low, high, MASS, error_MASS, scale_MUR_MUF"),
        ("170,m_175,error_175", "scale_2_2,scale_1_2,scale_2_1", "no column of a mass, such as 172.5"),
        ("m_175,error_175", "m_170,error_170", "columns '170' and 'm_170' are both for mass 170"),
    ):
        with pytest.raises(InputError, match=message):
            read_table(tmp_path, text.replace(old, new))
    with pytest.raises(InputError, match="no lines under a header"):
        read_table(tmp_path, "# nothing\n")


NNLO = """{"schema": "ttjroofit/nnlo_histograms/1", "source": "s", "energy_TeV": 13.0, "observable": "rho",
"unit": "pb", "quantity": "per bin", "edges": [0, 0.5, 1],
"pdf_families": {"CT18": {"type": "hessian", "confidence_level": 90}},
"runs": [
 {"order": "NLO", "mass": 170, "pdf": "CT18", "values": [3, 1], "errors": [0.1, 0.1]},
 {"order": "NLO", "mass": 175, "pdf": "CT18", "values": [2, 1], "errors": [0.1, 0.1]},
 {"order": "NLO", "mass": 175, "pdf": "CT18", "tnp": "tnp_1", "tnp_value": 1, "values": [2, 2]},
 {"order": "NLO", "mass": 175, "pdf": "CT18", "tnp": "tnp_1", "tnp_value": -1, "values": [2.5, 1]}
]}
"""


def test_nnlo_file(tmp_path: Path) -> None:
    path = tmp_path / "nnlo.json"
    path.write_text(NNLO, encoding="utf-8")
    calculation, content, order = read_nnlo([path], NnloChoice(None, None, 13.0))
    assert (order, content.unit, calculation.tnp_mass) == ("NLO", "pb", 175.0)
    assert calculation.family == Family("CT18", None, "hessian", 90, None)
    assert set(calculation.points) == {Point(170.0), Point(175.0)}
    up, down = calculation.tnps["tnp_1"]
    assert down is not None
    assert (list(up.contents), list(down.contents)) == ([2.0, 2.0], [2.5, 1.0])


LAST = '175, "pdf": "CT18", "tnp": "tnp_1", "tnp_value": -1'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"energy_TeV": 13.0', '"energy_TeV": 8', r"json:1: energy 8 TeV, the measurement has 13 TeV"),
        ('"values": [3, 1]', '"values": [3]', r"json:5: 'values' has 1 entries, expected 2, one a bin"),
        ('[3, 1], "errors": [0.1, 0.1]', '[3, 1], "errors": [0.1]', r"json:5: 'errors' has 1 entries, expected 2"),
        ('"mass": 170, "pdf": "CT18"', '"mass": 170, "pdf": "CT1"', r"json:5: PDF family 'CT1' is not in pdf_families"),
        ('"type": "hessian"', '"type": "replicas"', r"json:3: replicas of CT18 have no confidence level of 90"),
        ('"tnp_value": -1', '"tnp_value": 1', r"json:8: NLO CT18 mass 175: tnp_1 at \+1 is given twice"),
        ('"tnp_value": 1', '"member": 1', r"json:7: NLO CT18 mass 175: tnp_1 is moved together with scales or PDF"),
        (LAST, LAST.replace("175", "170"), "theory nuisance parameters are moved at several masses; keep one"),
        ('"tnp_1", "tnp_value": 1', '"tnp_2", "tnp_value": 1', r"json:8: .*tnp_1 is given at -1 and not at \+1"),
        ('"mass": 170', '"mas": 170', r"json:5: unknown key 'mas'; nearest: mass"),
        ('"mass": 170', '"mass": -170', r"json:5: 'runs item 1 mass': input should be greater than"),
        ('"mass": 170', '"mass": 175', r"json:6: mass 175 .* is given twice"),
    ],
)
def test_bad_nnlo_files_are_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert NNLO.count(old) == 1, old
    path = tmp_path / "nnlo.json"
    path.write_text(NNLO.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_nnlo([path], NnloChoice(None, None, 13.0))


def test_nnlo_choices(tmp_path: Path) -> None:
    path, other = tmp_path / "nnlo.json", tmp_path / "other.json"
    path.write_text(NNLO, encoding="utf-8")
    with pytest.raises(InputError, match="no order NNLO; there are NLO"):
        read_nnlo([path], NnloChoice("NNLO", None, 13.0))
    with pytest.raises(InputError, match="no pdf MSHT; there are CT18"):
        read_nnlo([path], NnloChoice(None, "MSHT", 13.0))
    other.write_text(NNLO.replace('"unit": "pb"', '"unit": "fb"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"other.json:2: 'unit' differs from that of the first file"):
        read_nnlo([path, other], NnloChoice(None, None, 13.0))


def test_points_that_vary_two_things_are_counted() -> None:
    content, remarks = made_of(Calculation(points(*SEVEN, Point(172.5, 2.0, 1.0, 1))))
    assert set(content.scale) == {"0.5_0.5", "0.5_1", "1_0.5", "1_2", "2_1", "2_2"}
    assert remarks[-1] == "1 points with another PDF member and other scales at once are not used"


def test_a_share_without_a_fluctuation_is_refused() -> None:
    """One bin holds everything: its share is 1 without an error."""
    one = replace(TARGET, measurement=replace(MEASUREMENT, edges=np.array([0.0, 1.0])))
    with pytest.raises(InputError, match="made_up: fine: a share without Monte Carlo uncertainty"):
        made_of(Calculation(points()), one)


def test_no_member_of_a_family(tmp_path: Path) -> None:
    text = TABLE.replace("error", "pdf").replace(",0.1\n", ",-1\n")
    with pytest.raises(InputError, match="csv:3: '-1' in column 'pdf' is no member"):
        read_table(tmp_path, text)


@pytest.mark.parametrize("nothing", [False, True])
def test_a_prediction_is_written_as_it_is_read(nothing: bool, examples: dict[str, str], tmp_path: Path) -> None:
    text = examples["TOY"]
    if nothing:
        text = text[: text.index("cross_section_pb:")] + "scale: {}\npdf: null\ntnp: null\n"
    (tmp_path / "before.yaml").write_text(text, encoding="utf-8")
    content = validate(PredictionFile, load_yaml(tmp_path / "before.yaml"))
    (tmp_path / "after.yaml").write_text(prediction_text(content, ["one", "two"]), encoding="utf-8")
    assert validate(PredictionFile, load_yaml(tmp_path / "after.yaml")) == content
    assert (tmp_path / "after.yaml").read_text(encoding="utf-8").startswith("# one\n# two\nschema: ")
    assert read_prediction(tmp_path / "after.yaml").name == "TOY"
