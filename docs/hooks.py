"""What mkdocs does here: files of the repository become pages, formulas MathML, links to other files their paths."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

__all__ = ["on_files", "on_page_content", "on_page_markdown"]

_REPOSITORY = Path(__file__).resolve().parents[1]

_PAGES = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md"}
"""Page of the site to the file at the top of the repository."""

_FORMULA = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
_SCRIPT = re.compile(r'<mi mathvariant="script">([A-Z])</mi>')
_FOLDERS = "benchmarks|cards|cmake|examples|inputs|macros|python|tests"
_OUTSIDE = re.compile(rf"\[([^\]]+)\]\((?:\.\./)+((?:{_FOLDERS})/[^)]*|[A-Z]\w+(?:\.\w+)?)\)")


def on_files(files: Files, *, config: Any, **_: Any) -> Files:
    """Add the files at the top of the repository, with links as they are from docs/."""
    for page, name in _PAGES.items():
        text = (_REPOSITORY / name).read_text(encoding="utf-8")
        text = re.sub(rf"\]\((?=(?:{_FOLDERS})/|CITATION)", "](../", text)
        for other, source in _PAGES.items():
            text = text.replace(f"]({source})", f"]({other})")
        # the first page stands alone in its tab: its space goes to its lines of code
        head = "---\nhide: [navigation]\n---\n" if page == "index.md" else ""
        files.append(File.generated(config, page, content=head + text.replace("](docs/", "](")))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Name files that are no pages instead of linking them: the site does not hold them."""
    return _OUTSIDE.sub(_path, markdown)


def _path(link: re.Match[str]) -> str:
    text, path = link.groups()
    return text if path in text else f"{text} (`{path}`)"


def on_page_content(html: str, **_: Any) -> str:
    """Formulas as MathML, which browsers draw without a script, a font or a network."""
    return _FORMULA.sub(_mathml, html)


def _mathml(found: re.Match[str]) -> str:
    inline, block = found[2], found[3]
    if inline is not None:
        return _drawn(unescape(inline), "inline")
    return f'<div class="formula">{_drawn(unescape(block), "block")}</div>'


def _drawn(formula: str, display: str) -> str:
    """MathML; script letters are characters of their own, since browsers draw the attribute as plain italics."""
    return _SCRIPT.sub(_script, convert(formula.strip(), display=display))


def _script(letter: re.Match[str]) -> str:
    return f"<mi>{unicodedata.lookup(f'MATHEMATICAL SCRIPT CAPITAL {letter[1]}')}</mi>"
