"""From the content of a YAML file to a schema object; what pydantic finds becomes one error with its place."""

from __future__ import annotations

from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ttjroofit.errors import InputError, nearest_names
from ttjroofit.inputs.yaml_file import YamlFile

__all__ = ["schema_errors", "validate"]

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], file: YamlFile) -> Model:
    """Read ``file`` as ``model``.

    Raises:
        InputError: at the first problem, a misspelt key before what it leaves missing.
    """
    _require_mapping(file)
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    raise _as_input_error(model, file, min(problems, key=lambda problem: _urgency(file, problem)))


def schema_errors(model: type[BaseModel], file: YamlFile, most: int = 50) -> list[InputError]:
    """The problems of a file with its schema, ``most`` of them at most, that which `validate` raises first."""
    try:
        _require_mapping(file)
        model.model_validate(file.data)
    except InputError as error:
        return [error]
    except ValidationError as error:
        problems = sorted(error.errors(include_url=False), key=lambda problem: _urgency(file, problem))
        return [_as_input_error(model, file, problem) for problem in problems[:most]]
    return []


def _require_mapping(file: YamlFile) -> None:
    if not isinstance(file.data, dict):
        raise file.error(f"expected 'key: value' lines, found {_shown(file.data)}")


def _urgency(file: YamlFile, problem: ErrorDetails) -> tuple[int, int]:
    rank = 0 if problem["loc"] == ("schema",) else {"extra_forbidden": 1, "missing": 3}.get(problem["type"], 2)
    return rank, file.place(*problem["loc"]).line or 0


def _as_input_error(model: type[BaseModel], file: YamlFile, problem: ErrorDetails) -> InputError:
    location = problem["loc"]
    fields, description = _fields_at(model, location)
    key = str(location[-1])
    if problem["type"] == "extra_forbidden":
        cure = nearest_names(key, fields) or "known: " + ", ".join(sorted(fields))
        return file.error(f"unknown key '{key}'; {cure}", *location)
    if problem["type"] == "missing":
        return file.error(f"key '{key}' is missing: {description}", *location)
    wanted = problem["msg"][0].lower() + problem["msg"][1:]
    found = "" if problem["type"] == "value_error" else f", found {_shown(problem['input'])}"
    return file.error(f"{_label(location)}: {wanted}{found} ({description})", *location)


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[set[str], str]:
    """The keys of the innermost block on the way to ``location`` and the description of the last key met."""
    description = ""
    for step in location:
        fields = {info.alias or name: info for name, info in model.model_fields.items()}
        if step in fields:
            description = fields[str(step)].description or ""
            model = next(iter(_blocks(fields[str(step)].annotation)), model)
    return {info.alias or name for name, info in model.model_fields.items()}, description


def _blocks(annotation: Any) -> list[type[BaseModel]]:
    """The schema blocks that stand anywhere inside a type."""
    # dict[...] counts as a type in Python 3.10: its parts come first
    if parts := get_args(annotation):
        return [block for part in parts for block in _blocks(part)]
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []


def _label(location: tuple[int | str, ...]) -> str:
    steps = [step for step in location if step not in ("rows", "[key]", "[list]", "[block]")]
    return "'" + " ".join(f"item {step + 1}" if isinstance(step, int) else step for step in steps) + "'"


def _shown(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "..."
