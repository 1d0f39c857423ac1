"""A YAML file whose keys remember their lines, so that every later error can name its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ttjroofit.errors import InputError, Place, nearest_names
from ttjroofit.files import control_character, read_bytes, siblings

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML built without libyaml is slower but reads the same
    from yaml import SafeLoader  # type: ignore[assignment]

__all__ = ["Location", "YamlFile", "load_documents", "load_yaml", "read_text"]

Location = tuple[str, ...]

_DEEPEST = 50  # our formats need 6
_MOST = 5_000_000  # keys and items; a correlation matrix of 700 parameters has this many
_MOST_COPIES = 10  # entries with all aliases written out, for each that stands in the file
_PLAIN = "remove it: plain text is wanted"
# what the constructors of YAML's own tags raise for text that is none of theirs, as in `!!bool 7`
_NOT_CONVERTED = (ValueError, LookupError, AttributeError, TypeError)


@dataclass(frozen=True, eq=False)
class YamlFile:
    """The content of a YAML file.

    Attributes:
        path: the file.
        data: what it says, as dictionaries, lists and scalars.
        lines: for every key and list item the line it starts on, from 1; a location is the keys that lead
            to it, list items by their number from 0.
    """

    path: Path
    data: Any
    lines: Mapping[Location, int]

    def place(self, *location: str | int) -> Place:
        """The line of ``location``; steps that do not stand in the file are passed over."""
        known: Location = ()
        for step in location:
            longer = (*known, str(step))
            if longer in self.lines:
                known = longer
        return Place(self.path, self.lines[known])

    def error(self, message: str, *location: str | int) -> InputError:
        """An error at ``location``, to be raised by the caller."""
        return InputError(message, self.place(*location))


class _Loader(SafeLoader):
    """Scalars of YAML 1.2: 1e-05 is a number, while 0.5_1, ``no`` and dates are text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 (the hook that PyYAML offers)
    depth = 0
    count = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Count the depth: libyaml crashes the interpreter where Python would raise RecursionError. Count all nodes."""
        self.depth += 1
        self.count += 1
        if self.count > _MOST:
            raise yaml.MarkedYAMLError(problem=f"more than {_MOST} entries", problem_mark=current_node.start_mark)
        if self.depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem="lists are nested too deeply", problem_mark=current_node.start_mark)
        super().descend_resolver(current_node, current_index)

    def ascend_resolver(self) -> None:
        """Leave a node."""
        self.depth -= 1
        super().ascend_resolver()


_SCALARS = (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", "tTfF"),
    ("null", r"(?:~|null|Null|NULL|)", ("~", "n", "N", "")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))", "-+."),
)
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), list(_first))


def read_text(path: Path) -> str:
    """Read a UTF-8 text file, with line feeds at the ends of its lines.

    Raises:
        InputError: the file is missing, unreadable, too large or not text, or holds a control character.
    """
    try:
        text = read_bytes(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        near = nearest_names(path.name, siblings(path))
        raise InputError("no such file" + (f"; {near}" if near else ""), Place(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not a text file (byte {error.start} is not UTF-8)", Place(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot be read: {reason}", Place(path)) from None
    control = control_character(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise InputError(f"control character 0x{ord(control[0]):02x} found; {_PLAIN}", Place(path, line))
    return text


def load_yaml(path: Path) -> YamlFile:
    """Read a YAML file with the line of every key.

    Raises:
        InputError: the file is missing, not YAML, cut off, has a key twice, or uses anchors.
    """
    loader = _Loader(read_text(path))
    try:
        node = loader.get_single_node()
        if node is None:
            raise InputError("the file is empty", Place(path))
        lines: dict[Location, int] = {(): 1}
        _index(node, path, lines, entries=loader.count)
        data = loader.construct_document(node)
    except yaml.YAMLError as error:
        raise _syntax_error(path, error) from None
    except _NOT_CONVERTED as error:
        raise InputError(f"a value cannot be converted: {error}", Place(path)) from None
    finally:
        loader.dispose()
    return YamlFile(path, data, lines)


def load_documents(path: Path) -> list[YamlFile]:
    """Read all documents of a YAML file of somebody else, where aliases are allowed.

    Raises:
        InputError: the file is missing, empty, not YAML, cut off, has a key twice, or refers to itself.
    """
    loader = _Loader(read_text(path))
    documents = []
    try:
        while loader.check_node():
            node: yaml.Node = loader.get_node()  # type: ignore[assignment]  # check_node says that there is one
            lines: dict[Location, int] = {(): _line(node)}
            _index(node, path, lines, entries=loader.count, aliases=True)
            documents.append(YamlFile(path, loader.construct_document(node), lines))
    except yaml.YAMLError as error:
        raise _syntax_error(path, error) from None
    except _NOT_CONVERTED as error:
        raise InputError(f"a value cannot be converted: {error}", Place(path)) from None
    finally:
        loader.dispose()
    if not documents:
        raise InputError("the file is empty", Place(path))
    return documents


def _index(root: yaml.Node, path: Path, lines: dict[Location, int], *, entries: int, aliases: bool = False) -> None:
    """Write the line of every key and item below ``root``, of a file of so many ``entries``, into ``lines``."""
    seen: set[int] = set()
    open_nodes: list[tuple[yaml.Node, Location]] = [(root, ())]
    while open_nodes:
        node, location = open_nodes.pop()
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(node, path)
            continue
        if aliases and (len(location) > _DEEPEST or len(lines) > _MOST_COPIES * entries):
            raise InputError("aliases (*) that refer to themselves or repeat too much", Place(path, _line(node)))
        if id(node) in seen and not aliases:  # an alias could refer to itself and has no line of its own
            raise InputError("anchors (&) and aliases (*) are not supported; write it out", Place(path, _line(node)))
        seen.add(id(node))
        for key, line, child in _children(node, path):
            longer = (*location, key)
            if longer in lines:
                raise InputError(f"key '{key}' occurs twice, first in line {lines[longer]}", Place(path, line))
            lines[longer] = line
            open_nodes.append((child, longer))


def _check_scalar(node: yaml.ScalarNode, path: Path) -> None:
    """Escapes in double quotes can make characters that the text of a file cannot hold."""
    control = control_character(node.value)
    if control is not None:
        raise InputError(f"control character 0x{ord(control[0]):02x} in a text; {_PLAIN}", Place(path, _line(node)))


def _children(node: yaml.Node, path: Path) -> Iterator[tuple[str, int, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield str(number), _line(item), item
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError("a key must be a word, not a list or mapping", Place(path, _line(key)))
            _check_scalar(key, path)
            yield key.value, _line(key), value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _syntax_error(path: Path, error: yaml.YAMLError) -> InputError:
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return InputError(f"not YAML: {error}", Place(path))
    context = f" {error.context}" if error.context else ""
    if error.context_mark is not None:
        context += f" that starts in line {error.context_mark.line + 1}"
    return InputError(
        f"not YAML: {error.problem}{context}; is the file complete, are brackets closed and is it indented evenly?",
        Place(path, error.problem_mark.line + 1),
    )
