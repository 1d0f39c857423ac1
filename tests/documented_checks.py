"""The tables of docs/validation.md, from the rules themselves; run this file to write them."""

from __future__ import annotations

import re
from pathlib import Path

from ttjroofit.analysis.checks.registry import CHECKS
from ttjroofit.analysis.recovery.problems import ERRORS

__all__ = ["document", "table"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validation.md"


def table() -> str:
    """Errors, then warnings, as Markdown."""
    errors = [f"| `{code}` | {what} | {cure} |" for code, (what, cure) in ERRORS.items()]
    warnings = [
        f"| `{check.code}` | {check.what} | {_threshold(check.threshold, check.reason)} | {check.cure} |"
        for check in CHECKS
    ]
    return "\n".join(
        [
            "| Error | Meaning | Cure |",
            "|---|---|---|",
            *errors,
            "",
            "| Warning | Meaning | Threshold and why | Cure |",
            "|---|---|---|---|",
            *warnings,
        ]
    )


def _threshold(threshold: float | None, reason: str) -> str:
    return f"{threshold:g}: {reason}" if threshold is not None else "none"


def document(text: str) -> str:
    """A page with what stands between the two marks replaced by the tables."""
    marks = "<!-- rules -->\n", "\n<!-- end of rules -->"
    return re.sub(f"(?<={marks[0]}).*(?={marks[1]})", lambda _: table(), text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(document(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
