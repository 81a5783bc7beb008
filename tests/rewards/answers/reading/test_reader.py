"""What the reader makes of a text: the tree it reads, and why it does not read the rest."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import Oversized, Unread, read
from rewards.answers.tree import syntax as s

X, Y, K = s.Symbol("x"), s.Symbol("y"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    "5": s.Number(5),
    "1, 2": s.Listing((ONE, TWO)),
    "1 or 2": s.Listing((ONE, TWO), "or"),
    "1, 2; 3": s.Listing((s.Listing((ONE, TWO)), THREE), ";"),
    "1<x<2": s.Relation((ONE, X, TWO), ("<", "<")),
    r"k\in\mathbb{Z}": s.Relation((K, s.NamedSet("Z")), ("in",)),
    "1:2:3": s.Ratio((ONE, TWO, THREE)),
}

UNREAD = {
    "a word after a number": "5 is wrong",
    "a second value": "5 6",
    "a dangling exponent": "150^",
    "a dangling sign": "5-",
    "two signs": "--5",
    "an open bracket": "(5",
    "brackets of different kinds": "(5]",
    "an open group": r"\frac{1}{",
    "half a fraction": r"\frac{1}",
    "an unknown command": r"\foo 5",
    "a relation without its left side": r"\ge 5",
    "a question mark": "5?",
    "code": "__import__('os')",
    "nothing": "   ",
    "two separators": "1,,2",
    "a digit that its base lacks": "53_4",
    "rows of different length": r"\begin{pmatrix}1&2\\3\end{pmatrix}",
    "a sentence": "the graph is a line",
}


@pytest.mark.parametrize("text", TREES)
def test_read_gives_the_tree_of_a_text(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize("text", UNREAD.values(), ids=UNREAD.keys())
def test_read_says_why_a_text_is_not_understood(text: str) -> None:
    reading = read(text)
    assert isinstance(reading, Unread)
    assert reading.reason


@pytest.mark.parametrize(
    "text",
    [
        "1" * 5_000,
        "1e99999",
        "(" * 200 + "1" + ")" * 200,
        "{" * 20_000,
        "2^{" * 300 + "2" + "}" * 300,
        "9^" * 400 + "9",
        r"\frac{1}{" * 200 + "1" + "}" * 200,
        "|" * 300 + "x" + "|" * 300,
        "1+" * 10_000 + "1",
        "x" * 100_000,
        r"\sqrt" * 5_000 + "2",
    ],
    ids=lambda text: f"{text[:12]}... {len(text)}",
)
def test_read_raises_nothing_over_texts_that_are_too_big(text: str) -> None:
    assert isinstance(read(text), (Oversized, Unread))


def test_read_takes_what_is_nested_as_deep_as_people_nest() -> None:
    text = "1"
    for _ in range(20):
        text = rf"\frac{{1}}{{1+{text}}}"
    assert isinstance(read(text), s.Quotient)
    assert read("(" * 30 + "1" + ")" * 30) == ONE
