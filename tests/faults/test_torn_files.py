"""Files of an earlier run that are cut off: one line that names the file, nothing written, no crash."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import uproot

from faults.runs import CARDS
from program import call
from ttjroofit.card.statements import ShapesStatement
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.root_file import check_whole, damage
from ttjroofit.roofit.external_file import open_external
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.store import write_fit

CARD = CARDS / "atlas8.txt"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Output folders of three runs."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert call(monkeypatch, CARD, "-M", "CrossSections", "--no-plots", "-o", folder / "xs") == 0
        assert call(monkeypatch, CARD, "-M", "GenerateOnly", "-t", 20, "-o", folder / "toys") == 0
        assert call(monkeypatch, CARD, "--blind", "salt", "--no-plots", "-o", folder / "fit") == 0
    return folder


READERS: dict[str, Callable[[Path], Sequence[object]]] = {
    "fit/result.json": lambda path: ("unblind", path, "--blind", "salt"),
    "xs/result.json": lambda path: ("plot", "all", path, "-o", path.parent / "figures"),
    "xs/result.json ": lambda path: ("table", "cross_sections", path, "-o", path.parent / "table.txt"),
    "xs/result.json  ": lambda path: ("export", "hepdata", path, "-o", path.parent / "record"),
    "xs/nuisance_correlation.npz": lambda path: ("plot", "nuisance_correlation", path.parent, "-o", path.parent / "f"),
    "toys/toys.root": lambda path: (CARD, "-t", 20, "--toysFile", path, "-o", path.parent / "out"),
    "fit/card.txt": lambda path: (path, "-M", "Report", "-o", path.parent / "out"),
}
"""What reads a file; blanks only tell readers of one file apart."""


@pytest.mark.parametrize("reader", READERS)
def test_cut_off(
    reader: str, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (done / reader.strip()).read_bytes()
    for kept in (0.0, 0.3, 0.97):
        folder = tmp_path / str(kept)
        shutil.copytree((done / reader.strip()).parent, folder)
        path = folder / Path(reader.strip()).name
        path.write_bytes(content[: int(kept * len(content))])
        before = {each.name for each in folder.iterdir()}
        assert call(monkeypatch, *READERS[reader](path)) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("Error: ")
        assert captured.err.count("\n") == 1
        assert str(folder) in captured.err
        assert {each.name for each in folder.iterdir()} == before


def test_header_of_a_root_file_tells(done: Path, tmp_path: Path) -> None:
    """Of files of ROOT and of uproot, at any length."""
    for original in (done / "fit" / "workspace.root", done / "toys" / "toys.root", done / "xs" / "cross_sections.root"):
        check_whole(original)
        content = original.read_bytes()
        torn = tmp_path / original.name
        for size in (0, 50, 100, 1000, len(content) // 2, len(content) - 1):
            torn.write_bytes(content[:size])
            with pytest.raises(InputError, match=rf"{torn.name}: it (is no file of ROOT|is cut off: {size} of)"):
                check_whole(torn)
        torn.write_bytes(content + b"x")
        with pytest.raises(InputError, match="it was never finished"):
            check_whole(torn)
    with pytest.raises(InputError, match=r"nowhere\.root: cannot be read: No such file"):
        check_whole(tmp_path / "nowhere.root")


def test_file_that_root_did_not_close(tmp_path: Path) -> None:
    path = tmp_path / "open.root"
    with quiet() as ROOT:
        file = ROOT.TFile.Open(str(path), "RECREATE")
        file.WriteObject(ROOT.TNamed("a", "b"), "a")
        assert damage(path) == "it was never finished: whoever wrote it was stopped"
        file.Close()
    assert damage(path) is None
    with uproot.open(path) as whole:
        assert whole.keys() == ["a;1"]


def test_root_says_when_a_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.roofit.store.damage", lambda _: "it is cut off")
    with quiet() as ROOT, pytest.raises(OSError, match=r"ROOT could not write all of it; is the disk full\?"):
        write_fit(ROOT.TNamed("a", "b"), str(tmp_path / "fit.root"))


@pytest.mark.parametrize(
    ("kept", "message"),
    [(0.5, "this is no file of ROOT, or no whole one"), (0.9999, r"it is cut off: \d+ of \d+ bytes")],
)
def test_torn_workspace_of_a_card(kept: float, message: str, done: Path, tmp_path: Path) -> None:
    """Of a line `shapes`: ROOT recovers what it can and may crash on it."""
    path = tmp_path / "workspace.root"
    content = (done / "fit" / "workspace.root").read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    source = ShapesStatement("other", path, ("w", "model"), ("w", "data_obs"), (), Place(tmp_path / "card.txt", 3))
    with quiet() as ROOT, pytest.raises(InputError, match=rf"workspace\.root: {message}"):
        open_external(ROOT, source)


@pytest.mark.skipif(shutil.which("root") is None, reason="the program root is not installed")
def test_torn_files_of_macros(done: Path, tmp_path: Path) -> None:
    macros = CARDS.parent / "macros"
    cases = (("print_workspace", "workspace.root", 0.67), ("draw_correlation", "fit.root", 0.999))
    for macro, name, kept in cases:
        content = (done / "fit" / name).read_bytes()
        (tmp_path / name).write_bytes(content[: int(kept * len(content))])
        call_of_macro = f'{macros / macro}.C("{tmp_path / name}")'
        root = subprocess.run(["root", "-l", "-b", "-q", call_of_macro], capture_output=True, text=True, check=False)
        assert root.returncode == 2
        assert re.search(rf"{name}: (cannot be opened as a ROOT file|is cut off or was never finished)", root.stderr)
        assert "Break" not in root.stderr
