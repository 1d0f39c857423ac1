"""The program as a process that faults are done to, and what must hold of its folder whatever happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ttjroofit.inputs.root_file import damage

__all__ = [
    "CARDS",
    "METHODS",
    "Finished",
    "await_handlers",
    "finish",
    "found_wrong",
    "group_of",
    "run",
    "same_content",
    "start",
    "wait_for",
    "write_card",
]

CARDS = Path(__file__).parents[2] / "cards"
INPUTS = CARDS.parent / "inputs"

METHODS: Mapping[str, Sequence[object]] = {
    "Fit": (),
    "Fit_toys": ("-M", "Fit", "-t", 20, "--saveToys"),
    "MultiDimFit": ("-M", "MultiDimFit", "--algo", "grid", "-P", "m_t", "--points", 8),
    "Compatibility": ("-M", "Compatibility", "--split", "experiment", "-t", 40),
    "Impacts": ("-M", "Impacts"),
    "CrossSections": ("-M", "CrossSections"),
    "Coverage": ("-M", "Coverage", "-t", 40),
    "Workspace": ("-M", "Workspace", "--for", "combine,hs3"),
    "Validate": ("-M", "Validate"),
    "CorrelationScan": ("-M", "CorrelationScan", "--points", 3),
    "GoodnessOfFit": ("-M", "GoodnessOfFit", "--algo", "saturated", "-t", 100),
    "GenerateOnly": ("-M", "GenerateOnly", "-t", 200),
    "ShiftStatistics": ("-M", "ShiftStatistics", "-t", 40),
    "Report": ("-M", "Report", "--points", 5),
}
"""Every method, with options that make it short; ``write_card`` makes a card for all of them."""


def write_card(folder: Path) -> Path:
    """A card of ATLAS 8 TeV and CMS 13 TeV, the first with a Monte Carlo uncertainty of one shift."""
    path = folder / "atlas_8tev_ljets.yaml"
    document = yaml.safe_load((INPUTS / path.name).read_text(encoding="utf-8"))
    name, shift = next(iter(document["sources"].items()))
    document["sources"][name] = {"shift": shift, "shift_sigma": [0.01 * value for value in document["values"]]}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    text = (CARDS / "atlas8_cms13.txt").read_text(encoding="utf-8")
    text = text.replace(f"../inputs/{path.name}", str(path)).replace("../", f"{CARDS.parent}/")
    text = text.replace("correlations/", f"{CARDS}/correlations/")
    card = folder / "pair.txt"
    card.write_text(text, encoding="utf-8")
    return card


PNG_END = b"IEND\xaeB`\x82"

UNSTEADY = ("timing_s", "version", "card_text")
"""Keys of ``result.json`` that differ from run to run, or with the name of the output folder."""


class Finished:
    """What a process left: its status, and what it said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        out, error = process.communicate(timeout=120)
        self.status = process.returncode
        self.out = out.decode(errors="replace") if out is not None else ""
        self.error = error.decode(errors="replace") if error is not None else ""
        self.pid = process.pid

    @property
    def lines(self) -> list[str]:
        """What stands on stderr."""
        return self.error.strip().splitlines()


def start(*arguments: object, prefix: Sequence[object] = (), **options: Any) -> subprocess.Popen[bytes]:
    """Start ``python -m ttjroofit``, leader of a session of its own.

    Args:
        arguments: of the program.
        prefix: what comes before the interpreter, such as ``prlimit --fsize=1000``.
        options: of ``Popen``; ``env`` is added to the environment, None removes a variable.
    """
    changes: Mapping[str, str | None] = options.pop("env", {})
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **changes}
    command = [*map(str, prefix), sys.executable, "-m", "ttjroofit", *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True, **options}
    return subprocess.Popen(
        command, env={name: value for name, value in environment.items() if value is not None}, **settings
    )


def run(*arguments: object, **options: Any) -> Finished:
    """Run it to its end."""
    with start(*arguments, **options) as process:
        return finish(process)


def finish(process: subprocess.Popen[bytes]) -> Finished:
    """Wait for its end; a process that hangs is killed with its group, and an error."""
    try:
        return Finished(process)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def await_handlers(process: subprocess.Popen[bytes]) -> None:
    """Return when the process minds SIGTERM: before that, what happens is a matter of Python."""
    wait_for(lambda: process.poll() is not None or _catches(process.pid, signal.SIGTERM), interval=0.005)


def _catches(pid: int, number: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    mask = next((int(line.split()[1], 16) for line in text.splitlines() if line.startswith("SigCgt")), 0)
    return bool(mask >> (number - 1) & 1)


def wait_for(condition: Callable[[], bool], *, seconds: float = 30.0, interval: float = 0.05) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(interval)
    return True


def group_of(leader: int) -> list[int]:
    """Live processes of the session of a process, itself left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == leader and state != "Z" and int(path.parent.name) != leader:
            found.append(int(path.parent.name))
    return found


def found_wrong(folder: Path, *, killed: bool = False) -> list[str]:
    """What is not as it must be in an output folder.

    Args:
        folder: that may be missing.
        killed: whether the last run had no chance to tidy up.
    """
    if not folder.exists():
        return []
    wrong = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            if not (path.name == ".tasks" or (killed and path.name.startswith((".lock", ".writing_")))):
                wrong.append(f"{path.name} was left")
        elif path.is_file() and (reason := _torn(path)) is not None:
            wrong.append(f"{path.name}: {reason}")
    if (folder / "result.json").exists():
        wrong += [f"{name} is missing" for name in ("summary.txt", "card.txt") if not (folder / name).exists()]
    return wrong


def _torn(path: Path) -> str | None:
    content = path.read_bytes()
    if path.suffix == ".json":
        try:
            json.loads(content)
        except ValueError as error:
            return str(error)
    if path.suffix == ".root":
        return damage(path)
    ends = {".png": PNG_END, ".pdf": b"%%EOF", ".html": b"</html>", ".npz": b""}
    end = ends.get(path.suffix, b"\n")
    return None if content.rstrip(b"\n" if end != b"\n" else b"").endswith(end) else "it is cut off"


def same_content(one: Path, other: Path) -> list[str]:
    """Names of files that differ, times and what ROOT and uproot number afresh aside; ROOT files count by existence."""
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    return sorted(name for name in names if _content(one / name) != _content(other / name))


def _content(path: Path) -> object:
    if not path.exists():
        return None
    if path.name == "result.json":
        return {key: value for key, value in json.loads(path.read_text()).items() if key not in UNSTEADY}
    if path.suffix in {".root", ".html", ".npz"} or path.name in {"card.txt", "summary.txt", "result.yaml"}:
        return True
    return path.read_bytes()
