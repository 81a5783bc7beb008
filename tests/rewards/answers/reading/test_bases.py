"""Numerals with a base, written with digits, letters or both."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s

NUMERALS = {
    "1010_2": s.BaseNumeral("1010", 2),
    "1010_{2}": s.BaseNumeral("1010", 2),
    "1010_{(2)}": s.BaseNumeral("1010", 2),
    r"(21)_{\text{three}}": s.BaseNumeral("21", 3),
    r"\overline{1221}_3": s.BaseNumeral("1221", 3),
    "FF_{16}": s.BaseNumeral("FF", 16),
    "A_{16}": s.BaseNumeral("A", 16),
    "1C_{16}": s.BaseNumeral("1C", 16),
    "A5_{11}": s.BaseNumeral("A5", 11),
    r"\text{FF}_{16}": s.BaseNumeral("FF", 16),
    r"A_{(16)}": s.BaseNumeral("A", 16),
    "(3A)_{12}": s.BaseNumeral("3A", 12),
    "{77}_8": s.BaseNumeral("77", 8),
}


@pytest.mark.parametrize("text", NUMERALS)
def test_based_reads_digits_with_the_base_under_them(text: str) -> None:
    assert read(text) == NUMERALS[text]


@pytest.mark.parametrize(
    "text", ["12_2", "1_{37}", "8_8", "1_x", "1_{1}", "GG_{16}", "(3A)_{10}", "5_{160}", "A_{13}", "xA_{16}"]
)
def test_based_refuses_digits_that_the_base_lacks(text: str) -> None:
    assert not isinstance(read(text), s.BaseNumeral)


def test_lettered_numeral_leaves_names_with_an_index_alone() -> None:
    assert read("A_2") == s.Symbol("A", (s.Number(2),))
    assert isinstance(read("1_x"), Unread)
