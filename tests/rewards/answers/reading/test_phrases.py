"""Choices, set phrases and other words."""

# ruff: noqa: FBT003 - explicit or not is what a choice is

from __future__ import annotations

import pytest

from rewards.answers.reading.phrases import words_of
from rewards.answers.reading.reader import read
from rewards.answers.reading.tokens import tokenize
from rewards.answers.tree import syntax as s

THREE = s.Number(3)

TREES = {
    "(B)": s.Choice(("B",)),
    "B. 3": s.Choice(("B",), THREE),
    "ABD": s.Choice(("A", "B", "D"), None, False),
    "Monday": s.Text("monday"),
}


@pytest.mark.parametrize("text", TREES)
def test_phrases_are_read_as_choices_and_texts(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"\text{The Second Player wins.}", "second player wins"),
        ("Monday", "monday"),
        (r"\textbf{no   solution}", "no solution"),
    ],
)
def test_words_of_an_answer_are_plain(text: str, words: str) -> None:
    assert words_of(tokenize(text)) == words
