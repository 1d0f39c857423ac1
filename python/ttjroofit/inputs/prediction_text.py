"""Write a prediction in our YAML format, so that reading it gives the same numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ttjroofit.inputs.schema import PredictionFile

__all__ = ["prediction_text"]


def prediction_text(content: PredictionFile, comments: Sequence[str] = ()) -> str:
    """The text of a prediction file, with all digits.

    Args:
        content: what it says.
        comments: lines at its top, without the ``#``.
    """
    entries = content.model_dump(by_alias=True)
    optional = {key for key, info in PredictionFile.model_fields.items() if not info.is_required()}
    lines = [f"# {comment}" for comment in comments]
    for key, value in entries.items():
        if value not in (None, []) or key not in optional:
            lines += _entry(key, value, "")
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    """One line, or one a row of a table and one a key of a mapping."""
    if isinstance(value, Mapping) and value:
        yield f"{indent}{key}:"
        for inner, content in value.items():
            if content is not None:
                yield from _entry(
                    json.dumps(inner) if "." in inner or inner[0].isdigit() else inner, content, indent + "  "
                )
    elif isinstance(value, list) and value and isinstance(value[0], list):
        yield f"{indent}{key}:"
        yield from (f"{indent}  - {_flow(row)}" for row in value)
    else:
        yield f"{indent}{key}: {_flow(value)}"


def _flow(value: object) -> str:
    """On one line; JSON is YAML, and its numbers are written with all their digits."""
    return json.dumps(value, ensure_ascii=False)
