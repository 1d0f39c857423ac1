"""Check for nuisances of different measurements that are named alike and that nobody correlated."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, takewhile

from ttjroofit.analysis.checks.check import Check, Found, Subject
from ttjroofit.card.patterns import match_names
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.prior import StatedCorrelation

__all__ = ["CHECKS", "similarity", "stem", "weights"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SAME = {"bottom": "b", "luminosity": "lumi", "flavour": "flavor"}
_OWN = frozenset({"stat", "statistical", "mcstat", "uncorr"})
"""Words of uncertainties that one experiment alone has: the statistics of its own samples."""

_PREFIX = 3
"""Letters that an abbreviation has at least: det for detector, mix for mixed."""

_ABBREVIATED = 0.9
"""Weight of an abbreviation against that of the same word."""

Stem = tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """Two families of names: all nuisances of a measurement that differ only in a number."""

    likeness: float
    first: Sequence[str]
    second: Sequence[str]


def stem(measurement: Measurement, name: str) -> Stem:
    """The words of a name in lower case, without numbers and without those of its measurement and experiment."""
    own = {measurement.experiment.lower(), *_words(measurement.name)}
    words = _words(name)
    while len(words) > 1 and words[0] in own:
        words = words[1:]
    return tuple(word for word in words if not word.isdigit()) or tuple(words)


def _words(name: str) -> list[str]:
    return [_SAME.get(word.lower(), word.lower()) for word in _WORD.findall(name)]


def weights(stems: Sequence[Stem]) -> dict[str, float]:
    """How much a word says: minus the logarithm of the share of the stems that hold it."""
    held = Counter(word for words in stems for word in set(words))
    return {word: math.log(len(stems) / count) for word, count in held.items()}


def similarity(first: Stem, second: Stem, weight: Mapping[str, float]) -> float:
    """Weight of the words that two stems share over that of all their words: 0 for none, 1 for the same words.

    A word and its abbreviation count as shared by 9 parts of 10 of their mean weight.
    """
    left, shared, total = list(dict.fromkeys(second)), 0.0, 0.0
    for word in dict.fromkeys(first):
        match = next((other for other in left if other == word), None) or _abbreviation(word, left)
        total += weight[word]
        if match is not None:
            left.remove(match)
            mean = (weight[word] + weight[match]) / 2.0
            shared += mean if match == word else _ABBREVIATED * mean
            total += mean - weight[word]
    total += sum(weight[word] for word in left)
    return shared / total if total > 0 else 1.0


def _abbreviation(word: str, others: Sequence[str]) -> str | None:
    for other in others:
        if min(len(word), len(other)) >= _PREFIX and (word.startswith(other) or other.startswith(word)):
            return other
    return None


def _families(measurement: Measurement) -> dict[Stem, list[str]]:
    families: dict[Stem, list[str]] = {}
    for name in measurement.nuisances:
        words = stem(measurement, name)
        if name not in measurement.without_prior and _OWN.isdisjoint(words):
            families.setdefault(words, []).append(name)
    return families


def _pairs(first: Measurement, second: Measurement, threshold: float) -> Iterator[_Pair]:
    """Families that are each the likest of the other, the likest first."""
    ours, theirs = _families(first), _families(second)
    weight = weights([*ours, *theirs])
    likeness = {(a, b): similarity(a, b, weight) for a in ours for b in theirs if _may_match(a, b)}
    best: dict[tuple[int, Stem], float] = {}
    for (a, b), value in likeness.items():
        best[0, a] = max(best.get((0, a), 0.0), value)
        best[1, b] = max(best.get((1, b), 0.0), value)
    for (a, b), value in sorted(likeness.items(), key=lambda item: (-item[1], item[0])):
        if value >= max(threshold, best[0, a], best[1, b]):
            yield _Pair(value, ours[a], theirs[b])


def _may_match(first: Stem, second: Stem) -> bool:
    """Quick: whether the words at the ends are the same, or one stem is short."""
    return first[-1][:_PREFIX] == second[-1][:_PREFIX] or first[0][:_PREFIX] == second[0][:_PREFIX]


@dataclass(frozen=True)
class _Alike:
    """What is named alike in two measurements and how the card correlates the two.

    Attributes:
        first, second: names of the measurements.
        pairs: of families, none of which is correlated with anything of the other measurement in force.
        stated: names that the card correlates with one of the other measurement, in any block.
        in_force: what the card correlates between the two measurements now.
    """

    first: str
    second: str
    pairs: Sequence[_Pair]
    stated: frozenset[str]
    in_force: Sequence[StatedCorrelation]


@lru_cache(maxsize=1)
def _alike(subject: Subject, threshold: float) -> tuple[_Alike, ...]:
    everywhere = _stated(subject)
    found = []
    for first, second in combinations(subject.measurements, 2):
        ours, theirs = frozenset(first.nuisances), frozenset(second.nuisances)
        stated = {name for pair in everywhere if _across(pair, ours, theirs) for name in pair}
        in_force = [p for p in subject.combination.prior.stated if _across((p.first, p.second), ours, theirs)]
        decided = {name for pair in in_force for name in (pair.first, pair.second)}
        pairs = [pair for pair in _pairs(first, second, threshold) if decided.isdisjoint([*pair.first, *pair.second])]
        found.append(_Alike(first.name, second.name, pairs, frozenset(stated), in_force))
    return tuple(found)


def _stated(subject: Subject) -> list[tuple[str, str]]:
    """All pairs that the card correlates, in force or not."""
    known = tuple(subject.combination.owners)
    matches = {p: match_names(p, known) for line in subject.card.assumptions for p in (line.first, line.second)}
    return [
        (one, other)
        for line in subject.card.assumptions
        for one in matches[line.first]
        for other in matches[line.second]
    ]


def _across(pair: tuple[str, str], ours: frozenset[str], theirs: frozenset[str]) -> bool:
    one, other = pair
    return (one in ours and other in theirs) or (one in theirs and other in ours)


def _uncorrelated(subject: Subject, threshold: float) -> Iterator[Found]:
    for alike in _alike(subject, threshold):
        new = [pair for pair in alike.pairs if alike.stated.isdisjoint([*pair.first, *pair.second])]
        if new:
            lines = [_line(pair, _block(pair, alike.in_force)) for pair in new]
            yield Found(_message(alike, new, "not correlated"), _items(new), lines=lines)


def _out_of_force(subject: Subject, threshold: float) -> Iterator[Found]:
    for alike in _alike(subject, threshold):
        known = [pair for pair in alike.pairs if not alike.stated.isdisjoint([*pair.first, *pair.second])]
        if known:
            yield Found(_message(alike, known, "correlated in another scenario only"), _items(known))


def _message(alike: _Alike, pairs: Sequence[_Pair], state: str) -> str:
    return f"nuisances of {alike.first} and {alike.second} named alike and {state} ({len(pairs)})"


def _items(pairs: Sequence[_Pair]) -> list[tuple[str, float]]:
    return [(f"{_family(pair.first)} ~ {_family(pair.second)}", pair.likeness) for pair in pairs]


def _family(names: Sequence[str]) -> str:
    """One name, or the pattern of a family."""
    if len(names) == 1:
        return names[0]
    common = names[0]
    while not all(name.startswith(common) for name in names):
        common = common[:-1]
    return f"{common.rstrip('0123456789')}*"


def _block(pair: _Pair, in_force: Sequence[StatedCorrelation]) -> str:
    """The block in force whose names begin most like those of a pair, the last of equals; else ``lookalike``."""

    def alike(stated: StatedCorrelation) -> int:
        names = (pair.first[0], pair.second[0])
        return sum(max(_same_words(name, other) for other in (stated.first, stated.second)) for name in names)

    return max(reversed(in_force), key=alike).block if in_force else "lookalike"


def _same_words(first: str, second: str) -> int:
    """Words that two names begin with alike."""
    return len(list(takewhile(lambda words: words[0] == words[1], zip(_words(first), _words(second), strict=False))))


def _line(pair: _Pair, block: str) -> str:
    # all members of one family with all of another: only independence can be meant by such a line
    value = "0.5" if len(pair.first) == len(pair.second) == 1 else "0"
    return f"correlation {block} {_family(pair.first)} {_family(pair.second)} ({value} & 0 : 1)"


CHECKS = (
    Check(
        "lookalike-uncorrelated",
        "nuisances of two measurements are named alike, and no line of the card correlates them",
        0.55,
        "on the names of the real cards it finds the pairs that experts correlate, and few others",
        "state a correlation, in a block of the scenario in force; one of 0 says that they are independent",
        _uncorrelated,
    ),
    Check(
        "lookalike-out-of-force",
        "nuisances of two measurements are named alike, and correlated in another scenario only",
        0.55,
        "as for `lookalike-uncorrelated`",
        "choose the scenario that holds them (`correlations NAME`) if this is not on purpose",
        _out_of_force,
    ),
)
