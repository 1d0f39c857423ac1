"""The files that a measurement file names."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.inputs.yaml_file import load_yaml

__all__ = ["matrix_files"]

_MATRICES = (("statistical", "covariance"), ("statistical", "correlation"), ("profiled", "correlation"))
"""Where ``schema.MatrixFile`` may stand."""


def matrix_files(path: Path) -> tuple[Path, ...]:
    """The text files of matrices that a measurement names and that exist.

    Args:
        path: a YAML file of schema ``ttjroofit/measurement/1``; what is wrong with it is not said here.

    Raises:
        InputError: if it cannot be read as YAML.
    """
    data = load_yaml(path).data
    blocks = [_inside(_inside(data, block), key) for block, key in _MATRICES]
    names = [_inside(block, "file") for block in blocks]
    return tuple(path.parent / name for name in names if isinstance(name, str) and (path.parent / name).is_file())


def _inside(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None
