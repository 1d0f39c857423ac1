"""The errors of a card, and what they leave unknown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ttjroofit.analysis.places import place_text
from ttjroofit.errors import TtjroofitError
from ttjroofit.results.validation import Finding

__all__ = ["ERRORS", "Problems"]

ERRORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "card-unreadable": (
            "the card or a file that it includes cannot be read",
            "correct the `include` line, or give a text file",
        ),
        "card-line": ("a line of the card does not follow the grammar", "write the line as docs/datacard.md says"),
        "card-contradiction": (
            "lines of the card contradict each other or the inputs",
            "correct or remove one of the lines",
        ),
        "name-unknown": ("a name or pattern of the card matches nothing", "correct the name"),
        "file-missing": (
            "a file that the card names does not exist",
            "correct the path, which is relative to the card",
        ),
        "input-format": ("an input file does not follow its format", "write the file as docs/inputs.md says"),
        "input-impossible": ("numbers of an input file cannot be true together", "correct the numbers"),
        "inputs-conflict": ("two input files, or a file and the card, do not fit together", "correct one of the two"),
        "model-impossible": (
            "card and inputs make no likelihood",
            "lower stated correlations or ask for a `repair` in the card",
        ),
        "option": ("an option of the call has an impossible value", "correct the option"),
    }
)
"""Code of an error to what it means and what to do."""

_CAUSES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        keyword: frozenset(causes.split())
        for keyword, causes in {
            "": "measurement",
            "theory": "measurement poi theory",
            "poi": "measurement poi theory",
            "imax": "measurement",
            "jmax": "poi theory",
            "kmax": "measurement nuisance",
            "scenario": "correlation",
            "correlations": "correlation scenario",
            "correlation": "measurement nuisance",
            "combine": "measurement",
            "smooth": "measurement nuisance",
            "errorOnError": "measurement nuisance",
            "nuisance": "measurement nuisance",
            "group": "measurement nuisance group theory",
            "param": "measurement poi theory",
            "option": "measurement nuisance group theory poi scenario correlation",
            "model": "measurement nuisance correlation correlations scenario input",
        }.items()
    }
)
"""A kind of statement to the kinds that, when they are missing, let it look wrong."""

_ANYTHING = {"unknown", "include"}
"""Missing lines that might have said anything."""


class Problems:
    """Errors in the order in which they were found, each once.

    Attributes:
        missing: keywords of the lines that had to be left out, and ``input`` if a part of an input file had to.
        neutral: names of the measurements with neutral parts in place of wrong ones.
        misnamed: names of the measurements that their files call otherwise.
    """

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.neutral: set[str] = set()
        self.misnamed: set[str] = set()
        self._found: dict[tuple[str | None, str], Finding] = {}

    @property
    def findings(self) -> list[Finding]:
        """All errors."""
        return list(self._found.values())

    def add(self, code: str, error: TtjroofitError, measurement: str | None = None) -> None:
        """Take note of an error; ``code`` is one of ``ERRORS``."""
        place = place_text(error.place) if error.place is not None else None
        finding = Finding(code, "error", error.message, place, measurement, cure=ERRORS[code][1])
        self._found.setdefault((place, error.message), finding)

    def may_follow(self, keyword: str) -> bool:
        """Whether an error of a statement may be nothing but the consequence of what is missing."""
        return bool(self.missing & (_CAUSES.get(keyword, frozenset()) | _ANYTHING))
