"""``ttjroofit matrix``: all entries that are not done yet, then one table and one figure of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ttjroofit._version import __version__
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit_matrix import Extract, extract
from ttjroofit.analysis.tasks import Workers
from ttjroofit.errors import TtjroofitError
from ttjroofit.inputs.fit_matrix import FitMatrix, read_fit_matrix
from ttjroofit.inputs.fit_matrix_values import shown
from ttjroofit.results.fit_matrix import SCHEMA, FitMatrixResult, MatrixAxis, MatrixEntry
from ttjroofit.results.store import to_json
from ttjroofit.run.finish import timed
from ttjroofit.run.matrix.entry import EntryAnswer, run_entry
from ttjroofit.run.matrix.finished import clear_entry, finished_status, write_entry
from ttjroofit.run.matrix.held import Held
from ttjroofit.run.matrix.plan import plan_entries
from ttjroofit.run.matrix.prepare import MatrixOrder, PreparedEntry, prepare
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.plot.opening import open_result
from ttjroofit.run.request import Outcome
from ttjroofit.show.fit_matrix import fit_matrix_summary
from ttjroofit.show.fit_matrix_csv import fit_matrix_csv

__all__ = ["run_matrix"]

STATUSES: Mapping[int, Literal["good", "failed", "impossible"]] = {0: "good", 1: "failed", 2: "impossible"}


def run_matrix(order: MatrixOrder, workers: Workers, listener: Callable[[str], None] | None = None) -> Outcome:
    """Run all entries that are not done yet and write the table and the figure of all.

    Args:
        order: what is asked for.
        workers: run the entries, by one call of ``map``; by none if all are done.
        listener: told the name of each stage.

    Returns:
        Exit status 0 if all entries are good, 1 if a fit failed, 2 if an entry is impossible.

    Raises:
        TtjroofitError: if the matrix file is bad, or nothing can be written.
    """
    clock = Clock(listener)
    with clock.stage("inputs"):
        matrix = read_fit_matrix(order.path)
        held, prepared = prepare(order, matrix, plan_entries(matrix))
        answers = _known(order, prepared)
    with clock.stage("entries"):
        todo = [item for item in prepared if item.entry.name not in answers]
        fresh = _run(held, todo, workers)
    with clock.stage("files"):
        for item, answer in zip(todo, fresh, strict=True):
            _keep(order, item, answer)
            answers[item.entry.name] = answer
    with clock.stage("results"):
        entries = [_entry(order, item, answers[item.entry.name]) for item in prepared]
        result = _result(matrix, entries)
    repeated = sum(item.task is not None for item in prepared) - len(todo)
    return _write(order, result, clock, f"entries run now: {len(todo)}, taken from before: {repeated}\n")


def _known(order: MatrixOrder, prepared: Sequence[PreparedEntry]) -> dict[str, EntryAnswer]:
    """Answers of the entries that need not be run: those that cannot, and those that are done."""
    answers = {}
    for item in prepared:
        name, folder = item.entry.name, order.folder(item.entry)
        if item.fingerprint is None:
            answers[name] = EntryAnswer(2, item.error)
            clear_entry(folder)
        elif (status := finished_status(folder, item.fingerprint)) is not None:
            answers[name] = EntryAnswer(status)
    return answers


def _run(held: Held, todo: Sequence[PreparedEntry], workers: Workers) -> list[EntryAnswer]:
    tasks = [item.task for item in todo if item.task is not None]
    return workers.map(run_entry, held, tasks, name="entries", sizes=[1] * len(tasks)) if tasks else []


def _keep(order: MatrixOrder, item: PreparedEntry, answer: EntryAnswer) -> None:
    """Write what an entry gave; an entry without a result leaves nothing of an earlier one."""
    if answer.error is None and item.fingerprint is not None:
        write_entry(order.folder(item.entry), answer, item.fingerprint)
    else:
        clear_entry(order.folder(item.entry))


def _entry(order: MatrixOrder, item: PreparedEntry, answer: EntryAnswer) -> tuple[MatrixEntry, Extract]:
    """An entry of the result, and what its own result says."""
    error, numbers = answer.error, Extract()
    if error is None:
        try:
            numbers = extract(open_result(order.folder(item.entry)))
        except TtjroofitError as damage:
            error = str(damage)
    status = answer.status if error is None else max(answer.status, 1)
    entry = MatrixEntry(
        name=item.entry.name,
        choice=dict(item.entry.choice),
        call=item.call,
        status=STATUSES[status],
        error=error,
        fingerprint=item.fingerprint if error is None else None,
        masses=list(numbers.masses),
        chi2=numbers.chi2,
        ndf=numbers.ndf,
        p_value=numbers.p_value,
        asimov=numbers.asimov,
    )
    return entry, numbers


def _result(matrix: FitMatrix, entries: Sequence[tuple[MatrixEntry, Extract]]) -> FitMatrixResult:
    fixed = [name for name in (*matrix.options, *matrix.statements) if name not in matrix.axes]
    return FitMatrixResult(
        schema=SCHEMA,
        card=matrix.file.path.stem,
        version=__version__,
        method=matrix.method,
        axes=[_axis(matrix, name) for name in matrix.axes],
        fixed={name: matrix.entries[0][name] for name in fixed},
        quality=list(dict.fromkeys(line for _, numbers in entries for line in numbers.quality)),
        entries=[entry for entry, _ in entries],
        timing_s={},
    )


def _axis(matrix: FitMatrix, name: str) -> MatrixAxis:
    values = list(dict.fromkeys(choice[name] for choice in matrix.entries))
    labels = matrix.labels.get(name, {})
    return MatrixAxis(name, values, [labels.get(shown(value), shown(value)) for value in values])


def _write(order: MatrixOrder, result: FitMatrixResult, clock: Clock, remark: str) -> Outcome:
    folder = OutputFolder(order.output)
    if order.plots:
        with clock.stage("plots"):
            from ttjroofit.show.fit_matrix_figure import fit_matrix_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_pages("matrix", fit_matrix_figures(result))
    result = timed(result, clock)
    summary = fit_matrix_summary(result)
    folder.write_text("matrix.csv", fit_matrix_csv(result))
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(result))
    return Outcome(summary + remark, folder.publish(), result.status)
