"""Matrix files: how many entries they make, and what is refused with its line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.errors import InputError
from ttjroofit.inputs.fit_matrix import entries_of, read_fit_matrix

HEAD = "schema: ttjroofit/matrix/1\n"

AXES = st.dictionaries(
    st.sampled_from("abcd"),
    st.lists(st.one_of(st.none(), st.sampled_from("uvwxyz")), min_size=1, max_size=4, unique=True),
    min_size=1,
)


@st.composite
def matrices(draw: st.DrawFn) -> tuple[dict[str, list[str | None]], list[dict[str, list[str | None]]]]:
    """Axes, and blocks that name some of their values."""
    axes = draw(AXES)
    blocks = []
    for _ in range(draw(st.integers(0, 3))):
        names = draw(st.lists(st.sampled_from(sorted(axes)), unique=True, min_size=1))
        blocks.append({n: draw(st.lists(st.sampled_from(axes[n]), unique=True, min_size=1)) for n in names})
    return axes, blocks


@given(matrices())
def test_product_has_one_entry_of_each_combination(made: tuple[dict[str, list[str | None]], object]) -> None:
    axes, _ = made
    entries = entries_of(axes)
    assert len(entries) == len({tuple(entry.items()) for entry in entries}) == math.prod(map(len, axes.values()))
    # the last name runs fastest
    last = list(axes)[-1]
    assert [entry[last] for entry in entries[: len(axes[last])]] == axes[last]


@given(matrices())
def test_exclusion_takes_what_any_block_matches(
    made: tuple[dict[str, list[str | None]], list[dict[str, list[str | None]]]],
) -> None:
    """Inclusion and exclusion counts, by a loop over all subsets of blocks."""
    axes, blocks = made
    left = len(entries_of(axes, blocks))
    expected = 0
    for chosen in range(2 ** len(blocks)):
        picked = [block for i, block in enumerate(blocks) if chosen >> i & 1]
        sizes = [
            len(set(values).intersection(*(block[name] for block in picked if name in block)))
            for name, values in axes.items()
        ]
        expected += (-1) ** len(picked) * math.prod(sizes)
    assert left == expected


@given(matrices())
def test_what_is_excluded_can_be_included_again(
    made: tuple[dict[str, list[str | None]], list[dict[str, list[str | None]]]],
) -> None:
    axes, blocks = made
    block = blocks[0] if blocks else dict(axes)
    entries = entries_of(axes, [block], [block])
    assert {tuple(entry.items()) for entry in entries} == {tuple(entry.items()) for entry in entries_of(axes)}
    assert len(entries) == len(entries_of(axes))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    for name in ("a.txt", "b.txt", "more/b.txt", "more/c.txt"):
        (tmp_path / name).write_text("a card\n", encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "matrix.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_values_are_what_would_be_typed(folder: Path) -> None:
    text = "cards: [a.txt]\noptions: {x: [1, 0.5, no, ~, true, [m, n], -1], y: 1e-05}\nstatements: {z: off}\n"
    matrix = read_fit_matrix(write(folder, text))
    assert [entry["x"] for entry in matrix.entries] == ["1", "0.5", "no", None, "true", "m,n", "-1"]
    assert {entry["y"] for entry in matrix.entries} == {"1e-05"}
    assert {entry["z"] for entry in matrix.entries} == {"off"}
    assert (matrix.axes, matrix.options, matrix.statements) == (("card", "x"), ("x", "y"), ("z",))


def test_cards_by_patterns_are_named_by_what_tells_them_apart(folder: Path) -> None:
    matrix = read_fit_matrix(write(folder, "cards: ['more/*.txt', a.txt, '*.txt']\n"))
    assert {name: path.relative_to(folder).as_posix() for name, path in matrix.cards.items()} == {
        "more/b.txt": "more/b.txt",
        "c": "more/c.txt",
        "a": "a.txt",
        "b.txt": "b.txt",
    }
    absolute = read_fit_matrix(write(folder, f"cards: ['{folder}/more/c*']\n"))
    assert absolute.cards == {"c": folder / "more" / "c.txt"}


def test_included_block_keeps_all_values_of_other_axes(folder: Path) -> None:
    text = "cards: [a.txt, b.txt]\noptions: {x: [1, 2], y: ~}\ninclude: [{card: a, y: [p, q]}]\n"
    matrix = read_fit_matrix(write(folder, text))
    assert len(matrix.entries) == 4 + 4
    assert [(e["card"], e["x"], e["y"]) for e in matrix.entries[4:]] == [
        ("a", x, y) for x in ("1", "2") for y in ("p", "q")
    ]
    assert matrix.axes == ("card", "x", "y")


def test_labels_are_of_values(folder: Path) -> None:
    text = "cards: [a.txt]\noptions: {x: [1, ~]}\nlabels: {x: {1: one, ~: none given}, card: {a: first}}\n"
    assert read_fit_matrix(write(folder, text)).labels == {"x": {"1": "one", "~": "none given"}, "card": {"a": "first"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cards: []\n", r"matrix\.yaml:2: 'cards'.*at least 1"),
        ("card: [a.txt]\n", r"matrix\.yaml:2: unknown key 'card'; nearest: cards"),
        ("cards: [d.txt]\n", r"matrix\.yaml:2: card .*d\.txt does not exist; nearest: "),
        ("cards: ['../../**/*.txt']\n", r"matrix\.yaml:2: card '\.\./\.\./\*\*/\*\.txt': `\*\*` would look through"),
        ("cards: ['*.card']\n", r"matrix\.yaml:2: no card matches '\*\.card'"),
        # OSError, NotImplementedError and RecursionError
        (f"cards: [{'a' * 300}]\n", r"matrix\.yaml:2: card .*aaa does not exist"),
        (f"cards: ['{'a' * 300}/*']\n", r"matrix\.yaml:2: no card matches 'aaa"),
        ("cards: ['///*.card']\n", r"matrix\.yaml:2: no card matches '///"),
        (f"cards: ['{'*/' * 3000}']\n", r"matrix\.yaml:2: no card matches '\*/"),
        ("cards: [a.txt]\noptions:\n  x: []\n", r"matrix\.yaml:4: 'x' has an empty list"),
        ("cards: [a.txt]\noptions:\n  x: [1,\n   1]\n", r"matrix\.yaml:5: 'x' has the value 1 twice"),
        ("cards: [a.txt]\noptions:\n  x: {y: 1}\n", r"matrix\.yaml:4: 'x' has \{'y': 1\}: expected a word"),
        ("cards: [a.txt]\noptions:\n  x: [[a, [b]]]\n", r"matrix\.yaml:4: 'x' has .*: expected a word"),
        ("cards: [a.txt]\noptions: {card: 1}\n", r"matrix\.yaml:3: 'card' is the axis of the cards"),
        (
            "cards: [a.txt]\noptions: {x: 1}\nstatements: {x: 1}\n",
            r"matrix\.yaml:4: 'x' is stated under options and under statements",
        ),
        ("cards: [a.txt]\nexclude: [{}]\n", r"matrix\.yaml:3: an empty block"),
        ("cards: [a.txt]\nexclude: [{y: 1}]\n", r"matrix\.yaml:3: 'y' is not stated above.*`y: ~`"),
        (
            "cards: [a.txt]\noptions: {x: [alpha, beta]}\nexclude:\n  - {x: [alpha, btea]}\n",
            r"matrix\.yaml:5: 'x' has no value btea; nearest: beta",
        ),
        ("cards: [a.txt]\ninclude: [{card: b}]\n", r"matrix\.yaml:3: 'card' has no value b"),
        (
            "cards: [a.txt, b.txt]\noptions: {x: [1, 2]}\ninclude:\n  - {card: a, x: [3, 2]}\n",
            r"matrix\.yaml:5: the combination with card a, x 2 is there already",
        ),
        ("cards: [a.txt]\nexclude: [{card: a}]\n", r"matrix\.yaml:3: every combination is excluded"),
        (
            "cards: [a.txt]\noptions: {x: [1, 2]}\nexclude:\n  - {x: 1}\n  - {x: 1, card: a}\nlabels: {x: {1: one}}\n",
            r"matrix\.yaml:7: axis 'x' has no value 1; known: 2",
        ),
        ("cards: [a.txt]\nlabels: {crad: {a: A}}\n", r"matrix\.yaml:3: there is no axis 'crad'; nearest: card"),
        (
            f"cards: [a.txt]\noptions: {{x: {list(range(101))}, y: {list(range(100))}}}\n",
            r"10100 combinations: more than 10000",
        ),
    ],
)
def test_bad_files_are_refused_with_their_line(text: str, message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_fit_matrix(write(folder, text))
