"""The report as one HTML page: no file beside it, no network, nothing that a card says can run in it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from ttjroofit.results.report import ReportResult
from ttjroofit.show.report.figures import describe, report_figures
from ttjroofit.show.report.image import image_source
from ttjroofit.show.report.sections import Picture, headlines, sections, warnings

__all__ = ["report_page"]

_PIXELS = 96
"""CSS pixels an inch."""


def report_page(result: ReportResult, *, figures: bool = True) -> str:
    """Write the page.

    Args:
        result: of ``-M Report``; failed fits are marked at the top.
        figures: whether the page has figures.

    Returns:
        HTML. All text of the card and the inputs is escaped; a policy in the head of the page lets the browser run the
        script of this package alone, known by its hash, and load nothing. The same result gives the same page.
    """
    drawn = report_figures(result) if figures else {}
    placed: dict[str, list[Picture]] = {}
    folded = []
    for stem, figure in drawn.items():
        if stem.startswith("impacts_"):
            folded.append(_picture(stem, figure))
        else:
            placed.setdefault(describe(stem).section, []).append(_picture(stem, figure))
    environment = Environment(
        loader=PackageLoader("ttjroofit.show.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    style, script = _own("report.css"), _own("report.js")
    return environment.get_template("report.html.j2").render(
        result=result,
        headlines=headlines(result),
        warnings=warnings(result),
        sections=sections(result, placed, folded),
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def _picture(stem: str, figure: Figure) -> Picture:
    width, height = (round(_PIXELS * inches) for inches in figure.get_size_inches().tolist())
    description = describe(stem)
    return Picture(image_source(figure), width, height, description.caption, description.alternative)


def _own(name: str) -> Markup:
    """A file of this package, which goes into the page as it is."""
    return Markup(files("ttjroofit.show.report").joinpath(name).read_text(encoding="utf-8"))


def _breakable(text: str) -> Markup:
    """Escaped text that may be broken behind its underscores, as long names must be on a phone."""
    return Markup("_<wbr>").join(text.split("_"))


def _policy(style: str, script: str) -> str:
    """What the browser may do with the page: its own style and script, images within it, nothing else."""
    hashes = [b64encode(sha256(text.encode()).digest()).decode("ascii") for text in (style, script)]
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
