"""``ttjroofit matrix``: entries are the runs that they stand for, done once, and none stops the others."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from program import call
from synthetic import make_measurement, make_prediction
from ttjroofit.card import read_card, render
from ttjroofit.errors import InputError
from ttjroofit.inputs.fit_matrix import FitMatrixFile, read_fit_matrix
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.model.blinding import Blinding
from ttjroofit.results.fit_matrix import FitMatrixResult
from ttjroofit.results.store import read_result
from ttjroofit.run.matrix.entry import EntryAnswer, run_entry
from ttjroofit.run.matrix.finished import finished_status, write_entry
from ttjroofit.run.matrix.held import unpack
from ttjroofit.run.matrix.plan import plan_entries
from ttjroofit.run.matrix.prepare import MatrixOrder, prepare
from ttjroofit.run.methods import METHODS
from ttjroofit.run.request import Outcome, Run

REPOSITORY = Path(__file__).parents[2]
CARDS = REPOSITORY / "cards"
SALT = "sesame-1"

Matrix = Callable[..., int]


INPUTS = {"atlas8": ("ATLAS_8TeV", "atlas_8tev_ljets"), "atlas13": ("ATLAS_13TeV", "atlas_13tev_dilepton")}
"""Card to its measurement and the file of that."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with two cards of one small, made-up measurement each, and their inputs, laid out as those shipped."""
    theory = tmp_path / "inputs" / "theory"
    theory.mkdir(parents=True)
    (tmp_path / "cards").mkdir()
    for card, (name, file) in INPUTS.items():
        measurement = make_measurement(name)
        (text,) = measurement_texts(measurement).values()
        (tmp_path / "inputs" / f"{file}.yaml").write_text(text, encoding="utf-8")
        make_prediction(theory, measurement).path.rename(theory / f"{name}_lo_ps.yaml")
        (tmp_path / "cards" / f"{card}.txt").write_text(
            f"measurement {name} ../inputs/{file}.yaml\ntheory * ../inputs/theory/$MEASUREMENT_lo_ps.yaml\n"
            "poi m_t * 172.5 [150,195]\n",
            encoding="utf-8",
        )
    return tmp_path


def write(folder: Path, *lines: str) -> Path:
    path = folder / "matrix.yaml"
    path.write_text("\n".join(["schema: ttjroofit/matrix/1", *lines]) + "\n", encoding="utf-8")
    return path


def read(folder: Path) -> FitMatrixResult:
    return read_result(FitMatrixResult, folder / "result.json")


def untimed(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    document.pop("timing_s")
    return document


def ages(folder: Path) -> dict[str, int]:
    """When the marker of each entry was written."""
    return {path.parent.name: path.stat().st_mtime_ns for path in sorted(folder.glob("*/entry.json"))}


TWO = ("cards: [cards/atlas8.txt, cards/atlas13.txt]", "method: CrossSections")


def test_entries_are_the_single_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A combination of the talk with a scenario; the same bytes, doubles included, as the call alone."""
    path = write(
        tmp_path,
        f"cards: ['{CARDS}/atlas8_atlas13.txt']",
        "options: {correlations: [jes_modelling], no-plots: true}",
        "statements: {pdf: multiplicative}",
    )
    out = tmp_path / "out"
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 0
    assert "entries run now: 1, taken from before: 0" in capsys.readouterr().out
    result = read(out)
    assert [entry.status for entry in result.entries] == ["good"]
    assert {path.name for path in out.iterdir() if path.is_file()} == {"matrix.csv", "summary.txt", "result.json"}
    for entry in result.entries:
        kept = tmp_path / entry.name
        shutil.move(out / entry.name, kept)
        words = shlex.split(entry.call)
        assert words[0] == "ttjroofit"
        assert call(monkeypatch, *words[1:]) == 0
        made = out / entry.name
        assert {path.name for path in kept.iterdir()} == {*(path.name for path in made.iterdir()), "entry.json"}
        assert (kept / "card.txt").read_text(encoding="utf-8") == (made / "card.txt").read_text(encoding="utf-8")
        assert untimed(kept / "result.json") == untimed(made / "result.json")
        fitted = untimed(made / "result.json")
        assert entry.masses[0].value == fitted["parameters"]["m_t"]["value"]
        assert (entry.chi2, entry.p_value) == (
            fitted["goodness_of_fit"]["chi2"],
            fitted["goodness_of_fit"]["p_value"],
        )


def test_finished_entries_are_not_repeated(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(project, *TWO, "statements: {pdf: [off]}"), project / "out"

    def run(expected: int) -> dict[str, int]:
        """Run it and tell which entries are new."""
        before = ages(out)
        assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 0
        assert f"entries run now: {expected}, " in capsys.readouterr().out
        after = ages(out)
        new = {name: when for name, when in after.items() if before.get(name) != when}
        assert len(new) == expected
        return new

    run(2)
    first = (out / "summary.txt").read_text(encoding="utf-8").partition("timing")[0]
    run(0)
    assert (out / "summary.txt").read_text(encoding="utf-8").partition("timing")[0] == first
    # a comment is no change, a statement is
    card = project / "cards" / "atlas8.txt"
    card.write_text(card.read_text(encoding="utf-8") + "# a comment\n", encoding="utf-8")
    run(0)
    card.write_text(card.read_text(encoding="utf-8") + "g group = *\n", encoding="utf-8")
    assert set(run(1)) == {"atlas8_pdf-off"}
    theory = project / "inputs" / "theory" / "ATLAS_13TeV_lo_ps.yaml"
    theory.write_text(theory.read_text(encoding="utf-8").replace("made up for tests", "made up"), "utf-8")
    assert set(run(1)) == {"atlas13_pdf-off"}
    # a file that is lost or changed
    (out / "atlas8_pdf-off" / "summary.txt").unlink()
    (out / "atlas13_pdf-off" / "result.json").write_text("{}", encoding="utf-8")
    assert set(run(2)) == {"atlas8_pdf-off", "atlas13_pdf-off"}
    # a further value is a further entry
    write(project, *TWO, "statements: {pdf: [additive, off]}")
    assert set(run(2)) == {"atlas8_pdf-additive", "atlas13_pdf-additive"}
    # everything moved together is the same
    moved = project.parent / "moved"
    project.rename(moved)
    path, out = moved / "matrix.yaml", moved / "out"
    run(0)


def test_another_process_gives_the_same(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How work is spread and its results are put in order is a matter of tests/run/test_workers.py."""
    path = write(project, "method: CrossSections", "cards: [cards/atlas8.txt]", "options: {pulls: [zero]}")
    here, there = project / "here" / "out", project / "else" / "out"
    assert call(monkeypatch, "matrix", path, "-o", here, "--no-plots") == 0
    assert call(monkeypatch, "matrix", path, "-o", there, "--no-plots", "--parallel", 2) == 0
    one, two = untimed(here / "result.json"), untimed(there / "result.json")
    (entry,), (other,) = one["entries"], two["entries"]
    assert entry.pop("call") == other.pop("call").replace("/else/out/", "/here/out/")
    assert one == two
    assert entry["chi2"] is not None
    here, there = here / entry["name"], there / entry["name"]
    assert untimed(here / "result.json") == untimed(there / "result.json")
    card = (there / "card.txt").read_text(encoding="utf-8").replace("/else/out/", "/here/out/")
    assert (here / "card.txt").read_text(encoding="utf-8") == card


def test_impossible_and_failed_entries_do_not_stop_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = project / "cards" / "broken.txt"
    card.write_text("measurement A missing.yaml\n", encoding="utf-8")
    lines = ["cards: ['cards/*.txt']", "options: {no-plots: true, setParameterRanges: [~, 'm_t=140,155', 'x=0,1']}"]
    path, out = write(project, *lines), project / "out"
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 2
    printed = capsys.readouterr().out
    result = {entry.name: entry for entry in read(out).entries}
    statuses = {name: entry.status for name, entry in result.items()}
    assert statuses == {
        **{f"{card}": "good" for card in ("atlas8", "atlas13")},
        **{f"{card}_setParameterRanges-m_t=140+155": "failed" for card in ("atlas8", "atlas13")},
        **{f"{card}_setParameterRanges-x=0+1": "impossible" for card in ("atlas8", "atlas13")},
        **{
            f"broken{end}": "impossible" for end in ("", "_setParameterRanges-m_t=140+155", "_setParameterRanges-x=0+1")
        },
    }
    missing = str(result["broken"].error)
    assert missing.startswith(f"{card}:1: ")
    assert f"file {project / 'cards' / 'missing.yaml'} does not exist" in missing
    assert "--setParameterRanges" in str(result["atlas8_setParameterRanges-x=0+1"].error)
    failed = result["atlas8_setParameterRanges-m_t=140+155"]
    assert failed.masses[0].value == pytest.approx(155, abs=1e-3)  # at the limit
    assert "*** FIT FAILED: 2 of 9 entries ***" in printed
    assert "*** IMPOSSIBLE: 5 of 9 entries ***" in printed
    assert printed.count("no result") == 5
    lines = (out / "matrix.csv").read_text(encoding="utf-8").splitlines()
    rows = {row["entry"]: row for row in csv.DictReader(line for line in lines if not line.startswith("#"))}
    assert float(rows["atlas8"]["value"]) == result["atlas8"].masses[0].value
    assert (rows["broken"]["status"], rows["broken"]["value"]) == ("impossible", "")
    # what is impossible now leaves nothing that was possible before
    (project / "inputs" / "theory" / "ATLAS_8TeV_lo_ps.yaml").unlink()
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 2
    assert "entries run now: 1, taken from before: 2" in capsys.readouterr().out
    assert not (out / "atlas8").exists()
    assert (out / "atlas13").exists()


def test_failed_fits_alone_give_status_1(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["cards: [cards/atlas8.txt]", "options: {no-plots: true, setParameterRanges: 'm_t=140,155'}"]
    assert call(monkeypatch, "matrix", write(project, *lines), "-o", project / "out", "--no-plots") == 1


def test_a_task_needs_no_file(project: Path) -> None:
    """What is sent to another machine is enough."""
    (project / "toys").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        generate = ("-M", "GenerateOnly", "-t", 5, "-s", 1, "-o", project / "toys")
        assert call(patch, project / "cards" / "atlas8.txt", *generate) == 0
    lines = [
        "method: GoodnessOfFit",
        "cards: [cards/atlas8.txt]",
        "options: {toysFile: toys/toys.root, no-plots: true}",
    ]
    matrix = read_fit_matrix(write(project, *lines))
    held, (prepared,) = prepare(MatrixOrder(matrix.file.path, project / "out"), matrix, plan_entries(matrix))
    assert prepared.task is not None
    before = run_entry(held, prepared.task)
    for folder in ("cards", "inputs", "toys"):
        shutil.rmtree(project / folder)
    answer = run_entry(held, prepared.task)
    assert (answer.status, answer.error) == (0, None)
    assert set(answer.files) == set(before.files) == {"card.txt", "summary.txt", "result.json"}
    assert json.loads(answer.files["result.json"])["toys"] == 5
    assert answer.files["card.txt"] == before.files["card.txt"]
    assert b"../../inputs/atlas_8tev_ljets.yaml" in answer.files["card.txt"]
    assert not (project / "out").exists()


def test_a_card_that_is_kept_elsewhere_names_its_files(project: Path) -> None:
    """As `ttjroofit jobs collect -o` does: names of files used to be relative to where the jobs were written for."""
    card = read_card(project / "cards" / "atlas8.txt")
    planned, other = project / "jobs" / "output" / "atlas8", project / "atlas8"
    text = f"# a b.yaml\n{render(card, planned)}".encode()
    write_entry(other, EntryAnswer(0, files={"card.txt": text, "result.json": b"{}"}, folder=str(planned)), "0")
    kept = read_card(other / "card.txt")
    assert [one.path for one in kept.measurements] == [one.path for one in card.measurements]
    assert [one.path for one in kept.theory] == [one.path for one in card.theory]
    assert (other / "card.txt").read_text(encoding="utf-8") == f"# a b.yaml\n{render(card, other)}"
    assert finished_status(other, "0") == 0


def test_files_of_options_stay_below_the_folder_of_a_task(project: Path) -> None:
    """A way up and down again led out of the scratch folder, and the file itself was written to."""
    toys = project / "toys.root"
    toys.write_bytes(b"before")
    way = f"{'../' * 40}{str(toys)[1:]}"
    path = write(project, "method: GoodnessOfFit", "cards: [cards/atlas8.txt]", f"options: {{toysFile: '{way}'}}")
    matrix = read_fit_matrix(path)
    held, (prepared,) = prepare(MatrixOrder(path, project / "out"), matrix, plan_entries(matrix))
    assert prepared.task is not None
    toys.write_bytes(b"after")
    scratch = project / "scratch"
    unpacked = unpack(held, prepared.task.files, scratch)
    assert all(place.resolve().is_relative_to(scratch.resolve()) for place in unpacked.values())
    assert toys.read_bytes() == b"after"


def test_devices_are_no_files_of_options(project: Path) -> None:
    path = write(project, "method: GoodnessOfFit", "cards: [cards/atlas8.txt]", "options: {toysFile: /dev/zero}")
    matrix = read_fit_matrix(path)
    _, (prepared,) = prepare(MatrixOrder(path, project / "out"), matrix, plan_entries(matrix))
    assert prepared.error == "/dev/zero: cannot be read: no regular file, but a device, a pipe or a socket"


def test_messages_name_files_where_they_were_read(project: Path) -> None:
    card = project / "cards" / "atlas8.txt"
    text = card.read_text(encoding="utf-8").replace("$MEASUREMENT_lo_ps", "ATLAS_13TeV_lo_ps")
    card.write_text(text, encoding="utf-8")
    matrix = read_fit_matrix(write(project, "cards: [cards/atlas8.txt]", "method: CrossSections"))
    held, (prepared,) = prepare(MatrixOrder(matrix.file.path, project / "out"), matrix, plan_entries(matrix))
    assert prepared.task is not None
    answer = run_entry(held, prepared.task)
    assert (answer.status, answer.files) == (2, {})
    assert f"prediction {project / 'inputs' / 'theory' / 'ATLAS_13TeV_lo_ps.yaml'} is binned for" in str(answer.error)


def test_unexpected_error_is_one_entry_without_a_result(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    combine = METHODS["CrossSections"]

    def fragile(run: Run) -> Outcome:
        if run.card.stem == "atlas8":
            raise ZeroDivisionError("by chance")
        return combine(run)

    path, out = write(project, *TWO), project / "out"
    with monkeypatch.context() as patch:
        patch.setitem(METHODS, "CrossSections", fragile)
        assert call(patch, "matrix", path, "-o", out, "--no-plots") == 1
    assert [(e.status, e.error) for e in read(out).entries] == [
        ("failed", "ZeroDivisionError: by chance"),
        ("good", None),
    ]
    # it is tried again
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 0


def test_the_same_call_goes_on_after_an_interruption(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(project, *TWO, "statements: {pdf: [multiplicative, off]}"), project / "out"
    combine, calls = METHODS["CrossSections"], []

    def counted(run: Run) -> Outcome:
        calls.append(run.card.stem)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return combine(run)

    monkeypatch.setitem(METHODS, "CrossSections", counted)
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 130
    assert "2 of 4 tasks are kept" in (message := capsys.readouterr().err)
    assert message.rstrip().endswith(": the same command goes on.")
    assert call(monkeypatch, "matrix", path, "-o", out, "--no-plots") == 0
    assert len(calls) == 3 + 2
    assert not (out / ".tasks").exists()
    assert len(ages(out)) == 4


def test_blinded_matrix_shows_no_true_mass(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(project, "cards: [cards/atlas8.txt]", "statements: {pdf: [off]}")
    assert call(monkeypatch, "matrix", path, "-o", project / "open", "--no-plots") == 0
    assert call(monkeypatch, "matrix", path, "-o", project / "blind", "--blind", SALT, "--no-plots") == 0
    blinding = Blinding(SALT)
    result = read(project / "blind")
    assert blinding.note in result.quality
    for entry, other in zip(result.entries, read(project / "open").entries, strict=True):
        # two fits of one likelihood along shifted axes agree to the tolerance of the minimiser
        assert entry.masses[0].value - other.masses[0].value == pytest.approx(blinding.offset, abs=1e-5)
    files = [file for file in (project / "blind").rglob("*") if file.is_file()]
    assert not [file for file in files if SALT.encode() in file.read_bytes()]
    assert blinding.note in (project / "blind" / "matrix.csv").read_text(encoding="utf-8")
    assert call(monkeypatch, "unblind", project / "blind", "--blind", SALT) == 0
    # another salt is another result
    assert set(ages(project / "blind").values()).isdisjoint(_again(project, path, monkeypatch).values())


def _again(project: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    assert call(monkeypatch, "matrix", path, "-o", project / "blind", "--blind", "other", "--no-plots") == 0
    return ages(project / "blind")


def test_figures_and_tables_are_made_of_the_result(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = write(project, "method: CrossSections", "cards: [cards/atlas8.txt]"), project / "out"
    assert call(monkeypatch, "matrix", path, "-o", out) == 0
    entry = out / "atlas8"
    assert (entry / "impacts.pdf").exists()
    assert (out / "matrix.pdf").exists()
    before = (out / "matrix.png").read_bytes()
    assert call(monkeypatch, "plot", "matrix", out) == 0
    assert (out / "plots" / "matrix.png").read_bytes() == before
    capsys.readouterr()
    assert call(monkeypatch, "table", "matrix", out, "-f", "csv") == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("#")]
    assert rows[0].startswith("card,parameter,")
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["method: Fti"], r"matrix\.yaml:3: there is no method Fti; nearest: Fit"),
        (["method: Workspace"], r"matrix\.yaml:3: -M Workspace gives nothing to be compared"),
        (["method: Validate"], r"matrix\.yaml:3: -M Validate gives nothing to be compared"),
        (
            ["options:", "  corelations: none"],
            r"matrix\.yaml:4: the program has no option 'corelations'; nearest: corr",
        ),
        (["options: {output: here}"], r"matrix\.yaml:3: 'output' cannot be given here: each entry has a folder"),
        (["options: {blind: salt}"], r"matrix\.yaml:3: 'blind' cannot be given here: a salt belongs into no file"),
        (["options: {setStatements: pdf=off}"], r"matrix\.yaml:3: 'setStatements' cannot be .*under `statements`"),
        (["options: {t: 5, toys: 6}"], r"matrix\.yaml:3: 'toys' and 't' are the same option"),
        (["options:", "  engine: [full,", "    fast]"], r"matrix\.yaml:5: .*'fast' is not one of 'reduced', 'full'"),
        (["options: {no-plots: maybe}"], r"matrix\.yaml:3: .*neither true nor false"),
        (["statements: {pdf: [off, on]}"], r"matrix\.yaml:3: .*`pdf` cannot be `on`"),
        (["statements: {pdff: off}"], r"matrix\.yaml:3: .*`pdff` is no setting of a card; nearest: pdf"),
    ],
)
def test_bad_files_are_refused_before_anything_is_run(lines: Sequence[str], message: str, project: Path) -> None:
    matrix = read_fit_matrix(write(project, "cards: [cards/atlas8.txt]", *lines))
    with pytest.raises(InputError, match=message):
        plan_entries(matrix)


def test_bad_file_is_one_line_and_status_2(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(project, "cards: [cards/atlas9.txt]")
    assert call(monkeypatch, "matrix", path, "-o", project / "out") == 2
    assert f"Error: {path}:2: card " in capsys.readouterr().err
    assert call(monkeypatch, "matrix", project / "none.yaml", "-o", project / "out") == 2
    assert not (project / "out").exists()


def test_folders_have_names_that_differ_and_are_harmless(project: Path) -> None:
    long = "x" * 200
    lines = ["cards: [cards/atlas8.txt]", f"options: {{freezeParameters: ['a*', 'a?', '../../a', '.', '-rf', {long}]}}"]
    entries = plan_entries(read_fit_matrix(write(project, *lines)))
    names = [entry.name for entry in entries]
    assert len(set(names)) == 6
    for name in names:
        assert Path(name).name == name
        assert len(name) <= 120
        assert name.startswith("atlas8_freezeParameters-")
        assert not set(name) & set("*?/ \\")
    assert all(name.startswith("atlas8_freezeParameters-a_-") for name in names[:2])


def test_shipped_matrix_holds_the_fits_of_the_talk() -> None:
    matrix = read_fit_matrix(CARDS / "matrix.yaml")
    entries = plan_entries(matrix)
    assert set(matrix.cards) == {path.stem for path in CARDS.glob("*.txt")}
    # 7 fits x 3 orders x 3 forms of PDFs, and the 4 combinations without correlations
    assert len(entries) == 7 * 9 + 4 * 9
    _, prepared = prepare(MatrixOrder(matrix.file.path, Path("nowhere")), matrix, entries)
    assert [item.error for item in prepared] == [None] * len(entries)


def test_documented_example_has_as_many_entries_as_it_says(project: Path) -> None:
    text = (REPOSITORY / "docs" / "matrix.md").read_text(encoding="utf-8")
    path = project / "matrix.yaml"
    path.write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    for name in ("atlas8", "atlas8_cms13", "atlas_cms"):
        (project / f"{name}.txt").write_text("a card\n", encoding="utf-8")
    assert len(plan_entries(read_fit_matrix(path))) == 36 - 6 + 4
    assert "36 combinations, less 6 that are excluded, and 4 that are included: 34 entries" in text
    keys = FitMatrixFile.model_json_schema()["properties"]
    assert [key for key, schema in keys.items() if not schema.get("description") or f"| `{key}` |" not in text] == []
