"""Every command and every Python example of the documents: read by click, those of the first pages run.

``TTJROOFIT_ALL_EXAMPLES=1 pytest tests/docs`` runs those of all pages as a shell would, which takes ten minutes.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from documents import REPOSITORY, Block, arguments_of, blocks_of, calls_of, pages, parse, statements_of
from program import call

ALL = os.environ.get("TTJROOFIT_ALL_EXAMPLES") == "1"

QUICK = (
    "docs/getting_started.md",
    "docs/how_to/add_a_measurement.md",
    "docs/how_to/test_a_correlation.md",
    "docs/positive_definite.md",
    "docs/predictions.md",
)
"""Pages whose examples are run in every test run, each command in this process."""

BEFORE = {
    "README.md": ["atlas_cms"],
    "docs/figures.md": ["atlas_cms", "cms13", "atlas8"],
    "docs/install.md": ["atlas_cms"],
}
"""Cards that are fitted before a page, whose examples take the results for granted."""

RUN = {"python", "ttjroofit", "root", "cat", "sed", "for"}
NOT_RUN = {"python3", "pip", "conda", "sudo", "source", "cmake", "ln", "ruff", "nox", "pre-commit"}
NOT_RUN |= {"ttjroofit-fit-workspace", "ttjroofit-draw-profile"}
"""Programs in blocks with a reason not to run them."""

SHELL = [block for page in pages() for block in blocks_of(page, "sh")]


def named(block: Block) -> str:
    return block.place


def copy(folder: Path) -> None:
    """What examples expect in the working directory."""
    for name in ("cards", "inputs", "macros"):
        shutil.copytree(REPOSITORY / name, folder / name)


@pytest.mark.parametrize("block", SHELL, ids=named)
def test_options_are_known(block: Block) -> None:
    for arguments in calls_of(block):
        try:
            parse(arguments)
        except click.exceptions.Exit:  # --list and the like, which end the program
            continue
        except click.ClickException as error:
            pytest.fail(f"{block.place}: {shlex.join(arguments)}: {error.format_message()}")


@pytest.mark.parametrize("block", SHELL, ids=named)
def test_files_exist_and_programs_are_known(block: Block) -> None:
    """Cards, inputs and macros of the repository by their names; made cards are written by the block itself."""
    for statement in statements_of(block):
        line = statement.split("\n", 1)[0]
        assert line.split()[0] in (RUN | NOT_RUN if block.reason else RUN)
        for name in re.findall(r"\b(?:cards|inputs|macros|tests)/[\w/.]+", line):
            assert (REPOSITORY / name).exists() or f"> {name}" in block.text


def test_commands_stand_in_fenced_blocks() -> None:
    """An indented command would escape the tests above."""
    command = re.compile(r"^    (?:\$ )?(?:python3? |ttjroofit |root |pip |cmake )", re.MULTILINE)
    fences = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    found = [page.name for page in pages() if command.search(fences.sub("", page.read_text(encoding="utf-8")))]
    assert found == []


def test_an_unknown_option_is_found() -> None:
    with pytest.raises(click.ClickException, match="No such option"):
        parse(["cards/atlas8.txt", "--wrong"])
    with pytest.raises(click.ClickException, match="No such option"):
        parse(["convert", "hepdata", "record", "-o", "new", "--wrong"])


@pytest.mark.parametrize("page", QUICK)
def test_first_pages_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(REPOSITORY / page, "sh", "python"):
        if block.reason:
            continue
        if block.language == "python":
            exec(compile(block.text, block.place, "exec"), {})
            continue
        for statement in statements_of(block):
            arguments = arguments_of(statement)
            if arguments is not None:
                assert call(monkeypatch, *arguments) == 0, f"{block.place}: {statement}"
            elif not statement.startswith("root "):  # ROOT as a program takes seconds to start: tests/roofit has macros
                subprocess.run(["bash", "-ec", statement], check=True)


@pytest.mark.skipif(not ALL, reason="takes ten minutes: TTJROOFIT_ALL_EXAMPLES=1 asks for it")
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_all_pages_run(page: Path, tmp_path: Path) -> None:
    copy(tmp_path)
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": programs, "MPLBACKEND": "Agg"}
    for name in BEFORE.get(str(page.relative_to(REPOSITORY)), []):
        run(["ttjroofit", f"cards/{name}.txt", "--no-plots"], tmp_path, environment, name)
    for block in blocks_of(page, "sh", "python"):
        if not block.reason:
            shell = ["bash", "-ec"] if block.language == "sh" else [sys.executable, "-c"]
            lines = block.text.splitlines(keepends=True)
            text = "".join(line for line in lines if "--job-mode condor" not in line)  # in a list of one line each
            run([*shell, text], tmp_path, environment, block.place)


def run(words: list[str], folder: Path, environment: dict[str, str], place: str) -> None:
    """Run a program; what it printed is shown if it failed."""
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{place}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
