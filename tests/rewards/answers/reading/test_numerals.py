"""Literal numbers are read as their exact value."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.answers.reading.numerals import numeral, ordinal_ending, plain_value
from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

TREES = {
    "1,234.50": s.Number(Fraction(2469, 2), 2),
    "4.7e-3": s.Number(Fraction(47, 10000), 4),
    r"0.1\overline{6}": s.Number(Fraction(1, 6)),
}


@pytest.mark.parametrize("text", TREES)
def test_numerals_are_read_as_their_exact_value(text: str) -> None:
    assert read(text) == TREES[text]


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("12", 12),
        ("1.50", Fraction(3, 2)),
        (".5", Fraction(1, 2)),
        ("2e3", 2000),
        ("6.02e-1", Fraction(301, 500)),
        ("0.(3)", Fraction(1, 3)),
        ("0.1(6)", Fraction(1, 6)),
    ],
)
def test_numeral_is_exact(raw: str, value: int | Fraction) -> None:
    assert numeral(raw).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("-1,234.50", Fraction(-2469, 2)),
        (".0", 0),
        ("-2.00", -2),
        ("+.50", Fraction(1, 2)),
        ("1,23", None),
        ("x", None),
        (".", None),
        ("", None),
        ("-", None),
        ("3/4", Fraction(3, 4)),
        (r"\dfrac{6}{3}", 2),
        ("1/0", None),
        ("1/x", None),
        ("1/2/3", None),
    ],
)
def test_plain_value_takes_a_number_or_a_fraction_of_two(text: str, value: int | Fraction | None) -> None:
    assert plain_value(text) == value


def test_ordinal_ending_follows_the_last_digits() -> None:
    endings = {
        1: "st",
        2: "nd",
        3: "rd",
        4: "th",
        11: "th",
        12: "th",
        13: "th",
        21: "st",
        111: "th",
        122: "nd",
    }
    assert {number: ordinal_ending(number) for number in endings} == endings
