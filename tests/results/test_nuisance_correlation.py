"""The file of the correlation of nuisances: read as written, refused if damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ttjroofit.errors import InputError
from ttjroofit.results.nuisance_correlation import read_nuisance_correlation


def write(path: Path, **arrays: object) -> Path:
    np.savez_compressed(path, **{name: np.asarray(array) for name, array in arrays.items()})  # type: ignore[arg-type]
    return path


def test_names_and_matrix_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", names=["a", "b"], correlation=[[1.0, 0.3], [0.3, 1.0]])
    read = read_nuisance_correlation(path)
    assert read.names == ["a", "b"]
    np.testing.assert_array_equal(read.matrix, [[1.0, 0.3], [0.3, 1.0]])


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.npz: cannot be read: No such file or directory; -M CrossSections"):
        read_nuisance_correlation(tmp_path / "none.npz")


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.npz: holds no names and correlation"):
        read_nuisance_correlation(write(tmp_path / "a.npz", names=["a"]))


@pytest.mark.parametrize("correlation", [[[1.0]], [1.0, 1.0], [["x", "y"], ["z", "w"]]])
def test_matrix_that_does_not_fit_is_refused(correlation: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"2 names and a matrix of shape .* do not go together"):
        read_nuisance_correlation(write(tmp_path / "a.npz", names=["a", "b"], correlation=correlation))


@pytest.mark.parametrize("keep", [0, 10, 100, -20])
def test_cut_file_is_refused(keep: int, tmp_path: Path) -> None:
    path = write(tmp_path / "a.npz", names=["a", "b"], correlation=np.eye(2))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"a\.npz: (holds no names|cannot be read)"):
        read_nuisance_correlation(path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, names=np.array([{"a": 1}], dtype=object), correlation=np.eye(1))
    with pytest.raises(InputError, match="holds no names and correlation: Object arrays cannot be loaded"):
        read_nuisance_correlation(path)
