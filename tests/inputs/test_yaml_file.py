from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ttjroofit.errors import InputError
from ttjroofit.inputs.yaml_file import load_yaml


def write(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-05", 1e-05),
        ("-7e-05", -7e-05),
        ("-0.0", 0.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("12", 12),
        ("1_2", "1_2"),
        ("0.5_1", "0.5_1"),
        ("no", "no"),
        ("2016-01-01", "2016-01-01"),
        ("010", 10.0),
        ("true", True),
        ("null", None),
        ("'12'", "12"),
    ],
)
def test_scalars_of_yaml_1_2(tmp_path: Path, text: str, value: object) -> None:
    read = load_yaml(write(tmp_path, f"key: {text}")).data["key"]
    assert (read, type(read)) == (value, type(value))


def test_places(tmp_path: Path) -> None:
    file = load_yaml(write(tmp_path, "a: 1\n\nb:\n  - c: 2\n    d: [3,\n        4]\n"))
    lines = [file.place(*location).line for location in [(), ("a",), ("b",), ("b", 0, "d"), ("b", 0, "d", 1)]]
    assert lines == [1, 1, 3, 5, 6]
    assert file.place("b", "tag", 0, "nothing").line == 4
    assert str(file.error("wrong", "b")) == f"{tmp_path / 'file.yaml'}:3: wrong"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", r"file\.yaml:3: key 'a' occurs twice, first in line 1"),
        ("a: [1, 2\nb: 3\n", r"file\.yaml:2: not YAML: .*that starts in line 1; is the file complete"),
        ("a: [1, 2", r"file\.yaml:\d: not YAML: .*is the file complete"),
        ("a: 'text", r"not YAML: found unexpected end of stream"),
        ("a: \x07", r"control character 0x07 found"),
        ("", r"file\.yaml: the file is empty"),
        ("# comment\n", r"file\.yaml: the file is empty"),
        ("a: &x [1]\nb: *x\n", r"file\.yaml:1: anchors \(&\) and aliases"),
        ("a: &x [*x]\n", r"file\.yaml:1: anchors \(&\) and aliases"),
        ("? [a]\n: b\n", r"file\.yaml:1: a key must be a word"),
        ("a: !!python/object:os.system {}\n", r"file\.yaml:1: not YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", r"file\.yaml:2: not YAML: but found another document"),
        ("a: !!int x\n", r"a value cannot be converted"),
    ],
)
def test_bad_yaml(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_yaml(write(tmp_path, text))


def test_missing_file_offers_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "a: 1")
    with pytest.raises(InputError, match=r"fiel\.yaml: no such file; nearest: file\.yaml"):
        load_yaml(tmp_path / "fiel.yaml")


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"file\.yaml: no such file$"):
        load_yaml(tmp_path / "nowhere" / "file.yaml")


def test_folder_instead_of_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_yaml(tmp_path)


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(InputError, match=r"not a text file \(byte 3 is not UTF-8\)"):
        load_yaml(path)


def test_deep_nesting(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        load_yaml(write(tmp_path, "[" * 100_000))


def test_python_loader_reads_the_same(tmp_path: Path) -> None:
    text = "a: [1, {b: text}]\nc: 2.5\n"
    assert load_yaml(write(tmp_path, text)).data == yaml.safe_load(text)
