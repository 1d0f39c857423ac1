"""Figures as text that a page can hold."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

from matplotlib import rc_context
from matplotlib.figure import Figure

from ttjroofit.show.style import in_style, plain_where_no_formula

__all__ = ["image_source"]


@in_style
def image_source(figure: Figure) -> str:
    """The figure as SVG in a data URL; the same figure gives the same text.

    As an image, not inline: identifiers of two figures cannot meet, and nothing in it can run. Letters are outlines,
    so the page needs no font.
    """
    buffer = BytesIO()
    with rc_context({"svg.hashsalt": "ttjroofit", "svg.fonttype": "path"}):
        plain_where_no_formula(figure).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{b64encode(buffer.getvalue()).decode('ascii')}"
