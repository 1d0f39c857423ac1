"""Files that are no files, or far too large: refused at once, with one line, whatever reads them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.guard import guarded
from ttjroofit.card.parser import read_card
from ttjroofit.errors import CardError, InputError, ModelError, TtjroofitError
from ttjroofit.files import LARGEST, read_bytes
from ttjroofit.inputs.convino.config import read_config
from ttjroofit.inputs.hepdata.record import read_record
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.published import read_published
from ttjroofit.inputs.yaml_file import load_documents, load_yaml
from ttjroofit.model.prior import MOST, Owner, build_prior
from ttjroofit.run.blind import _read as read_document
from ttjroofit.run.plot.opening import open_result
from ttjroofit.run.workers.address import parse_dask

SECONDS = 5.0
MEMORY = 500_000_000

READERS: dict[str, Callable[[Path], object]] = {
    "card": read_card,
    "measurement": read_measurement,
    "prediction": read_prediction,
    "published": read_published,
    "convino": read_config,
    "hepdata": read_record,
    "result": open_result,
    "blinded": read_document,
}
each_reader = pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))


def refuse(read: Callable[[Path], object], path: Path, match: str, folder: Path) -> None:
    with pytest.raises(TtjroofitError, match=match) as refused, guarded([folder], SECONDS, MEMORY):
        read(path)
    assert len(str(refused.value).splitlines()) == 1


@each_reader
def test_a_pipe_is_not_waited_for(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    refuse(reader, tmp_path / "pipe", "no regular file|no submission.yaml", tmp_path)


@each_reader
def test_a_device_without_an_end(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    refuse(reader, Path("/dev/zero"), "no regular file|no submission.yaml", tmp_path)


@each_reader
def test_a_folder(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    refuse(reader, tmp_path, "Is a directory|no submission.yaml|cannot be read", tmp_path)


@each_reader
def test_a_file_of_a_terabyte(tmp_path: Path, reader: Callable[[Path], object]) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(10**12)
    refuse(reader, tmp_path / "huge", r"1000000000000 bytes, more than", tmp_path)


@each_reader
@pytest.mark.parametrize("name", ["a" * 300, "a/" * 3000])
def test_a_name_that_no_file_can_have(tmp_path: Path, reader: Callable[[Path], object], name: str) -> None:
    refuse(reader, tmp_path / name, "File name too long|no submission.yaml|no such file|does not exist", tmp_path)


def test_scheduler_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    refuse(lambda path: parse_dask(str(path)), tmp_path / "pipe.json", "no regular file", tmp_path)
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    refuse(lambda path: parse_dask(str(path)), tmp_path / "deep.json", "not JSON", tmp_path)


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_bytes(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="5 bytes, more than 4"):
        read_bytes(tmp_path / "a", 4)
    assert LARGEST > 3000**2 * 20


def test_a_file_of_the_kernel_has_no_size_and_no_end(tmp_path: Path) -> None:
    """It used to be read until the memory was full: 256 GB."""
    endless = Path("/proc/self/pagemap")
    with pytest.raises(OSError, match="more than the 0 bytes of its size"), guarded([tmp_path], SECONDS, MEMORY):
        read_bytes(endless)


@pytest.mark.parametrize("target", ["pipe", "/dev/zero", ".", "../missing", "x" * 300])
def test_files_that_a_card_names(tmp_path: Path, target: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    card = tmp_path / "card.txt"
    card.write_text(f"include {target}\n", encoding="utf-8")
    refuse(read_card, card, r"card\.txt:1: the included file '.*' (cannot be read|does not exist)", tmp_path)


@pytest.mark.parametrize(
    "include", ["#!FILE = config.txt", "#!FILE = pipe", "#!FILE = ../../../../etc", f"#!FILE = {'x' * 300}"]
)
def test_files_that_a_convino_file_names(tmp_path: Path, include: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "config.txt").write_text(f"[inputs]\n{include}\n[end inputs]\n", encoding="utf-8")
    refuse(read_config, tmp_path / "config.txt", "includes itself|there is no file", tmp_path)


def test_an_include_may_go_up_but_reads_only(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "more.txt").write_text("measurement A A.yaml\n", encoding="utf-8")
    (tmp_path / "inner" / "card.txt").write_text("include ../more.txt\n", encoding="utf-8")
    with guarded([tmp_path / "inner"], SECONDS):
        card = read_card(tmp_path / "inner" / "card.txt")
    assert [measurement.path for measurement in card.measurements] == [tmp_path / "A.yaml"]


def test_includes_without_end(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"card_{number}.txt").write_text(f"include card_{number + 1}.txt\n", encoding="utf-8")
    refuse(read_card, tmp_path / "card_0.txt", r"card_99\.txt:1: more than 100 files are included", tmp_path)


def test_includes_that_double(tmp_path: Path) -> None:
    for number in range(60):
        text = f"include card_{number + 1}.txt\n" * 2
        (tmp_path / f"card_{number}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "card_60.txt").write_text("tnp on\n", encoding="utf-8")
    refuse(read_card, tmp_path / "card_0.txt", "is included twice", tmp_path)


def test_includes_of_convino_that_double(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"part_{number}.txt").write_text(f"#!FILE = part_{number + 1}.txt\n" * 2, encoding="utf-8")
    (tmp_path / "part_60.txt").write_text("nFiles = 1\n", encoding="utf-8")
    (tmp_path / "config.txt").write_text("[inputs]\n#!FILE = part_0.txt\n[end inputs]\n", encoding="utf-8")
    refuse(read_config, tmp_path / "config.txt", "more than 1000 includes", tmp_path)


def test_a_card_of_a_million_lines(tmp_path: Path) -> None:
    (tmp_path / "card.txt").write_text("x\n" * 1_000_000, encoding="utf-8")
    refuse(read_card, tmp_path / "card.txt", r"card\.txt:100001: more than 100000 lines", tmp_path)


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize("read", [load_yaml, load_documents])
@pytest.mark.parametrize(
    ("text", "match"),
    [
        (LAUGHS, "aliases"),
        ("&a [*a]\n", "aliases"),
        ("[" * 100_000, "nested too deeply"),
        ("? " * 100_000, "nested too deeply"),
        ("\n".join(" " * i + "a:" for i in range(2000)), "nested too deeply"),
        ("a: !!python/object/apply:os.system [touch escaped]\n", "could not determine a constructor"),
        ("a: !!python/name:os.system\n", "could not determine a constructor"),
        ("a: !!bool x\n", "a value cannot be converted"),
        ("a: !!timestamp x\n", "a value cannot be converted"),
        ("a: !!int ''\n", "a value cannot be converted"),
        ("a: !!binary é\n", "a value cannot be converted|not YAML"),
        ('a: "\\e[31m"\n', "control character 0x1b in a text"),
        ('"\\u202e": 1\n', "control character 0x202e in a text"),
        ("a: \x9b31m\n", "control character 0x9b found"),
    ],
)
def test_bombs_and_code_of_yaml(tmp_path: Path, read: Callable[[Path], object], text: str, match: str) -> None:
    (tmp_path / "file.yaml").write_text(text, encoding="utf-8")
    refuse(read, tmp_path / "file.yaml", match, tmp_path)


def test_a_matrix_that_is_declared_only(tmp_path: Path) -> None:
    """30 000 bins of which the matrix file has a row each: 7 GB if they were believed."""
    size = 30_000
    document = {
        "name": "A",
        "experiment": "ATLAS",
        "year": "2012",
        "channel": "x",
        "reference": "x",
        "observable": "x",
        "unit": "pb",
    }
    lines = ["schema: ttjroofit/measurement/1", "energy_TeV: 13.0", "quantity: per bin", "sources: {}", "groups: {}"]
    lines += [f'{key}: "{value}"' for key, value in document.items()]
    lines += [f"edges: [{', '.join(map(str, range(size + 1)))}]", f"values: [{', '.join(['1.0'] * size)}]"]
    lines += [f"bins: [{', '.join(f'b{i}' for i in range(size))}]", "statistical: {covariance: {file: matrix.txt}}"]
    (tmp_path / "A.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "matrix.txt").write_text("1.0\n" * size, encoding="utf-8")
    with (
        pytest.raises(InputError, match=r"row 2 of the matrix \(b1\) has 1 entries, expected 2"),
        guarded([tmp_path], 60.0, 1_000_000_000),
    ):
        read_measurement(tmp_path / "A.yaml")


def test_nuisances_whose_matrix_does_not_fit() -> None:
    owners = {f"n{i}": Owner("A", False, False) for i in range(MOST + 1)}
    with pytest.raises(ModelError, match=rf"{MOST + 1} nuisances are more than the {MOST}"):
        build_prior(owners, [], None)


BACKTRACKING = ("rgx{(a|aa)+$b}", "rgx{(?R)a}")


@pytest.mark.parametrize("pattern", BACKTRACKING)
def test_a_pattern_that_takes_for_ever(tmp_path: Path, pattern: str) -> None:
    name = "a" * 80
    lines = [f"measurement {name} A.yaml", f"theory {pattern} B.yaml"]
    (tmp_path / "card.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with (
        pytest.raises(CardError, match=r"card\.txt:2: .* takes longer than 1 s to find its names"),
        guarded([tmp_path], 30.0, 2_000_000_000),
    ):
        read_card(tmp_path / "card.txt")


@pytest.mark.parametrize(
    ("pattern", "match"),
    [
        ("*a" * 1000, "no measurement matches"),
        ("*a" * 200_000, "a pattern of 400000 characters, more than 10000"),
        ("*" * 3000 + "b", "no measurement matches"),
        ("rgx{" + "(" * 5000 + "}", "is not a regular expression"),
        ("rgx{a{99999999999}}", "multiply to more than 100000 repeats"),
        ("rgx{a{" + "9" * 5000 + "}}", "is not a regular expression"),
        ("rgx{(((x{1000}){1000}){1000}){1000}}", "multiply to more than 100000 repeats"),
    ],
)
def test_patterns_that_blow_up(tmp_path: Path, pattern: str, match: str) -> None:
    lines = [f"measurement {'a' * 80} A.yaml", f"theory {pattern} B.yaml"]
    (tmp_path / "card.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    refuse(read_card, tmp_path / "card.txt", rf"card\.txt:2: .*{match}", tmp_path)
