"""Answers in labelled parts."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s


@pytest.mark.parametrize(
    "text",
    [r"\text{(a) }4,\ \text{(b) }9", "(a) 4, (b) 9", "a) 4; b) 9", "(a): 4; (b): 9"],
)
def test_parts_are_read_in_every_notation_alike(text: str) -> None:
    assert read(text) == read("(a) 4; (b) 9")
    assert isinstance(read(text), s.Listing)


@pytest.mark.parametrize("text", ["(a) 4", "4, 9", "f(a), 4", "(a, b)"])
def test_parts_need_two_labels(text: str) -> None:
    assert read(text) != read("(a) 4; (b) 9")
