"""Seeded damage to files: bytes, tokens, lines, and the tree of a JSON or YAML document."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Mutator"]

_TOKEN = re.compile(rb"\s+|[A-Za-z0-9_.*?]+|[^A-Za-z0-9_.*?\s]")

NUMBERS = (
    *("0", "-0", "-0.0", "1", "-1", "2", "0.5", "1e999", "-1e999", "1e308", "-1e308", "1e-308", "5e-324", "1e-30"),
    *("nan", "NaN", ".nan", "inf", "-inf", ".inf", "1e5", "1_000", "0x10", "0o17", "1e", "+", "1.", ".5", "--1"),
    *("9" * 19, "9" * 400, "99999", "65536", "2147483648", "-2147483649", "18446744073709551616", "1e400", "1,5"),
)
TEXTS = (
    *("", " ", "\t", "*", "**", "?", "*a" * 40, "rgx{", "rgx{}", "rgx{.*}", "rgx{(a+)+$}", "rgx{(a|a)*b}", "rgx{[}"),
    *("../../x", "/etc/passwd", "/dev/zero", "/dev/stdin", ".", "..", "~", "-o", "--help", "a/b", "a\\b", "con"),
    *("$MEASUREMENT", "$HOME", "$(id)", "`id`", "; rm -rf x", "=cmd|'/C calc'!A0", "@SUM(1)", "%s%n", "{0}", "{{x}}"),
    *("<script>alert(1)</script>", "\\input{/etc/passwd}", "$\\frac", "$$", "[link=x]", "[/b]", "\x1b[31m", "\x9b31m"),
    *(
        "!!python/object/apply:os.system [id]",
        "!!binary x",
        "!!set",
        "!x",
        "&a",
        "*a",
        "<<: *a",
        "<<",
        "---",
        "...",
        "|",
    ),
    *("true", "null", "~", "[]", "{}", "[[]]", "''", '"', "'", "#", "@0", "m_t", "TMath::Exp(1)", "None", "__class__"),
    *("\ufeff", "\u202e", "\u0000", "é", "名前", "😀", "\u2028", "\x85", "\u0660", "ﬁ", "\x7f", "A" * 300, "_", "0a"),
)
BYTES = (
    b"\x00",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r",
    b"\n",
    b"\n\n",
    b"\x1b",
    b"\x80",
    b"\xc3",
    b"\t",
)
LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 0.5, -0.0, 1e308, -1e308, 5e-324, 10**18, 10**400, float("nan"), float("inf")),
    *([], {}, [[]], [None], {"": None}, [0.0] * 50, "", "nan", "1", *TEXTS),
)


class Mutator:
    """Makes damaged versions of files, all from one random generator.

    Args:
        rng: seeded.
        words: of the grammar of the files, to put where they may not belong.
    """

    def __init__(self, rng: random.Random, words: Sequence[str] = ()) -> None:
        self._rng = rng
        self._own = words
        self._words = [word.encode("utf-8", "surrogatepass") for word in (*words, *words, *NUMBERS, *TEXTS)]

    def mutate(self, content: bytes, other: bytes = b"") -> bytes:
        """Damage a file in one to a few places.

        Args:
            content: of the file.
            other: a file whose parts may be put in.
        """
        rng = self._rng
        tree = _tree(content) if rng.random() < 0.4 else None
        if tree is not None:
            for _ in range(rng.choice((1, 1, 2, 3))):
                tree = self._change_tree(tree)
            return json.dumps(tree, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            change: Callable[[bytes, bytes], bytes] = rng.choice(
                (self._bytes, self._tokens, self._tokens, self._tokens, self._lines, self._lines, self._numbers)
                + ((self._whole,) if rng.random() < 0.3 else ())
            )
            content = change(content, other)
        return content

    def _bytes(self, content: bytes, _: bytes) -> bytes:
        rng = self._rng
        place = rng.randrange(len(content) + 1)
        size = rng.choice((0, 1, 1, 2, 4, 20))
        new = rng.choice((rng.choice(BYTES), bytes([rng.randrange(256)]), b"", content[place : place + size] * 2))
        return content[:place] + new + content[place + size :]

    def _tokens(self, content: bytes, _: bytes) -> bytes:
        rng = self._rng
        tokens = _TOKEN.findall(content) or [b""]
        places = [i for i, token in enumerate(tokens) if token.strip()] or [0]
        place = rng.choice(places)
        match rng.randrange(6):
            case 0 | 1:
                tokens[place] = rng.choice(self._words)
            case 2:
                tokens[place] = tokens[rng.choice(places)]
            case 3:
                tokens[place : place + 1] = [tokens[place], b" ", rng.choice(self._words)]
            case 4:
                tokens[place] = b""
            case _:
                tokens[place] = tokens[place] * rng.choice((2, 3, 100, 3000))
        return b"".join(tokens)

    def _numbers(self, content: bytes, _: bytes) -> bytes:
        found = list(re.finditer(rb"-?[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?", content))
        if not found:
            return content
        match = self._rng.choice(found)
        new = self._rng.choice(NUMBERS).encode()
        return content[: match.start()] + new + content[match.end() :]

    def _lines(self, content: bytes, other: bytes) -> bytes:
        rng = self._rng
        lines = content.split(b"\n")
        place = rng.randrange(len(lines))
        match rng.randrange(6):
            case 0:
                del lines[place]
            case 1:
                lines.insert(rng.randrange(len(lines) + 1), lines[place])
            case 2:
                swap = rng.randrange(len(lines))
                lines[place], lines[swap] = lines[swap], lines[place]
            case 3:
                lines.insert(place, rng.choice(other.split(b"\n")))
            case 4:
                lines[place : place + rng.randrange(1, 12)] = []
            case _:
                lines[place] = b" " * rng.randrange(5) + lines[place].strip()
        return b"\n".join(lines)

    def _whole(self, content: bytes, other: bytes) -> bytes:  # noqa: PLR0911 -- one a kind of damage
        rng = self._rng
        match rng.randrange(9):
            case 0:
                return content[: rng.randrange(len(content) + 1)]
            case 1:
                return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b" ", b"\x85")))
            case 2:
                return rng.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"%PDF-1.4\n", b"\x89PNG\r\n")) + content
            case 3:
                return content.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-32", "utf-7")))
            case 4:
                return self._inserted(content, rng.choice((b"[", b"{", b"(", b"{a: ", b"- ", b"? ", b'{"a":')) * 3000)
            case 5:
                return self._inserted(content, rng.choice(self._words) * 5000)
            case 6:
                return b""
            case 7:
                return content + other
            case _:
                return bytes(rng.randrange(256) for _ in range(rng.randrange(200)))

    def _inserted(self, content: bytes, new: bytes) -> bytes:
        place = self._rng.randrange(len(content) + 1)
        return content[:place] + new + content[place:]

    def _change_tree(self, tree: Any) -> Any:
        """Replace, remove, copy or move one node; the walk goes down with equal odds at each level."""
        rng = self._rng
        if not isinstance(tree, dict | list) or not tree or rng.random() < 0.06:
            return self._leaf(tree)
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        key = rng.choice(keys)
        if rng.random() < 0.75 and isinstance(tree[key], dict | list) and tree[key]:
            tree[key] = self._change_tree(tree[key])
            return tree
        match rng.randrange(6):
            case 0:
                del tree[key]
            case 1:
                tree[key] = tree[rng.choice(keys)]
            case 2 if isinstance(tree, dict):
                tree[rng.choice(("x", "", "name", str(rng.choice(self._words), "utf-8", "replace")))] = tree.pop(key)
            case 2:
                tree.append(tree[key])
            case _:
                tree[key] = self._leaf(tree[key])
        return tree

    def _leaf(self, old: Any) -> Any:
        rng = self._rng
        if isinstance(old, float) and rng.random() < 0.5:
            return rng.choice((-old, 0.0, old * 1e6, old * 1e-6, 1e308, -1.0, 1.0, 5e-324, 1e-160, 1e160, old + 1))
        if isinstance(old, str) and rng.random() < 0.3:
            return rng.choice((old * 2, old.upper(), old + " ", "", "x" + old, old[:-1]))
        return copy.deepcopy(rng.choice((*LEAVES, *self._own)))


def _tree(content: bytes) -> Any | None:
    """The document of a JSON file; None for anything else. YAML seeds are given as JSON, which is YAML."""
    if not content.lstrip().startswith((b"{", b"[")):
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
