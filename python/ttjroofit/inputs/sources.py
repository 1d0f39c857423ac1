"""Externalised uncertainty sources: linear shifts, and what is not linear about some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.checks import check_length
from ttjroofit.inputs.measurement import FloatArray, Response
from ttjroofit.inputs.schema import Source, SourceBlock
from ttjroofit.inputs.yaml_file import YamlFile

__all__ = ["Sources", "opposite", "read_sources"]


@dataclass(frozen=True, eq=False)
class Sources:
    """The s sources of a measurement of n bins, as ``Measurement`` holds them.

    Attributes:
        names: of the sources.
        shifts: shape (n, s).
        responses: of the sources that are not linear.
        free: names of sources without a prior.
        shift_sigma: shape (n, s), or None.
    """

    names: tuple[str, ...]
    shifts: FloatArray
    responses: Mapping[str, Response]
    free: frozenset[str]
    shift_sigma: FloatArray | None


def read_sources(file: YamlFile, sources: Mapping[str, Source], values: Sequence[float]) -> Sources:
    """Read the sources of a measurement file.

    Args:
        file: where they stand, under the key ``sources``.
        sources: as written.
        values: the n measured values.

    Raises:
        InputError: a list has the wrong length, ``up`` and ``down`` do not come together, a relative or lognormal
            source belongs to values that are not positive, or a lognormal shift takes all of a value away.
    """
    measured = np.array(values, dtype=np.float64)
    size = (len(sources), len(measured))
    blocks = {name: _block(source) for name, source in sources.items()}
    read = {name: _response(file, name, block, measured) for name, block in blocks.items()}
    sigmas = [block.shift_sigma if block.shift_sigma is not None else [0.0] * size[1] for block in blocks.values()]
    return Sources(
        names=tuple(blocks),
        shifts=np.array([(response.up - response.down) / 2 for response in read.values()]).reshape(size).T,
        responses={name: response for name, response in read.items() if not _is_linear(response)},
        free=frozenset(name for name, block in blocks.items() if block.prior == "free"),
        shift_sigma=np.array(sigmas).T if any(block.shift_sigma is not None for block in blocks.values()) else None,
    )


def opposite(kind: str, up: FloatArray, values: FloatArray) -> FloatArray:
    """Change of ``values`` for -1 sigma where only that for +1 is given: -up, or by the inverse factor; shape (n,)."""
    return -up * values / (values + up) if kind == "lognormal" else -up


def _block(source: Source) -> SourceBlock:
    return SourceBlock.model_validate({"shift": source}) if isinstance(source, list) else source


def _is_linear(response: Response) -> bool:
    return response.kind == "absolute" and np.array_equal(response.up, -response.down)


def _response(file: YamlFile, name: str, block: SourceBlock, values: FloatArray) -> Response:
    lists = {"shift": block.shift, "up": block.up, "down": block.down, "shift_sigma": block.shift_sigma}
    for key, numbers in lists.items():
        if numbers is not None:
            _check_list(file, numbers, len(values), name, key)
    if block.type_ != "absolute" and np.min(values) <= 0:
        raise file.error(
            f"a {block.type_} source needs positive values, found {np.min(values):g}; use type: absolute",
            *("sources", name, "type"),
        )
    up, down = _ends(file, name, block, values)
    return Response(block.type_, up, down, block.interpolation)


def _ends(file: YamlFile, name: str, block: SourceBlock, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Changes of the values for +1 and -1 sigma, each of shape (n,)."""
    found = [key for key in ("shift", "up", "down") if getattr(block, key) is not None]
    if found not in (["shift"], ["up", "down"]):
        raise file.error(
            f"source '{name}' has {', '.join(found) or 'no shifts'}; give either 'shift' or 'up' and 'down'",
            *("sources", name),
        )
    up = np.array(block.up if block.shift is None else block.shift, dtype=np.float64)
    _check_factors(file, name, block, up, values)
    if block.down is None:
        return up, opposite(block.type_, up, values)
    down = np.array(block.down, dtype=np.float64)
    _check_factors(file, name, block, down, values)
    return up, down


def _check_list(file: YamlFile, numbers: Sequence[float], bins: int, name: str, key: str) -> None:
    location = ("sources", name, key) if ("sources", name, key) in file.lines else ("sources", name)
    check_length(file, numbers, bins, "one a bin", *location)


def _check_factors(file: YamlFile, name: str, block: SourceBlock, shifts: FloatArray, values: FloatArray) -> None:
    if block.type_ == "lognormal" and np.min(shifts + values) <= 0:
        worst = int(np.argmin(shifts + values))
        raise file.error(
            f"the lognormal shift {shifts[worst]:g} of '{name}' leaves nothing of the value {values[worst]:g}; "
            "shifts are in the unit of the values and must stay above minus the value",
            *("sources", name),
        )
