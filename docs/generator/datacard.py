"""Statements of a datacard: forms, words and defaults from the grammar, and where each is explained."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from generator.markdown import code, page, table
from ttjroofit.card.grammar import USAGE
from ttjroofit.card.settings import CHOICES
from ttjroofit.card.statements import TheoryOptions

__all__ = ["datacard_page"]

_PAGE = Path(__file__).resolve().parents[1] / "datacard.md"

_MEANINGS: Mapping[str, str] = {
    "imax": "bins of all measurements",
    "jmax": "mass parameters minus 1",
    "kmax": "nuisances of the measurements",
    "measurement": "a measurement and its file",
    "shapes": "a likelihood of a RooWorkspace and its data",
    "theory": "the prediction of measurements; `$MEASUREMENT` in FILE stands for the name of each",
    "poi": "a mass in GeV that measurements share: start value and range",
    "interpolation": "order of the polynomial in the mass",
    "pdf": "how PDF shifts change the predicted shape",
    "tnp": "theory nuisance parameters",
    "scale": "scale variations: envelope of refits, two nuisances, or none",
    "pulls": "values given to profiled nuisances",
    "repair": "what to do with correlations that are not possible together",
    "blind": "masses must be blinded",
    "combine": "bins that measure one cross section",
    "smooth": "shifts replaced by polynomials in the bin centre",
    "correlation": "prior correlation of two nuisances, and the range it is scanned over",
    "scenario": "a list of blocks of correlations",
    "correlations": "the scenario in force",
    "include": "another card, read in place of the line",
    "nuisance": "freeze, drop or rename nuisances",
    "group": "a group of nuisances, or more members of one",
    "param": "Gaussian constraint of a nuisance",
    "flatParam": "a nuisance without constraint",
    "errorOnError": "relative uncertainty of the prior sigma of sources",
}
"""A line each; a keyword without one is a KeyError."""

_ATTRIBUTES = {"interpolation": "order"}


def datacard_page() -> str:
    """Every statement with its form, and the words of those that offer a choice."""
    sections = _sections()
    rows = ([code(form), _MEANINGS[keyword], sections[keyword]] for keyword, form in USAGE.items())
    choices = ([code(keyword), ", ".join(map(code, words)), _default(keyword)] for keyword, words in CHOICES.items())
    return page(
        "Statements of a datacard",
        "python/ttjroofit/card",
        "Capital letters stand for what you write; `|` separates alternatives; `...` means more of the same. "
        "Rules and examples are in [the datacard](../datacard.md), what is different in `combine` in "
        "[coming from combine](../coming_from/combine.md#in-the-card).",
        table(["statement", "meaning", "explained in"], rows),
        "## Choices",
        "Each may be stated once; `--setStatements KEYWORD=WORD` replaces it for one call.",
        table(["keyword", "words", "default"], choices),
    )


def _sections() -> dict[str, str]:
    """Keyword to a link to the section of the page on datacards that explains it."""
    sections = re.split(r"^#{2,3} ", _PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {keyword: _link(sections, keyword, form) for keyword, form in USAGE.items()}


def _link(sections: Sequence[str], keyword: str, form: str) -> str:
    """To the section that shows the beginning of the form, else to one that names the keyword."""
    beginning = "`" + re.sub(r"^(\S+ \w+).*", r"\1", form)
    named = re.compile(rf"`(?:[A-Z]+ )?{keyword}\b[^`]*`")
    for fits in (lambda text: beginning in text, named.search):
        for section in sections:
            title, _, text = section.partition("\n")
            if fits(text):
                return f"[{title}](../datacard.md#{title.lower().replace(' ', '-')})"
    raise LookupError(f"docs/datacard.md does not explain {keyword}")


def _default(keyword: str) -> str:
    """The word that holds where a card has none."""
    defaults = inspect.signature(TheoryOptions).parameters
    name = _ATTRIBUTES.get(keyword, keyword)
    if name not in defaults:
        return code(next(iter(CHOICES[keyword]))) if keyword == "pulls" else "none"
    value = defaults[name].default
    return code(next(word for word, meaning in CHOICES[keyword].items() if meaning == value))
