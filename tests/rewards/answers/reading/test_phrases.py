"""Choices, set phrases and other words."""

# ruff: noqa: FBT003 - explicit or not is what a choice is

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.reading.phrases import ROWS, Phrase, words_of
from rewards.answers.reading.reader import Unread, read
from rewards.answers.reading.tokens import Token, tokenize
from rewards.answers.tree import syntax as s
from rewards.verdict import Status

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


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_phrases_build_their_examples(row: Phrase) -> None:
    tokens = tokenize(row.example)
    built = [
        other.name
        for other in ROWS
        if _fits(other, tokens) and other.build(tokens, lambda _: THREE) is not None
    ]
    assert built[0] == row.name
    assert not isinstance(read(row.example), Unread)


def _fits(row: Phrase, tokens: list[Token]) -> bool:
    return tokens[0].kind in row.kinds and row.sizes[0] <= len(tokens) - 1 <= row.sizes[1]


EQUAL: Table = {
    "announcements": [
        ("5", [r"\text{The answer is } 5", "Answer: 5", r"\text{So, } 5", r"\text{Solution: } 5"])
    ],
    "statements": [("①③④", ["(1)(3)(4)"]), ("(1)(3)", ["①③", r"(1)\,(3)"])],
    "times": [("08:32", ["8:32 am", "08:32"]), ("3:05 pm", ["15:05", r"3:05\text{ p.m.}", "3:05PM"])],
}

DIFFERENT: Table = {
    "announcements": [("5", [r"\text{The answer is not } 5", "Question: is 5"])],
    "statements": [("(1)(3)(4)", ["(3)(4)", "12", "(1)(3)", "(1)(3)(5)"]), ("6", ["(2)(3)"])],
    "times": [("08:32", ["0.25", "1:4", "1/4"]), ("25:07", ["25:08"])],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_phrases_are_accepted_in_other_dress(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_phrases_are_refused_where_they_say_something_else(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is not Status.CORRECT, decision.reason


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
