"""The documents as a site: in step with the code, built without a warning, no link to nowhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from documents import REPOSITORY, pages

DOCS = REPOSITORY / "docs"
PACKAGE = REPOSITORY / "python" / "ttjroofit"
FOLDERS = {"benchmarks", "cards", "cmake", "docs", "examples", "macros", "tests"}
FOLDERS |= {path.name for path in PACKAGE.iterdir() if path.is_dir()}
NEEDED = ("mkdocs", "material", "latex2mathml", "docstring_parser")


def missing(*modules: str) -> list[str]:
    return [name for name in modules if importlib.util.find_spec(name) is None]


def program(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(bool(missing("docstring_parser")), reason="needs docstring-parser: pip install '.[docs]'")
def test_the_reference_is_in_step() -> None:
    done = program(str(DOCS / "generate.py"), "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(bool(missing(*NEEDED)), reason="needs mkdocs: pip install '.[docs]'")
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    # with --quiet, --strict counts no warnings
    done = program("-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site"))
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "site" / "likelihood" / "index.html").read_text(encoding="utf-8")
    assert page.count("<math") > 40
    assert "arithmatex" not in page
    # browsers draw <mi mathvariant="script"> as a plain N, which is the normalisation
    assert 'mathvariant="script"' not in page
    assert "\N{MATHEMATICAL SCRIPT CAPITAL N}" in page
    assert not re.search(r'<(?:script|link)[^>]+(?:src|href)="https?://(?!squidfunk)', page)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path) -> None:
    """In the repository; anchors are checked by mkdocs."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page: Path) -> None:
    """Modules by their path in the package, all else by that in the repository."""
    named = re.findall(r"`((\w+)/[\w./]*)`", page.read_text(encoding="utf-8"))
    places = [REPOSITORY, PACKAGE]
    ours = [path for path, first in named if first in FOLDERS]
    assert [path for path in ours if not any((place / path).exists() for place in places)] == []


def test_every_page_of_the_readme_is_on_the_site() -> None:
    navigation = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r"\]\(docs/([\w/]+\.md)", (REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert [name for name in named if f": {name}\n" not in navigation] == []
