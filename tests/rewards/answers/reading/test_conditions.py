"""Conditions in words, and the symbols that say the same."""

from __future__ import annotations

import pytest

from rewards.answers.reading.conditions import CONDITIONS, Condition, with_symbols
from rewards.answers.reading.reader import Unread, read
from rewards.answers.reading.tokens import tokenize


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.reason)
def test_condition_example_reads_as_its_symbols(condition: Condition) -> None:
    words, symbols = condition.example
    assert read(words) == read(symbols)
    assert not isinstance(read(words), Unread)


@pytest.mark.parametrize(
    ("words", "symbols"),
    [
        (r"$bx + c$ for any real constant $c$", r"bx + c, c \in \mathbb{R}"),
        (r"2k\pi (k any integer)", r"2k\pi, k \in \mathbb{Z}"),
        (r"2k\pi, k an integer", r"2k\pi, k \in \mathbb{Z}"),
        (r"a_n = 2n \text{ (where n is a positive integer)}", r"a_n = 2n, n \in \mathbb{Z}, n > 0"),
        (r"f(x) = x \text{ for non-negative integers } x", r"f(x) = x, x \in \mathbb{Z}, x \ge 0"),
        (r"x = 2k\pi，其中k为整数", r"x = 2k\pi, k \in \mathbb{Z}"),
        (r"f(x) = bx，任意实数b", r"f(x) = bx, b \in \mathbb{R}"),
        (r"a_n = n, n = 1, 2, 3, \ldots", r"a_n = n, n \in \mathbb{Z}, n \ge 1"),
        (r"\{x \mid x \ne k\pi \text{ for all integers } k\}", r"\{x \mid x \ne k\pi, k \in \mathbb{Z}\}"),
        (r"\bigcup_{k \in \mathbb{Z}} (k\pi, k\pi + 1)", r"(k\pi, k\pi + 1), k \in \mathbb{Z}"),
        (r"bx, b \in \mathbf{R}^+", r"bx, b \in \mathbb{R}^+"),
        (r"f(x) = ax, a \text{ is a constant}", r"f(x) = ax \text{ for some constant } a"),
    ],
)
def test_condition_in_words_reads_as_symbols(words: str, symbols: str) -> None:
    assert read(words) == read(symbols)


@pytest.mark.parametrize(
    "text",
    [
        r"18 \text{ integers}",
        r"x = 0 \text{ is the only real number}",
        r"2k\pi \text{ for all even integers } k",
        r"2k\pi \text{ unless } k \text{ is an integer}",
        r"2k\pi, k \text{ is not an integer}",
        r"a_n = n, n = 1, 2, 4, \ldots",
        r"bx \text{ for all real complex } b",
        r"k \text{ is an integer}",
    ],
)
def test_words_of_no_condition_stay_as_they_are(text: str) -> None:
    tokens = tokenize(text)
    assert with_symbols(tokens) == tokens


def test_conditions_are_found_in_linear_time() -> None:
    tokens = tokenize(r"x" + r" \text{ for all } a, b, c," * 900)
    assert len(with_symbols(tokens)) < 4 * len(tokens)


@pytest.mark.parametrize(
    ("words", "symbols"),
    [
        (r"2k\pi \text{ for any integer value of } k", r"2k\pi, k \in \mathbb{Z}"),
        (r"2k\pi, k = \ldots, -1, 0, 1, 2, \ldots", r"2k\pi, k \in \mathbb{Z}"),
        (r"2k\pi, k \in \{0, \pm 1, \pm 2, \ldots\}", r"2k\pi, k \in \mathbb{Z}"),
        (r"bx \text{ for any } x \text{ and some constant } b", r"bx \text{ for any } x, b \text{ constant}"),
        (r"a_n = n (n ∈ N*)", r"a_n = n, n \in \mathbb{N}^*"),
        (r"a_n = n (n \in \mathbf{N}_{+})", r"a_n = n, n \in \mathbb{N}^+"),
        (r"2k\pi，其中k∈Z", r"2k\pi, k \in \mathbb{Z}"),
    ],
)
def test_conditions_in_rarer_words_and_marks_read_as_symbols(words: str, symbols: str) -> None:
    assert read(words) == read(symbols)
