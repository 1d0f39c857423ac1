"""Printed summaries of toys: what was generated, and the masses fitted to every one; plain ASCII."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.toys import Estimate, GeneratedToys, ToyFitsResult
from ttjroofit.show.numbers import fixed
from ttjroofit.show.summary import WIDTH

__all__ = ["estimate_text", "generated_summary", "source_text", "toy_fits_summary", "unconverged_text"]


def source_text(toys: int, seed: int | None, *, frequentist: bool, file: str | None) -> str:
    """How many toys, of which kind, from where: ``1000 frequentist toys, seed 1``."""
    kind = "frequentist toys" if frequentist else "toys with nuisances drawn from their priors"
    return f"{toys} {kind}" + (f", seed {seed}" if seed is not None else "") + (f", from {file}" if file else "")


def unconverged_text(unconverged: int, toys: int) -> str:
    """What stands above numbers that some toys are missing from."""
    return f"the fits of {unconverged} of {toys} toys failed and are left out of all averages and shares"


def estimate_text(estimate: Estimate, digits: int = 3) -> str:
    """A number with its error."""
    return f"{fixed(estimate.value, digits)} +- {fixed(estimate.error, digits)}"


def generated_summary(result: GeneratedToys) -> str:
    """What was thrown, and where it is."""
    lines = [
        f"ttjroofit {result.version}, toys: {result.card}",
        *wrap(f"quality       {'; '.join(result.quality)}", WIDTH, subsequent_indent=" " * 14),
        source_text(result.toys, result.seed, frequentist=result.frequentist, file=None),
        f"{result.observables} observables each, in {result.file}",
        "truth: " + ", ".join(f"{name} = {fixed(value)}" for name, value in result.truth.items() if name[:3] == "m_t"),
        f"timing        {', '.join(f'{name} {fixed(time)} s' for name, time in result.timing_s.items())}",
    ]
    return "\n".join(lines) + "\n"


def toy_fits_summary(result: ToyFitsResult) -> str:
    """Mean, width and pulls of the masses in all toys; failed fits are counted at the top."""
    rule = "=" * WIDTH
    lines = [rule, *wrap(f"ttjroofit {result.version}, fits of toys: {result.card}", WIDTH), rule]
    if result.toys_unconverged:
        lines += [f"*** {unconverged_text(result.toys_unconverged, result.toys)} ***", rule]
    lines += wrap(f"measurements  {', '.join(result.measurements)}", WIDTH, subsequent_indent=" " * 14)
    lines += wrap(f"quality       {'; '.join(result.quality)}", WIDTH, subsequent_indent=" " * 14)
    source = source_text(result.toys, result.seed, frequentist=result.toys_frequentist, file=result.toys_file)
    lines += wrap(f"toys          {source}", WIDTH, subsequent_indent=" " * 14)
    for name, mass in result.masses.items():
        lines += [
            "",
            f"{name}, thrown with {fixed(mass.truth)} {mass.unit}",
            f"  mean        {estimate_text(mass.mean)} {mass.unit}",
            f"  width       {estimate_text(mass.width)} {mass.unit}, mean HESSE error {fixed(mass.mean_hesse, 3)}",
            f"  pull        mean {estimate_text(mass.pull_mean)}, width {estimate_text(mass.pull_width)}",
        ]
    lines += [
        "",
        f"chi2          mean {estimate_text(result.chi2_mean, 2)}, ndf {result.ndf}",
        f"timing        {', '.join(f'{name} {fixed(time)} s' for name, time in result.timing_s.items())}",
    ]
    return "\n".join(lines) + "\n"
