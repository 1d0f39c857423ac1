"""Every example of the documentation of the library is run, on the real cards."""

from __future__ import annotations

import doctest
import importlib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import ttjroofit

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "library.md"
MODULES = sorted(path.stem for path in (REPOSITORY / "python" / "ttjroofit" / "library").glob("[a-z]*.py"))


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def run(examples: doctest.DocTest) -> int:
    """Number of examples; a failed one is an error that shows what was expected and found."""
    report: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples, out=report.append)
    assert results.failed == 0, "".join(report)
    return results.attempted


def examples_of(path: Path, names: Mapping[str, object]) -> doctest.DocTest:
    """Those of a Markdown file; what fences a block is no output."""
    text = re.sub(r"^```.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return doctest.DocTestParser().get_doctest(text, dict(names), path.name, str(path), 0)


def test_page() -> None:
    assert run(examples_of(PAGE, {})) > 30


def test_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(
        r"^```python\n(.*?)^```", (REPOSITORY / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    exec(code.replace("cards/atlas_cms.txt", str(REPOSITORY / "cards" / "atlas8_atlas13.txt")), {})
    assert (tmp_path / "spectra.pdf").stat().st_size > 1000


@pytest.mark.parametrize("name", ["", *(f".library.{name}" for name in MODULES)])
def test_docstrings(name: str) -> None:
    module = importlib.import_module(f"ttjroofit{name}")
    for examples in doctest.DocTestFinder(exclude_empty=True).find(module):
        run(examples)


def test_functions_have_examples() -> None:
    """Those that a newcomer meets first."""
    for name in ("read_card", "load", "fit", "cross_sections", "likelihood", "validate"):
        assert ">>> " in getattr(ttjroofit, name).__doc__


def test_a_wrong_example_is_found() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run(doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0))
