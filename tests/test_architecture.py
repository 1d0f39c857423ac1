"""The rooms of the house: imports go to earlier rooms only, ROOT is in one module, only the last room prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "python" / "ttjroofit"

ROOMS = ("errors", "files", "card", "inputs", "model", "roofit", "results", "analysis", "show", "run", "library")
"""From the ground up; a room knows itself and those before it."""

ENTRY = ("__init__", "__main__", "_version")
"""Modules of the package itself: its version, and the door to ``run``."""

MODULES = sorted(PACKAGE.rglob("*.py"))

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[str, int]]:
    """Dotted names that a module imports anywhere, with their lines; ``from a.b import c`` gives a.b.c."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: relative import"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def own_rooms(module: Path) -> Iterator[tuple[str, int]]:
    for name, line in imports(module):
        if name.startswith("ttjroofit."):
            yield name.split(".")[1], line


def exported(module: Path) -> list[str] | None:
    """Names in ``__all__``; None if there is none."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return None


def defined(module: Path) -> set[str]:
    """Names that a module binds at its top level."""
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name for alias in node.names)
    return names


def test_all_rooms_are_known() -> None:
    assert {room_of(module) for module in MODULES} <= {*ROOMS, *ENTRY}
    assert set(ROOMS[:6]) <= {room_of(module) for module in MODULES}


@each_module
def test_imports_go_to_earlier_rooms(module: Path) -> None:
    room = room_of(module)
    allowed = {*ROOMS, *ENTRY} if room in ENTRY else {*ROOMS[: ROOMS.index(room) + 1], "_version", "__version__"}
    strangers = [f"line {line}: {name}" for name, line in own_rooms(module) if name not in allowed]
    assert strangers == []


@each_module
def test_inputs_know_nothing_of_cards(module: Path) -> None:
    if room_of(module) == "inputs":
        assert {name for name, _ in own_rooms(module)} <= {"errors", "files", "inputs"}


@each_module
def test_root_is_imported_in_one_module(module: Path) -> None:
    found = [line for name, line in imports(module) if name.split(".")[0] in {"ROOT", "cppyy"}]
    if module == PACKAGE / "roofit" / "session.py":
        assert len(found) == 1
    else:
        assert found == []


@each_module
def test_only_run_prints(module: Path) -> None:
    """Neither print, nor click.echo, nor a write to the standard streams, nor a rich console."""
    if room_of(module) in ("run", *ENTRY):
        return
    calls = [
        node.func for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]
    called = {ast.unparse(call) for call in calls}
    assert not called & {"print", "click.echo", "sys.stdout.write", "sys.stderr.write", "Console().print"}


@each_module
def test_each_module_says_what_it_offers(module: Path) -> None:
    names = exported(module)
    if room_of(module) in ENTRY:
        return
    if module.name == "__init__.py":
        # a room may offer nothing at its door
        assert names is not None or defined(module) <= {"annotations"}
        return
    assert names, "no __all__"
    assert len(set(names)) == len(names)
    assert set(names) <= defined(module)
    private = [name for name in names if name.startswith("_") and not name.startswith("__")]
    assert private == []
