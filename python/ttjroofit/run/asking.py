"""From the options of a command line to what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ttjroofit.analysis.tasks import Workers
from ttjroofit.errors import OptionError
from ttjroofit.model.blinding import Blinding
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.roofit.minimise import parse_minimizer
from ttjroofit.run.exchange import parse_formats
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges, parse_settings
from ttjroofit.run.request import Run
from ttjroofit.run.scan_arguments import parse_scan
from ttjroofit.run.toy_options import ASIMOV, parse_toys

__all__ = ["default_output", "make_run"]


def default_output(card: Path, options: Mapping[str, Any]) -> Path:
    """The output folder: that of ``-o``, or ``out/<card name>_<-n>``."""
    return options["output"] or Path("out") / "_".join(filter(None, [card.stem, options["name"]]))


def make_run(
    card: Path,
    method: str,
    options: Mapping[str, Any],
    *,
    command: str,
    workers: Workers,
    listener: Callable[[str], None] | None = None,
) -> Run:
    """What a call of the program asks for.

    Args:
        card: the datacard.
        method: of ``-M``.
        options: all others, as click gives them.
        command: the call as it may be written down.
        workers: to run the tasks of work that can be split.
        listener: told the name of each stage.

    Raises:
        OptionError: for a value that no run can have, or options that do not go together.
    """
    toys = parse_toys(method, options)
    scan = parse_scan(method, options)
    if options["chi2"] == "pearson":
        _check_pearson(method, toys)
    return Run(
        card=card,
        output=default_output(card, options),
        command=command,
        model=_model_options(options),
        engine=options["engine"],
        minimizer=parse_minimizer(options["minimizer"]),
        verbosity=options["verbose"],
        plots=not options["no_plots"],
        approx=options["approx"],
        points=options["points"],
        named=parse_names(options["named"]) if options["named"] is not None else None,
        toys=toys,
        listener=listener,
        workers=workers,
        scan=scan,
        name=options["name"],
        chi2=options["chi2"],
        settings=parse_settings("--setStatements", options["settings"]),
        formats=parse_formats(method, options),
    )


def _check_pearson(method: str, toys: ToyOptions | None) -> None:
    if method not in {"Fit", "CrossSections", "CorrelationScan"}:
        raise OptionError(f"--chi2 pearson is a choice of -M Fit, CrossSections or CorrelationScan, not of -M {method}")
    if method == "Fit" and toys is not None:
        raise OptionError("--chi2 pearson: toys are fitted with the published variances; leave out -t and --toysFile")


def _model_options(options: Mapping[str, Any]) -> ModelOptions:
    measurements = options["measurements"]
    return ModelOptions(
        measurements=parse_names(measurements) if measurements is not None else None,
        scenario=options["correlations"],
        set_parameters=parse_assignments("--setParameters", options["set_parameters"]),
        ranges=parse_ranges("--setParameterRanges", options["ranges"]) if options["ranges"] else {},
        freeze_parameters=parse_names(options["freeze_parameters"]),
        freeze_groups=parse_names(options["freeze_groups"]),
        pulls=options["pulls"],
        asimov=options["toys"] == ASIMOV,
        split=options["split"],
        blind=Blinding(options["blind"]) if options["blind"] is not None else None,
    )
