"""How far apart different algebraic numbers must be."""

from __future__ import annotations

import itertools

import mpmath
import pytest
from expressions import expression

from rewards.answers.values.separation import height, separation_bits

VALUES = {
    r"\sqrt2": lambda: mpmath.sqrt(2),
    r"\frac{99}{70}": lambda: mpmath.mpf(99) / 70,
    r"\sqrt[3]{3}": lambda: mpmath.cbrt(3),
    r"\frac{1+\sqrt5}{2}": lambda: (1 + mpmath.sqrt(5)) / 2,
    r"\sqrt2+\sqrt3": lambda: mpmath.sqrt(2) + mpmath.sqrt(3),
    "1.41421356": lambda: mpmath.mpf("1.41421356"),
}
"""Algebraic numbers with their values by mpmath, to the precision in force."""


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(VALUES, 2)])
def test_separation_bits_bound_the_distance_from_below(one: str, other: str) -> None:
    bits = separation_bits(expression(one), expression(other))
    assert bits is not None
    with mpmath.workprec(bits + 64):
        assert abs(mpmath.mpf(VALUES[one]()) - VALUES[other]()) >= mpmath.mpf(2) ** -bits


@pytest.mark.parametrize("text", [r"\pi", "e", r"\ln 2", "x"])
def test_separation_bits_are_unknown_where_a_number_is_not_algebraic(text: str) -> None:
    assert separation_bits(expression(r"\sqrt2"), expression(text)) is None


def test_height_grows_with_the_literals() -> None:
    found = [height(expression(f"10^{{-{power}}}")) for power in (5, 50, 500)]
    assert found == sorted(set(found))
