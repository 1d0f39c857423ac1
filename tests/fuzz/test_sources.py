"""What the package never does, read from its sources: run text as code, start a shell, unpickle what others wrote."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "python" / "ttjroofit"

RUN_PYTHON = {"eval", "exec", "compile", "__import__", "runpy.run_path", "runpy.run_module"}
RUN_SHELL = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn"}
RUN_CPP = {"ProcessLine", "ProcessLineSync", "ProcessLineFast", "Macro", "LoadMacro", "Calc", "cppdef", "cppexec"}
FORMULAS = {"TFormula", "TF1", "TF2", "TF3", "RooGenericPdf", "RooClassFactory", "factory"}
"""What makes a formula of a text; RooFormulaVar is looked at in test_names.py."""

UNPICKLE = {"load", "loads", "Unpickler"}
UNSAFE_YAML = {"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"}
UNSAFE_LOADERS = {"Loader", "UnsafeLoader", "FullLoader", "CLoader", "CUnsafeLoader", "CFullLoader"}

TRUSTED = ("run/workers/", "run/jobs/", "library/workers.py")
"""Read pickles of other processes of the same call, or of .tasks, which docs/parallel.md says to trust."""


@lru_cache
def modules() -> dict[str, list[ast.AST]]:
    """All nodes of each module."""
    return {
        str(path.relative_to(PACKAGE)): list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def calls(wanted: Callable[[str, ast.Call], bool]) -> list[str]:
    """The calls that are wanted: module, line, text."""
    return [
        f"{module}:{node.lineno}: {ast.unparse(node)[:80]}"
        for module, nodes in modules().items()
        for node in nodes
        if isinstance(node, ast.Call) and wanted(module, node)
    ]


def called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def method(node: ast.Call) -> str:
    return called(node).rpartition(".")[2]


def test_the_search_finds_what_there_is() -> None:
    assert any(line.startswith("run/workers/") for line in calls(lambda _, node: called(node) == "pickle.loads"))
    assert any(line.startswith("roofit/") for line in calls(lambda _, node: method(node) == "RooFormulaVar"))
    assert any(line.startswith("roofit/session.py") for line in calls(lambda _, node: method(node) == "Declare"))


def test_no_text_becomes_code() -> None:
    assert calls(lambda _, node: called(node) in RUN_PYTHON | RUN_SHELL) == []


def test_no_text_becomes_code_or_a_formula_of_root() -> None:
    assert calls(lambda _, node: method(node) in RUN_CPP | FORMULAS) == []
    # a constant is the only code that is declared
    assert calls(lambda _, node: method(node) == "Declare" and not isinstance(node.args[0], ast.Constant)) == []


def test_no_program_is_started_by_a_shell() -> None:
    def by_shell(_: str, node: ast.Call) -> bool:
        if not called(node).startswith("subprocess."):
            return False
        words = node.args[0] if node.args else node
        return isinstance(words, ast.Constant | ast.JoinedStr | ast.BinOp) or any(
            k.arg == "shell" for k in node.keywords
        )

    assert calls(by_shell) == []
    assert calls(lambda _, node: any(keyword.arg == "shell" for keyword in node.keywords)) == []


def test_yaml_is_loaded_safely() -> None:
    assert calls(lambda _, node: called(node) in {f"yaml.{name}" for name in UNSAFE_YAML}) == []
    loaders = [
        f"{module}:{node.lineno}"
        for module, nodes in modules().items()
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {f"yaml.{name}" for name in UNSAFE_LOADERS}
    ]
    imported = [
        f"{module}:{node.lineno}"
        for module, nodes in modules().items()
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and node.module == "yaml"
        and {alias.name for alias in node.names} & UNSAFE_LOADERS
    ]
    assert loaders + imported == []


def test_pickles_are_read_where_they_are_trusted() -> None:
    def elsewhere(module: str, node: ast.Call) -> bool:
        room, _, name = called(node).rpartition(".")
        return room in {"pickle", "dill", "cloudpickle", "marshal", "joblib", "shelve"} and (
            name in UNPICKLE and not module.startswith(TRUSTED)
        )

    def with_pickles(_: str, node: ast.Call) -> bool:
        allowed = [k.value for k in node.keywords if k.arg == "allow_pickle"]
        return called(node) == "np.load" and [ast.unparse(value) for value in allowed] != ["False"]

    assert calls(elsewhere) == []
    assert calls(with_pickles) == []


@pytest.mark.parametrize("word", ["pickles", "nobody else writes into"])
def test_the_page_on_tasks_says_whom_to_trust(word: str) -> None:
    assert word in (PACKAGE.parents[1] / "docs" / "parallel.md").read_text(encoding="utf-8")
