"""Brackets: tuples, intervals, and intervals as they are written in French."""

# ruff: noqa: FBT003 - open or closed is what an end is

from __future__ import annotations

import pytest

from rewards.answers.reading.brackets import turned
from rewards.answers.reading.reader import read
from rewards.answers.reading.tokens import tokenize
from rewards.answers.tree import syntax as s

ONE, TWO = s.Number(1), s.Number(2)

TREES = {
    "(1,2)": s.Tuple((ONE, TWO)),
    "[1,2)": s.Interval(ONE, TWO, True, False),
    r"(1,\infty)": s.Interval(ONE, s.INFINITY, False, False),
}


@pytest.mark.parametrize("text", TREES)
def test_brackets_are_read_by_their_ends(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize(
    ("french", "usual"),
    [
        ("]0, 1[", "(0, 1)"),
        ("]0, 1]", "(0, 1]"),
        ("[0, 1[", "[0, 1)"),
        ("[0, 1]", "[0, 1]"),
        ("(0, 1)", "(0, 1)"),
    ],
)
def test_turned_opens_the_ends_that_look_outwards(french: str, usual: str) -> None:
    assert turned(tokenize(french)) == tokenize(usual)
    assert read(french) == read(usual)
