"""A report of two measurements, the same with hostile names, and its page read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.report import ReportOptions, compose_report
from ttjroofit.analysis.tasks import Serial
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.report import ReportResult
from ttjroofit.show.report.page import report_page

__all__ = ["CARD", "HOSTILE", "Page", "hostile", "page_of", "plain_page", "read_page", "report"]

CARD = Path(__file__).parents[1] / "cards" / "atlas8_atlas13.txt"

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=hacked=1>\"'&"
"""Ends every name, reference and text of the hostile report."""

_CHOICES = {
    "mass",
    "norm",
    "pdf",
    "tnp",
    "scale",
    "nuisance",
    "interpolation",
    "neyman",
    "published",
    "68",
    "95",
    "GeV",
}
"""Words that code, not a card or an input, has put into a result."""


@lru_cache
def report() -> ReportResult:
    """ATLAS 8 and 13 TeV: scenarios, a repair of none, 266 nuisances."""
    card = read_card(CARD)
    combination = load_combination(card, ModelOptions())
    options = ReportOptions(ModelOptions(), FitOptions(scenario=card.scenario), "measurement", points=11)
    result = compose_report(card, combination, options, Serial(), Clock()).result
    return replace(result, card_text=CARD.read_text(encoding="utf-8"), timing_s={"fit": 1.25, "plots": 2.5})


def hostile(value: Any) -> Any:
    """The same result with ``HOSTILE`` behind every text, keys included."""
    if isinstance(value, str):
        return value if value in _CHOICES else value + HOSTILE
    if isinstance(value, dict):
        return {hostile(key): hostile(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(hostile(item) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: hostile(getattr(value, item.name)) for item in fields(value)})
    return value


@lru_cache
def plain_page() -> str:
    """The page with its figures."""
    return report_page(report())


@dataclass
class Page:
    """What a parser sees of a page.

    Attributes:
        tags: names of elements with their attributes, in order.
        tables: identifier to rows of texts, headers first.
        texts: of elements other than script and style.
    """

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    def of(self, name: str) -> Iterator[dict[str, str | None]]:
        """Attributes of all elements of a name."""
        return (attributes for tag, attributes in self.tags if tag == name)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.page.tags.append((tag, attributes))
        if tag not in ("meta", "img", "input", "wbr"):
            self.open.append(tag)
        if tag == "table":
            self.rows = self.page.tables[(attributes["id"] or "").removeprefix("table-")] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.page.texts.append(data)
        if self.open and self.open[-1] in ("th", "td"):
            self.rows[-1][-1] += data


def read_page(text: str) -> Page:
    """Parse a page; every element that is opened must be closed."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader.page


@lru_cache
def page_of(figures: bool) -> Page:
    """The plain page read back."""
    return read_page(plain_page() if figures else report_page(report(), figures=False))
