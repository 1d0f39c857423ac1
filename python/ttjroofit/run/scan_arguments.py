"""Options of ``-M MultiDimFit``: how they are typed, and what they mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import click

from ttjroofit.analysis.scan_options import Algorithm, Curves, ScanOptions
from ttjroofit.errors import OptionError
from ttjroofit.run.parsing import parse_names, parse_ranges

__all__ = ["parse_scan", "scan_arguments"]

ALGORITHMS = {"MultiDimFit": ("none", "singles", "grid", "contour2d"), "GoodnessOfFit": ("saturated",)}
"""Method to its algorithms; the first is the default."""

_ARGUMENTS = (
    click.option(
        "--algo",
        type=click.Choice([name for names in ALGORITHMS.values() for name in names]),
        help="MultiDimFit: fit alone (none), intervals, scan, contour. GoodnessOfFit: saturated.",
    ),
    click.option(
        "-P",
        "--redefineSignalPOIs",
        "parameters",
        multiple=True,
        metavar="NAME",
        help="Parameter to scan, of any kind; repeat it, or A,B.  [default: the masses]",
    ),
    click.option("--gridPoints", "grid_points", default="", metavar="N,M", help="Points in each parameter of a scan."),
    click.option("--rangeX", "range_x", default="", metavar="LOW,HIGH", help="Range of the scan, first parameter."),
    click.option("--autoRange", "auto_range", type=float, metavar="X", help="Range of a scan, in sigma.  [default: 3]"),
    click.option("--firstPoint", "first_point", type=click.IntRange(0), help="First point of the grid to compute."),
    click.option("--lastPoint", "last_point", type=click.IntRange(0), help="Last point of the grid to compute."),
    click.option("--alignEdges", "align_edges", type=bool, help="1: points on the edges of the range."),
    click.option("--fastScan", "fast_scan", is_flag=True, help="Hold all other parameters at the best fit."),
    click.option("--breakdown", default="", metavar="G1,G2,REST", help="Scan with groups frozen: theory,syst,stat."),
    click.option("--curves", default="", metavar="NAME=A,B", help="Scan for fixed values of another parameter."),
)


def scan_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of scans."""
    for argument in reversed(_ARGUMENTS):
        command = argument(command)
    return command


def parse_scan(method: str, options: Mapping[str, Any]) -> ScanOptions:
    """What was asked of the scan.

    Args:
        method: of the command line.
        options: as click gives them, those of other methods among them.

    Raises:
        OptionError: for an algorithm of another method, options that need another algorithm, or no numbers.
    """
    algorithms = ALGORITHMS.get(method, ())
    algo = options["algo"] or (algorithms[0] if algorithms else None)
    if algo is not None and algo not in algorithms:
        known = f"knows {', '.join(algorithms)}" if algorithms else "knows none"
        raise OptionError(f"--algo {algo}: -M {method} {known}")
    if (options["toys"] > 0 or options["toys_file"]) and algo not in (None, "none", "saturated"):
        raise OptionError(f"--algo {algo} is for the data: toys are fitted with --algo none")
    _check_used(method, algo, options)
    if method != "MultiDimFit":
        return ScanOptions()
    auto_range = 3.0 if options["auto_range"] is None else options["auto_range"]
    if not (math.isfinite(auto_range) and auto_range > 0.0):
        raise OptionError(f"--autoRange {auto_range:g}: give a positive number of standard deviations")
    return ScanOptions(
        algo=cast(Algorithm, algo),
        parameters=tuple(name for text in options["parameters"] for name in parse_names(text)),
        points=options["points"],
        grid_points=_counts(options["grid_points"]),
        range_x=parse_ranges("--rangeX", f"x={options['range_x']}")["x"] if options["range_x"] else None,
        auto_range=auto_range,
        first=options["first_point"],
        last=options["last_point"],
        align_edges=bool(options["align_edges"]),
        fast=options["fast_scan"],
        breakdown=parse_names(options["breakdown"]),
        curves=_curves(options["curves"]) if options["curves"] else None,
    )


def _check_used(method: str, algo: str | None, options: Mapping[str, Any]) -> None:
    of_grid = {
        "--gridPoints": options["grid_points"],
        "--rangeX": options["range_x"],
        "--autoRange": options["auto_range"],
        "--firstPoint": options["first_point"],
        "--lastPoint": options["last_point"],
        "--alignEdges": options["align_edges"],
        "--fastScan": options["fast_scan"] or None,
        "--breakdown": options["breakdown"],
        "--curves": options["curves"],
    }
    given = [name for name, value in of_grid.items() if value is not None and value != ""]
    if given and algo != "grid":
        raise OptionError(f"{given[0]} is for -M MultiDimFit --algo grid")
    if options["parameters"] and method != "MultiDimFit":
        raise OptionError(f"-P {options['parameters'][0]}: -M {method} has no parameters to choose; -M MultiDimFit has")


def _counts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in parse_names(text))
    except ValueError:
        raise OptionError(f"--gridPoints {text}: give whole numbers, as 20,30") from None


def _curves(text: str) -> Curves:
    name, _, values = text.partition("=")
    try:
        numbers = tuple(float(part) for part in parse_names(values))
    except ValueError:
        numbers = ()
    if not numbers or not all(map(math.isfinite, numbers)):
        raise OptionError(f"--curves {text}: give a parameter and its values, as pdf_CTEQ66=-1,0,1")
    return Curves(name.strip(), numbers)
