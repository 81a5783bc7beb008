"""Prose golds are told from names and plain phrases."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.compare import check_gold, compare
from rewards.verdict import Status

PROSE = [
    "The smallest integer k is 2022.",
    "The answer is 7 because 3 + 4 = 7",
    "14 grams each",
    r"\sqrt{2}\ (\text{the answer is not unique})",
    "The solution set is } (0, \n\\infty)",
    "Xiao Zhang hit 8 shots, Xiao Li hit 6 shots.",
    "60^\noperator",
]
PHRASES = [
    "Monday",
    "the second player wins",
    "Player 2 wins",
    r"\text{Due North}",
    r"n \text{ is even}",
    r"PE \text{ is perpendicular to } AB",
    "No, it is not possible to divide the square.",
]


@pytest.mark.parametrize("gold", PROSE)
def test_prose_gold_cannot_be_judged_but_by_the_same_text(gold: str) -> None:
    assert check_gold(gold) is not None
    same, other = compare(gold, gold), compare("2022", gold)
    assert same is not None
    assert other is not None
    assert (same.status, other.status) == (Status.CORRECT, Status.UNPARSEABLE_GOLD)


@pytest.mark.parametrize("gold", PHRASES)
def test_phrase_gold_is_judged_as_text(gold: str) -> None:
    assert check_gold(gold) is None
    same, other = compare(gold.upper() if gold.isalpha() else gold, gold), compare("2022", gold)
    assert same is not None
    assert other is not None
    assert (same.status, other.status) == (Status.CORRECT, Status.INCORRECT)
