"""The macros in the interpreter of ROOT and compiled by ACLiC, against the result.json of the same run."""

import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from tests.program import call

REPOSITORY = Path(__file__).resolve().parents[2]
MACROS = REPOSITORY / "macros"
NUMBER = r"[-+]?(?:nan|[\d.]+(?:e[-+]\d+)?)"
TIED = ("ATLAS_8TeV_modelling_ttbar_Radiation", "ATLAS_8TeV_scale_b")
MATRIX_ELEMENT = "ATLAS_8TeV_modelling_ttbar_MatrixElement"

ROOT_PROGRAM = shutil.which("root", path=str(Path(sys.executable).parent)) or shutil.which("root")

pytestmark = pytest.mark.skipif(ROOT_PROGRAM is None, reason="the program root is not installed")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a fit to ATLAS 8 TeV, where one nuisance is another with the opposite sign."""
    pytest.importorskip("ROOT")
    folder = tmp_path_factory.mktemp("run")
    card = (
        (REPOSITORY / "cards" / "atlas8.txt").read_text(encoding="utf-8").replace("../inputs", f"{REPOSITORY}/inputs")
    )
    (folder / "card.txt").write_text(f"{card}\ncorrelation tied {TIED[0]} {TIED[1]} -1\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert call(monkeypatch, folder / "card.txt", "-o", folder / "out", "--no-plots") == 0
    return folder / "out"


@pytest.fixture(scope="module")
def result(run: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((run / "result.json").read_text(encoding="utf-8"))
    return document


def macro_call(path: str | Path, *arguments: str | Path) -> str:
    """A macro with its arguments, as ROOT reads it on its command line."""
    return f"{path}({','.join(json.dumps(str(argument)) for argument in arguments)})"


def root(*calls: str, cwd: Path | None = None, typed: str | None = None) -> subprocess.CompletedProcess[str]:
    """ROOT in batch mode; it leaves after the calls, unless lines are typed."""
    leave = [] if typed is not None else ["-q"]
    return subprocess.run(
        [str(ROOT_PROGRAM), "-l", "-b", *leave, *calls],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        input=typed,
    )


def output_of(name: str, *arguments: str | Path) -> str:
    """What a macro prints; it must succeed."""
    done = root(macro_call(MACROS / name, *arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def numbers_after(label: str, text: str) -> list[float]:
    """The numbers in the line that starts with a label."""
    line = re.search(rf"^{re.escape(label)}(.*)$", text, re.MULTILINE)
    assert line is not None, text
    return [float(found) for found in re.findall(rf"(?<![\w.]){NUMBER}(?![\w.%])", line.group(1))]


def rows_of(text: str) -> dict[str, list[float]]:
    """The lines of list_pulls.C: nuisance to prefit, postfit, shift and constraint, in the order printed."""
    lines = text[text.index("\nnuisance ") :].splitlines()[2:]
    return {words[0]: [float(word) for word in words[1:5]] for words in map(str.split, lines) if len(words) == 6}


def strongest(text: str) -> Iterator[tuple[float, str, str]]:
    for value, first, second in re.findall(r"^  ([-+][\d.]+) (\S+) (\S+)$", text, re.MULTILINE):
        yield float(value), first, second


def correlation_between(result: dict[str, Any], first: str, second: str) -> float:
    names = result["correlation"]["names"]
    return float(result["correlation"]["matrix"][names.index(first)][names.index(second)])


def assert_drawn(path: Path) -> None:
    """A picture with ink on it, and not only at the rim."""
    image = matplotlib.image.imread(path)[..., :3]
    height, width = image.shape[:2]
    middle = image[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]
    assert np.mean(np.min(middle, axis=-1) < 0.9) > 0.002


def test_fit_gives_the_numbers_of_the_result(run: Path, result: dict[str, Any]) -> None:
    value, error, high, low = numbers_after("m_t =", output_of("fit_workspace.C", run / "workspace.root"))
    mass = result["parameters"]["m_t"]
    assert value == pytest.approx(mass["value"], rel=1e-5)
    assert (high, low) == pytest.approx((mass["minos"]["hi"], mass["minos"]["lo"]), rel=1e-5)
    # HESSE's numerical derivatives scatter by 1e-5 with the point where MIGRAD stops
    assert error == pytest.approx(mass["hesse"], rel=3e-5)


def test_full_model_gives_the_same_mass(run: Path, result: dict[str, Any]) -> None:
    text = output_of("fit_workspace.C", run / "workspace.root", "full", "minos=none")
    value, error = numbers_after("m_t =", text)
    mass = result["parameters"]["m_t"]
    assert value == pytest.approx(mass["value"], abs=1e-4 * mass["hesse"])
    # 140 parameters: HESSE is good to some 1e-4
    assert error == pytest.approx(mass["hesse"], rel=1e-3)
    assert "MINOS" not in text


def test_fit_again_to_a_scale_variation(run: Path, result: dict[str, Any]) -> None:
    text = output_of("fit_workspace.C", run / "workspace.root", "reduced", "snapshot=scale_0.5_1 strategy=2 minos=none")
    mass = result["parameters"]["m_t"]
    shift = numbers_after("m_t =", text)[0] - mass["value"]
    assert shift == pytest.approx(mass["scale"]["shifts"]["0.5_1"], abs=1e-4 * mass["hesse"])


def test_frozen_nuisances_make_the_error_smaller_and_the_fit_can_be_drawn(
    run: Path, result: dict[str, Any], tmp_path: Path
) -> None:
    saved = tmp_path / "again.root"
    options = f"freeze=tnp_*,pdf_* set=tnp_1=0.5 minos=norm_* minimizer=Minuit2,migrad save={saved}"
    text = output_of("fit_workspace.C", run / "workspace.root", "reduced", options)
    assert numbers_after("m_t =", text)[1] < 0.95 * result["parameters"]["m_t"]["hesse"]
    assert "(MINOS) fb" in text
    pairs = list(strongest(output_of("draw_correlation.C", saved)))
    assert [set(names) for _, *names in pairs] == [{"m_t", "norm_ATLAS_8TeV"}]


def test_pulls_are_those_of_the_result(run: Path, result: dict[str, Any]) -> None:
    rows = rows_of(output_of("list_pulls.C", run / "workspace.root"))
    stated = {each["name"]: each for each in (*result["nuisances"], *result["interpolation_nuisances"])}
    assert stated.keys() <= rows.keys()
    assert rows.keys() - stated.keys() == {
        name for name, each in result["parameters"].items() if each["kind"] in ("pdf", "tnp")
    }
    for name, each in stated.items():
        # six digits are printed
        expected = (each["prefit"], each["value"], each["value"] - each["prefit"], each["constraint"])
        assert rows[name] == pytest.approx(expected, rel=1e-5, abs=1e-9), name
    sizes = [abs(row[1]) for row in rows.values()]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0.1


def test_tied_nuisance_has_the_opposite_pull(run: Path) -> None:
    rows = rows_of(output_of("list_pulls.C", run / "workspace.root", f"sort=name match={','.join(TIED)}"))
    assert tuple(rows) == TIED
    first, second = rows.values()
    assert abs(first[1]) > 0.01
    assert second == [-first[0], -first[1], -first[2], first[3]]


def test_pulls_by_constraint_are_cut_and_selected(run: Path) -> None:
    rows = rows_of(output_of("list_pulls.C", run / "workspace.root", "sort=constraint largest=3 match=*pdf*"))
    assert len(rows) == 3
    assert all("pdf" in name for name in rows)
    constraints = [row[3] for row in rows.values()]
    assert constraints == sorted(constraints)
    assert constraints[0] < 0.95


def test_profile_of_the_mass_has_the_intervals_of_the_program(
    run: Path, result: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    png, pdf = tmp_path / "profile.png", tmp_path / "profile.pdf"
    text = output_of("draw_profile.C", run / "workspace.root", "", f"points=15 save={png},{pdf}")
    mass = result["parameters"]["m_t"]
    ends = [mass["value"] + mass["minos"]["lo"], mass["value"] + mass["minos"]["hi"]]
    assert numbers_after("68% interval:", text) == pytest.approx(ends, rel=1e-6)
    singles = [run / "card.txt", "-M", "MultiDimFit", "--algo", "singles", "-P", "m_t", "-o", tmp_path / "singles"]
    assert call(monkeypatch, *singles, "--no-plots") == 0
    stated = json.loads((tmp_path / "singles" / "result.json").read_text(encoding="utf-8"))
    # MINOS looks for the crossing to a hundredth of the tolerance of 1% of a sigma
    assert numbers_after("95% interval:", text) == pytest.approx(
        stated["parameters"]["m_t"]["intervals"]["95"], abs=1e-3 * mass["hesse"]
    )
    assert "points: 15, failed: 0" in text
    assert_drawn(png)
    assert pdf.read_bytes().startswith(b"%PDF")


def test_profile_of_an_eliminated_nuisance_is_its_pull(run: Path, result: dict[str, Any]) -> None:
    text = output_of("draw_profile.C", run / "workspace.root", MATRIX_ELEMENT, "model=full points=3")
    (nuisance,) = (each for each in result["nuisances"] if each["name"] == MATRIX_ELEMENT)
    low, high = numbers_after("68% interval:", text)
    # linear and Gaussian but for the mass: the interval is nearly symmetric
    assert (high + low) / 2 == pytest.approx(nuisance["value"], abs=0.01)
    assert (high - low) / 2 == pytest.approx(nuisance["constraint"], abs=0.005)


def test_correlations_of_the_fit_and_of_a_fresh_one(run: Path, result: dict[str, Any], tmp_path: Path) -> None:
    png = tmp_path / "correlation.png"
    of_the_run = list(strongest(output_of("draw_correlation.C", run / "fit.root", f"save={png}")))
    fresh = list(strongest(output_of("draw_correlation.C", run / "workspace.root", "parameters=m_t,tnp_*")))
    assert len(of_the_run) == 20
    assert len(fresh) == 6
    sizes = [abs(value) for value, *_ in of_the_run]
    assert sizes == sorted(sizes, reverse=True)
    for value, first, second in of_the_run:
        assert value == pytest.approx(correlation_between(result, first, second), abs=2e-6)
    for value, first, second in fresh:
        assert value == pytest.approx(correlation_between(result, first, second), abs=1e-4)
    assert_drawn(png)


def test_largest_leaves_the_most_correlated_parameters(run: Path, result: dict[str, Any]) -> None:
    matrix = np.abs(np.array(result["correlation"]["matrix"]) - np.eye(len(result["correlation"]["names"])))
    largest = {result["correlation"]["names"][i] for i in np.unravel_index(np.argmax(matrix), matrix.shape)}
    pairs = list(strongest(output_of("draw_correlation.C", run / "fit.root", "largest=2")))
    assert {name for _, *names in pairs for name in names} == largest


@pytest.mark.parametrize(
    ("macro", "cases"),
    [
        (
            "list_pulls.C",
            {
                ("none.root",): "none.root: cannot be opened as a ROOT file",
                ("fit.root",): "fit.root: holds no RooWorkspace 'w'; give the workspace.root of a run",
                ("workspace.root", "sort=size"): "sort=size: give pull, shift, constraint or name",
            },
        ),
        (
            "print_workspace.C",
            {
                (
                    "workspace.root",
                    "ful",
                ): "no usable ModelConfig 'ful'; the workspace has: ModelConfig, ModelConfig_full",
                ("workspace.root", "full", "posfit"): "no snapshot 'posfit'; it has: scale_0.5_0.5",
            },
        ),
        (
            "fit_workspace.C",
            {
                ("workspace.root", "reduced", "stratgy=1"): "option 'stratgy=1' is not known; write key=value",
                ("workspace.root", "reduced", "strategy=fast"): "strategy=fast: 'fast' is no number",
                ("workspace.root", "reduced", "strategy=3"): "strategy=3: give 0, 1 or 2",
                ("workspace.root", "reduced", "freeze=tpn_1"): "no parameter 'tpn_1'; the nearest: tnp_1,",
                ("workspace.root", "reduced", "freeze=*"): "freeze=* leaves no parameter to fit",
                ("workspace.root", "reduced", "set=m_t=1720"): "set=m_t=1720: outside the limits of m_t",
            },
        ),
        (
            "draw_profile.C",
            {
                ("workspace.root", MATRIX_ELEMENT): "is eliminated from this model: give the option model=full",
                ("workspace.root", "m_tt"): "no parameter 'm_tt'; the nearest: m_t,",
                ("workspace.root", "m_t", "freeze=m_t"): "parameter 'm_t' is held: it has no profile",
                ("workspace.root", "", "range=190:180"): "LOW must be less than HIGH",
            },
        ),
        (
            "draw_correlation.C",
            {
                ("card.txt",): "card.txt: cannot be opened as a ROOT file",
                ("fit.root", "model=full"): "is a fit already",
                ("fit.root", "parameters=m_t"): "a correlation needs two parameters; the fit gives: m_t",
                ("fit.root", "save=none/of/them.pdf"): "save=none/of/them.pdf: cannot be written",
            },
        ),
    ],
)
def test_what_is_of_no_use_gives_2_and_says_why(run: Path, macro: str, cases: dict[tuple[str, ...], str]) -> None:
    lines = [f".L {MACROS / macro}", *(macro_call(macro[:-2], *arguments) for arguments in cases), ".q"]
    done = root(cwd=run, typed="\n".join(lines))
    said = [line for line in done.stderr.splitlines() if line.startswith(f"{macro[:-2]}: ")]
    assert len(said) == len(cases), done.stderr
    for line, expected in zip(said, cases.values(), strict=True):
        assert expected in line
    assert done.stdout.count("(int) 2") == len(cases)


def test_workspace_without_a_fit_says_that_there_is_no_postfit(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, run / "card.txt", "-M", "Workspace", "-o", tmp_path) == 0
    done = root(macro_call(MACROS / "list_pulls.C", tmp_path / "workspace.root"))
    assert done.returncode == 2
    assert "holds no snapshot 'postfit'" in done.stderr


def test_session_of_rootlogon_names_every_macro_and_calls_them_again_and_again(run: Path, tmp_path: Path) -> None:
    workspace, fit = run / "workspace.root", run / "fit.root"
    profile = macro_call("draw_profile", workspace, "m_t", "points=3")
    calls = [
        macro_call("fit_workspace", workspace),
        macro_call("fit_workspace", workspace),
        profile,
        macro_call("draw_correlation", fit),
        macro_call("list_pulls", workspace, "largest=1"),
        profile,
        macro_call("print_workspace", workspace),
    ]
    again = macro_call(f".x {MACROS}/list_pulls.C", workspace)
    done = root(str(MACROS / "rootlogon.C"), cwd=tmp_path, typed="\n".join([*calls, again, profile, ".q"]))
    for macro in sorted(MACROS.glob("*.C")):
        assert macro.name == "rootlogon.C" or f"  {macro.stem}(W" in done.stdout
    assert done.stdout.count("(int) 0") == len(calls) + 1, done.stderr
    assert done.stdout.count("points: 3, failed: 0") == 3
    # the interpreter of ROOT 6.40 crashes where it unloads such a macro, so a second load is an error with a cure
    assert "this session has loaded the macro: call list_pulls(...) by its name, without .x" in done.stderr


def test_macros_share_a_session_without_rootlogon(run: Path) -> None:
    workspace = run / "workspace.root"
    calls = [
        macro_call(MACROS / "fit_workspace.C", workspace),
        macro_call(MACROS / "draw_correlation.C", run / "fit.root"),
        macro_call(MACROS / "list_pulls.C", workspace, "largest=1"),
    ]
    done = root(*calls)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(int) 0") == len(calls)


def test_macro_compiles_in_a_session(run: Path, result: dict[str, Any], tmp_path: Path) -> None:
    if shutil.which("c++") is None:
        pytest.skip("no C++ compiler is installed")
    folder = tmp_path / "macros"
    shutil.copytree(MACROS, folder)
    done = root(macro_call(f"{folder}/draw_correlation.C+", run / "fit.root"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "draw_correlation_C.so").is_file()
    value, first, second = next(strongest(done.stdout))
    assert math.isclose(value, correlation_between(result, first, second), abs_tol=2e-6)
