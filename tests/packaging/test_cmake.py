"""Configures, builds and installs the project with CMake, then uses what was installed."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    shutil.which("cmake") is None or shutil.which("c++") is None,
    reason="CMake and a C++ compiler are not both installed",
)


PROGRAMS = [
    "ttjroofit-fit-workspace",
    "ttjroofit-print-workspace",
    "ttjroofit-list-pulls",
    "ttjroofit-draw-profile",
    "ttjroofit-draw-correlation",
]


def run(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=cwd)


def configure(build: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run("cmake", "-S", REPOSITORY, "-B", build, f"-DPython3_EXECUTABLE={sys.executable}", *options)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of an installation whose build folder is gone."""
    folder = tmp_path_factory.mktemp("cmake")
    build, installed = folder / "build", folder / "prefix"
    for step in (
        configure(build, f"-DCMAKE_INSTALL_PREFIX={installed}"),
        run("cmake", "--build", build, "--parallel", "2"),
        run("cmake", "--install", build),
    ):
        assert step.returncode == 0, step.stdout + step.stderr
        assert "warning:" not in step.stderr
    shutil.rmtree(build)
    return installed


def write_workspace(path: Path, *, constrained: bool) -> None:
    """Write a workspace of two bins; where jes is not constrained, only m_t + 0.5 jes can be measured."""
    root: Any = pytest.importorskip("ROOT")
    root.RooMsgService.instance().setGlobalKillBelow(root.RooFit.WARNING)
    workspace = root.RooWorkspace("w")
    second = "m_t-0.3*jes" if constrained else "m_t+0.5*jes"
    for statement in (
        "m_t[172.5,100,250]",
        "jes[0,-50,50]",
        "jes_obs[0]",
        "expr::mean_1('m_t+0.5*jes',m_t,jes)",
        f"expr::mean_2('{second}',m_t,jes)",
        "bin_1[171,0,400]",
        "bin_2[173,0,400]",
        "Gaussian::measurement_1(bin_1,mean_1,1)",
        "Gaussian::measurement_2(bin_2,mean_2,2)",
        "Gaussian::jes_pdf(jes_obs,jes,1)",
        "PROD::reduced(measurement_1,measurement_2" + (",jes_pdf)" if constrained else ")"),
    ):
        assert workspace.factory(statement), statement
    workspace.var("m_t").setUnit("GeV")
    observables = root.RooArgSet(workspace.var("bin_1"), workspace.var("bin_2"))
    data = root.RooDataSet("data_obs", "data_obs", observables)
    data.add(observables)
    workspace.Import(data)
    config = root.RooStats.ModelConfig("ModelConfig", workspace)
    config.SetPdf("reduced")
    config.SetObservables("bin_1,bin_2")
    config.SetParametersOfInterest("m_t")
    config.SetNuisanceParameters("jes")
    config.SetGlobalObservables("jes_obs")
    workspace.Import(config)
    parameters = root.RooArgSet(workspace.var("m_t"), workspace.var("jes"))
    for snapshot in ("prefit", "postfit"):
        workspace.saveSnapshot(snapshot, parameters)
    workspace.writeToFile(str(path))


@pytest.fixture(scope="module")
def workspace_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workspace") / "workspace.root"
    write_workspace(path, constrained=True)
    return path


def test_package_cards_inputs_and_macros_are_installed(prefix: Path) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert (prefix / "lib" / version / "site-packages" / "ttjroofit" / "py.typed").is_file()
    share = prefix / "share" / "ttjroofit"
    for folder in ("cards", "inputs"):
        originals = {path.relative_to(REPOSITORY) for path in (REPOSITORY / folder).rglob("*") if path.is_file()}
        assert originals
        assert all((share / path).is_file() for path in originals)
    macros = {path.name for path in (REPOSITORY / "macros").iterdir() if path.suffix in (".C", ".h")}
    assert {"rootlogon.C", "fit_workspace.C", "open_workspace.h"} < macros
    assert {path.name for path in (share / "macros").iterdir()} == macros
    assert not list(prefix.rglob("__pycache__"))


def test_installed_launcher_shows_its_help(prefix: Path, tmp_path: Path) -> None:
    result = run(prefix / "bin" / "ttjroofit", "--help", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "CARD" in result.stdout


def test_launcher_and_sourced_script_follow_a_moved_installation(prefix: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved prefix"
    shutil.copytree(prefix, moved, symlinks=True)
    script = (
        '. "$1/bin/thisttjroofit.sh"; command -v ttjroofit; "$2" -c "import ttjroofit; print(ttjroofit.__path__[0])"'
    )
    result = run("bash", "-euc", script, "bash", moved, sys.executable, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    launcher, package = result.stdout.splitlines()
    assert launcher == str(moved / "bin" / "ttjroofit")
    assert Path(package).is_relative_to(moved / "lib")


def test_compiled_macro_finds_the_closed_form_minimum(prefix: Path, workspace_file: Path) -> None:
    result = run(prefix / "bin" / "ttjroofit-fit-workspace", workspace_file)
    assert result.returncode == 0, result.stderr
    name, equals, value, _, error = result.stdout.split()[:5]
    assert (name, equals) == ("m_t", "=")
    # With jes eliminated the covariance is [[1.25, -0.15], [-0.15, 4.09]]; weights and error follow from it.
    # Four decimals are printed; the limits of m_t cost HESSE another 5e-5.
    assert float(value) == pytest.approx((4.24 * 171 + 1.40 * 173) / 5.64, abs=2e-4)
    assert float(error) == pytest.approx(((1.25 * 4.09 - 0.15**2) / 5.64) ** 0.5, abs=3e-4)
    assert "converged" in result.stdout


def test_fit_without_a_minimum_gives_status_1(prefix: Path, tmp_path: Path) -> None:
    path = tmp_path / "degenerate.root"
    write_workspace(path, constrained=False)
    result = run(prefix / "bin" / "ttjroofit-fit-workspace", path)
    assert result.returncode == 1
    assert "FAILED" in result.stdout


@pytest.mark.parametrize("program", PROGRAMS[:2])
def test_bad_arguments_give_status_2_and_say_why(
    prefix: Path, workspace_file: Path, tmp_path: Path, program: str
) -> None:
    executable = prefix / "bin" / program
    missing = run(executable, tmp_path / "none.root")
    assert missing.returncode == 2
    assert "cannot be opened as a ROOT file" in missing.stderr
    misspelt = run(executable, workspace_file, "ModelConfig_ful")
    assert misspelt.returncode == 2
    assert "no usable ModelConfig 'ModelConfig_ful'; the workspace has: ModelConfig\n" in misspelt.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_program_tells_its_usage_and_refuses_a_missing_file(prefix: Path, tmp_path: Path, program: str) -> None:
    executable = prefix / "bin" / program
    bare = run(executable)
    assert bare.returncode == 2
    assert f"usage: {program} FILE" in bare.stderr
    missing = run(executable, tmp_path / "none.root")
    assert missing.returncode == 2
    assert "none.root: cannot be opened as a ROOT file" in missing.stderr


def test_programs_take_options_as_words(prefix: Path, workspace_file: Path, tmp_path: Path) -> None:
    fit, picture, profile = (tmp_path / name for name in ("again.root", "correlation.png", "profile.pdf"))
    commands = [
        ("ttjroofit-fit-workspace", workspace_file, "reduced", "strategy=2", "minos=none", f"save={fit}"),
        ("ttjroofit-draw-correlation", fit, f"save={picture}"),
        ("ttjroofit-draw-profile", workspace_file, "jes", "points=5", f"save={profile}"),
        ("ttjroofit-list-pulls", workspace_file, "sort=name"),
    ]
    for program, *words in commands:
        done = run(prefix / "bin" / str(program), *words)
        assert done.returncode == 0, done.stdout + done.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert profile.read_bytes().startswith(b"%PDF")


def test_print_workspace_lists_each_part(prefix: Path, workspace_file: Path) -> None:
    result = run(prefix / "bin" / "ttjroofit-print-workspace", workspace_file, "ModelConfig", "prefit")
    assert result.returncode == 0, result.stderr
    assert "snapshots: prefit postfit\n" in result.stdout
    assert "  measurement_1 (RooGaussian, 1 bins)\n" in result.stdout
    lines = {words[0]: words[1:] for line in result.stdout.splitlines() if (words := line.split())}
    assert lines["bin_2"] == ["173"]
    assert lines["m_t"][0] == "172.5"
    assert lines["jes"][-3:] == ["constrained", "by", "jes_pdf"]


def test_macro_runs_in_the_interpreter_of_root(workspace_file: Path) -> None:
    root = shutil.which("root", path=str(Path(sys.executable).parent)) or shutil.which("root")
    if root is None:
        pytest.skip("the program root is not installed")
    result = run(root, "-l", "-b", "-q", f'{REPOSITORY / "macros" / "fit_workspace.C"}("{workspace_file}")')
    assert result.returncode == 0, result.stderr
    assert "converged" in result.stdout


def test_wheel_can_be_given_by_its_own_folder_and_configured_twice(tmp_path: Path) -> None:
    root: Any = pytest.importorskip("ROOT")
    package = Path(root.__file__).parent / "cmake"
    if not package.is_dir():
        pytest.skip("ROOT is not the PyPI wheel")
    for _ in range(2):
        result = configure(tmp_path / "build", f"-DROOT_DIR={package}")
        assert result.returncode == 0, result.stderr
    assert configure(tmp_path / "build").returncode == 0


def test_missing_root_gives_one_clear_message(tmp_path: Path) -> None:
    bare_python = tmp_path / "python3"
    bare_python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', encoding="utf-8")
    bare_python.chmod(0o755)
    result = run(
        "cmake",
        "-S",
        REPOSITORY,
        "-B",
        tmp_path / "build",
        f"-DPython3_EXECUTABLE={bare_python}",
        "-DCMAKE_DISABLE_FIND_PACKAGE_ROOT=ON",
    )
    assert result.returncode == 1
    assert "No ROOT >= 6.28" in result.stderr
