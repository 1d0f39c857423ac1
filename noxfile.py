"""Checks too long for every push: all interpreters, lowest and newest dependencies, coverage, documents, a release.

``nox`` runs the tests on every Python that is installed; ``nox -l`` lists the rest.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.sessions = ["tests"]
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Linters, types and tests, as `.ci/run` has them, with the newest dependencies."""
    session.install("-e", ".[root,test]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("pytest", "-n", "2", *session.posargs, env=ONE_THREAD)


@nox.session(python="3.10", venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """The tests with the lowest versions that pyproject.toml allows; needs uv."""
    session.run_install("uv", "pip", "install", "--resolution", "lowest-direct", "-e", ".[root,test]")
    # old matplotlib and new pyparsing warn about each other, and this test makes warnings errors in its own program
    clash = "tests/show/test_figures.py::test_files_are_the_same_bytes_in_another_process"
    # warnings of old versions are not ours, and the old xdist breaks at those of a Dask cluster that was never made
    session.run("pytest", "-n", "2", "-W", "ignore", "--deselect", clash, *session.posargs, env=ONE_THREAD)


@nox.session
def coverage(session: nox.Session) -> None:
    """Lines of the package that the tests run, programs started by tests included; below 90% is an error."""
    session.install("-e", ".[root,test]", "coverage[toml]>=7.10")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "2", *session.posargs, env=ONE_THREAD)
    session.run("coverage", "combine")
    session.run("coverage", "report", "--fail-under=90")


@nox.session
def docs(session: nox.Session) -> None:
    """The documents: the reference in step with the code, the site without a warning."""
    session.install("-e", ".[docs]")
    session.run("python", "docs/generate.py", "--check")
    # mkdocs-material tells of a future mkdocs on every call, on stderr
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def release(session: nox.Session) -> None:
    """Build the package, check its description, and run it from the wheel, away from the checkout."""
    session.install("build", "twine")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build")
    built = [str(path) for path in sorted(Path("dist").iterdir())]
    session.run("twine", "check", "--strict", *built)
    session.install("--force-reinstall", next(name for name in built if name.endswith(".whl")))
    cards = Path("cards").resolve()
    with session.chdir(session.create_tmp()):
        session.run("ttjroofit", "--version")
        session.run("ttjroofit", str(cards / "atlas_cms.txt"), "-M", "Validate", "-o", "validate")
        session.run("ttjroofit", str(cards / "atlas_cms.txt"), "-M", "CrossSections", "-o", "cross_sections")
