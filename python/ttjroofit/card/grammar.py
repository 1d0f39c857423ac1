"""The grammar of a card: one line in, one statement out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from ttjroofit.card.fields import (
    check_inside,
    columns_of,
    identifier,
    number,
    pattern,
    split_outside_braces,
    split_range,
)
from ttjroofit.card.lines import Line, real_path
from ttjroofit.card.patterns import is_pattern
from ttjroofit.card.settings import CHOICES, SETTINGS, Setting
from ttjroofit.card.statements import (
    Assumption,
    BlindStatement,
    CombineStatement,
    Count,
    EditStatement,
    ErrorOnErrorStatement,
    GroupStatement,
    MeasurementStatement,
    ParamStatement,
    PoiStatement,
    ScenarioStatement,
    ShapesStatement,
    SmoothStatement,
)
from ttjroofit.errors import Place, nearest_names

__all__ = ["USAGE", "Statement", "TheoryPattern", "parse_line"]

USAGE: Mapping[str, str] = {
    "imax": "imax N|*",
    "jmax": "jmax N|*",
    "kmax": "kmax N|*",
    "measurement": "measurement NAME FILE",
    "shapes": "shapes NAME FILE WORKSPACE:PDF WORKSPACE:DATA [OLD=NEW ...]",
    "theory": "theory MEASUREMENT-PATTERN FILE",
    "poi": "poi NAME MEASUREMENT-PATTERN[,PATTERN...] START [LOW,HIGH]",
    **{keyword: f"{keyword} {'|'.join(words)}" for keyword, words in CHOICES.items()},
    "blind": "blind",
    "combine": "combine NAME = BIN ...",
    "smooth": "smooth PATTERN ... polynomial 0|1|2|3",
    "correlation": "correlation BLOCK A B (NOMINAL & LOW : HIGH)",
    "scenario": "scenario NAME = BLOCK ...",
    "correlations": "correlations NAME",
    "include": "include FILE",
    "nuisance": "nuisance edit freeze PATTERN, nuisance edit drop PATTERN or nuisance edit rename OLD NEW",
    "group": "NAME group = PATTERN ... or NAME group += PATTERN ...",
    "param": "NAME param MEAN SIGMA [LOW,HIGH]",
    "flatParam": "NAME flatParam",
    "errorOnError": "PATTERN errorOnError RELATIVE",
}

_COUNTS: Mapping[str, Literal["imax", "jmax", "kmax"]] = {"imax": "imax", "jmax": "jmax", "kmax": "kmax"}
MIN_ERROR_ON_ERROR = 0.001
"""Below this a nuisance is Gaussian to six digits."""

_PART = r"\s*([^\s&:()]+)\s*"
_CORRELATION = re.compile(rf"\({_PART}(?:&{_PART}:{_PART})?\)|([^\s&:()]+)")


@dataclass(frozen=True)
class TheoryPattern:
    """``theory PATTERN FILE`` as stated, before it is spread over the measurements of the card."""

    pattern: str
    file: str
    place: Place


Statement = (
    Assumption
    | BlindStatement
    | CombineStatement
    | Count
    | EditStatement
    | ErrorOnErrorStatement
    | GroupStatement
    | MeasurementStatement
    | ParamStatement
    | PoiStatement
    | ScenarioStatement
    | Setting
    | ShapesStatement
    | SmoothStatement
    | TheoryPattern
)


def parse_line(line: Line) -> Statement:
    """Read one line of a card.

    Args:
        line: an effective line; ``include`` lines are resolved before.

    Returns:
        The statement.

    Raises:
        CardError: if the line does not follow the grammar.
    """
    keyword, kind, sign, *_ = [*line.columns, "", ""]
    # Groups are often named after what they hold: `pdf group = ...` must not be read as the setting `pdf`.
    if kind == "group" and sign in {"=", "+="} and keyword not in {"combine", "scenario"}:
        return _parse_group(line)
    if keyword in _BY_KEYWORD:
        return _BY_KEYWORD[keyword](line)
    if kind in _BY_KIND:
        return _BY_KIND[kind](line)
    keywords = [*_BY_KEYWORD, "include"]
    near = nearest_names(keyword, keywords) or nearest_names(kind, _BY_KIND)
    cure = near or "known: " + ", ".join([*keywords, *(f"NAME {known}" for known in _BY_KIND)])
    raise line.error(f"unknown keyword '{keyword}' in '{line.text}'; {cure}")


def _parse_count(line: Line) -> Count:
    keyword, count, *_ = [*line.columns, ""]
    if count != "*" and not re.fullmatch(r"[0-9]{1,9}", count):
        raise line.error(f"'{count}' in '{line.text}' is not a count: write {USAGE[keyword]}")
    return Count(_COUNTS[keyword], None if count == "*" else int(count), line.place)


def _parse_measurement(line: Line) -> MeasurementStatement:
    _, name, file = columns_of(line, 3, USAGE["measurement"])
    path = real_path(line.place.path.parent, file)
    return MeasurementStatement(identifier(line, name, "measurement"), path, line.place)


def _parse_shapes(line: Line) -> ShapesStatement:
    if len(line.columns) < 5:
        raise line.error(f"too few columns in '{line.text}': write {USAGE['shapes']}")
    _, name, file, pdf, data, *renamings = line.columns
    renamed = [_parse_renaming(line, text) for text in renamings]
    for which, names in (("renamed", [old for old, _ in renamed]), ("the new name", [new for _, new in renamed])):
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise line.error(f"'{repeated[0]}' is {which} twice in '{line.text}'; remove one")
    return ShapesStatement(
        name=identifier(line, name, "likelihood"),
        path=real_path(line.place.path.parent, file),
        pdf=_parse_object(line, pdf),
        data=_parse_object(line, data),
        renamed=tuple(renamed),
        place=line.place,
    )


def _parse_object(line: Line, text: str) -> tuple[str, str]:
    workspace, colon, name = text.partition(":")
    if not workspace or not colon or not name or ":" in name:
        raise line.error(f"'{text}' does not name an object of a workspace: write {USAGE['shapes']}")
    return workspace, name


def _parse_renaming(line: Line, text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not old or not sign:
        raise line.error(f"'{text}' does not rename anything: write {USAGE['shapes']}")
    return old, identifier(line, new, "parameter")


def _parse_theory(line: Line) -> TheoryPattern:
    _, measurements, file = columns_of(line, 3, USAGE["theory"])
    return TheoryPattern(pattern(line, measurements), file, line.place)


def _parse_poi(line: Line) -> PoiStatement:
    head, ends = split_range(line)
    if ends is None:
        raise line.error(f"no range at the end of '{line.text}': write {USAGE['poi']}")
    _, name, measurements, start = columns_of(line, 4, USAGE["poi"], text=head)
    value = number(line, start, "the start value")
    check_inside(line, value, *ends, "the start value")
    return PoiStatement(
        name=identifier(line, name, "mass parameter"),
        measurements=tuple(pattern(line, part) for part in split_outside_braces(measurements)),
        start=value,
        low=ends[0],
        high=ends[1],
        place=line.place,
    )


def _parse_setting(line: Line) -> Setting:
    keyword = line.columns[0]
    _, word = columns_of(line, 2, USAGE[keyword])
    if keyword in CHOICES and word not in CHOICES[keyword]:
        near = nearest_names(word, CHOICES[keyword])
        raise line.error(f"'{keyword} {word}' is not known: write {USAGE[keyword]}{f'; {near}' if near else ''}")
    return Setting(keyword, word, line.place)


def _parse_correlation(line: Line) -> Assumption:
    _, block, first, second, numbers, *_ = [*line.text.split(maxsplit=4), "", "", "", ""]
    matched = _CORRELATION.fullmatch(numbers)
    if matched is None:
        raise line.error(f"'{line.text}' is not a correlation: write {USAGE['correlation']}")
    parts = [matched[1] or matched[4], matched[2], matched[3]]
    nominal, low, high = (number(line, part or parts[0], "the correlation") for part in parts)
    for value in (nominal, low, high):
        if abs(value) > 1:
            raise line.error(f"the correlation {value:g} is not possible: it must lie between -1 and 1")
    if low > high:
        raise line.error(f"the range {low:g} : {high:g} is empty: its first number must be the smaller one")
    check_inside(line, nominal, low, high, "the correlation")
    if first == second and not is_pattern(first):
        raise line.error(f"'{first}' is correlated with itself; name two different nuisances")
    return Assumption(block, pattern(line, first), pattern(line, second), nominal, low, high, line.place)


def _parse_scenario(line: Line) -> ScenarioStatement:
    columns = line.columns
    if len(columns) < 3 or columns[2] != "=":
        raise line.error(f"no '=' between blanks after the name in '{line.text}': write {USAGE['scenario']}")
    _, name, _, *blocks = columns
    repeated = [block for block in blocks if blocks.count(block) > 1]
    if repeated:
        raise line.error(f"scenario '{name}' names the block '{repeated[0]}' twice; remove one")
    return ScenarioStatement(name, tuple(blocks), line.place)


def _parse_blind(line: Line) -> BlindStatement:
    # the text is not quoted: it may be a salt
    if len(line.columns) != 1:
        raise line.error("`blind` stands alone: a card holds no salt, which every output folder would then give away")
    return BlindStatement(line.place)


def _parse_combine(line: Line) -> CombineStatement:
    columns = line.columns
    if len(columns) < 4 or columns[2] != "=":
        raise line.error(f"'{line.text}' does not say which bins: write {USAGE['combine']}")
    _, name, _, *bins = columns
    repeated = [part for part in bins if bins.count(part) > 1]
    if repeated:
        raise line.error(f"cross section '{name}' names the bin '{repeated[0]}' twice; remove one")
    bins = [pattern(line, part) for part in bins]
    return CombineStatement(identifier(line, name, "cross section"), tuple(bins), line.place)


def _parse_smooth(line: Line) -> SmoothStatement:
    columns = line.columns
    if len(columns) < 4 or columns[-2] != "polynomial":
        raise line.error(f"'{line.text}' does not say how to smooth what: write {USAGE['smooth']}")
    _, *names, _, order = columns
    if order not in {"0", "1", "2", "3"}:
        raise line.error(f"'{order}' is not the order of a smooth polynomial: write {USAGE['smooth']}")
    return SmoothStatement(tuple(pattern(line, name) for name in names), int(order), line.place)


def _parse_group(line: Line) -> GroupStatement:
    columns = line.columns
    if len(columns) < 4 or columns[2] not in {"=", "+="}:
        raise line.error(f"'{line.text}' is not a group: write {USAGE['group']}")
    name, _, sign, *members = columns
    return GroupStatement(name, tuple(pattern(line, member) for member in members), sign == "+=", line.place)


def _parse_param(line: Line) -> ParamStatement:
    head, ends = split_range(line)
    name, _, *numbers = columns_of(line, 4, USAGE["param"], text=head)
    mean, sigma = (number(line, text, what) for text, what in zip(numbers, ("the mean", "the sigma"), strict=True))
    if sigma <= 0:
        raise line.error(f"the sigma {sigma:g} of '{name}' is not positive; to leave it free write {name} flatParam")
    if ends is None:
        return ParamStatement(name, mean, sigma, None, None, line.place)
    check_inside(line, mean, *ends, "the mean")
    return ParamStatement(name, mean, sigma, *ends, line.place)


def _parse_flat(line: Line) -> ParamStatement:
    name, _ = columns_of(line, 2, USAGE["flatParam"])
    return ParamStatement(name, None, None, None, None, line.place)


def _parse_error_on_error(line: Line) -> ErrorOnErrorStatement:
    name, _, relative = columns_of(line, 3, USAGE["errorOnError"])
    value = number(line, relative, "the relative uncertainty of the sigma")
    if not MIN_ERROR_ON_ERROR <= value <= 1.0:
        raise line.error(
            f"the relative uncertainty {value:g} of the sigma of '{name}' must lie between {MIN_ERROR_ON_ERROR:g} and 1"
        )
    return ErrorOnErrorStatement(pattern(line, name), value, line.place)


def _parse_edit(line: Line) -> EditStatement:
    match line.columns:
        case ["nuisance", "edit", ("freeze" | "drop") as action, names]:
            return EditStatement(action, pattern(line, names), None, line.place)
        case ["nuisance", "edit", "rename", old, new]:
            if is_pattern(old) or is_pattern(new):
                raise line.error(f"'{line.text}' renames a pattern: write two plain names")
            return EditStatement("rename", old, identifier(line, new, "nuisance"), line.place)
        case _:
            raise line.error(f"'{line.text}' is not an edit: write {USAGE['nuisance']}")


_BY_KEYWORD: Mapping[str, Callable[[Line], Statement]] = {
    **dict.fromkeys(_COUNTS, _parse_count),
    "measurement": _parse_measurement,
    "shapes": _parse_shapes,
    "theory": _parse_theory,
    "poi": _parse_poi,
    **dict.fromkeys(SETTINGS, _parse_setting),
    "blind": _parse_blind,
    "combine": _parse_combine,
    "smooth": _parse_smooth,
    "correlation": _parse_correlation,
    "scenario": _parse_scenario,
    "nuisance": _parse_edit,
}
_BY_KIND: Mapping[str, Callable[[Line], Statement]] = {
    "group": _parse_group,
    "param": _parse_param,
    "flatParam": _parse_flat,
    "errorOnError": _parse_error_on_error,
}
