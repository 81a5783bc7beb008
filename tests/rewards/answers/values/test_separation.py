"""How far apart different algebraic numbers must be."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from expressions import expression

from rewards.answers.values.probes import enclosure
from rewards.answers.values.separation import height, separation_bits

NUMBERS = [r"\sqrt2", r"\frac{99}{70}", r"\sqrt[3]{3}", r"\frac{1+\sqrt5}{2}", r"\sqrt2+\sqrt3", "1.41421356"]


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations(NUMBERS, 2)])
def test_separation_bits_bound_the_distance_from_below(one: str, other: str) -> None:
    bits = separation_bits(expression(one), expression(other))
    assert bits is not None
    ends = enclosure(expression(f"({one})-({other})"), bits + 64)
    assert ends is not None
    assert min(map(abs, ends)) >= Fraction(1, 2**bits)


@pytest.mark.parametrize("text", [r"\pi", "e", r"\ln 2", "x"])
def test_separation_bits_are_unknown_where_a_number_is_not_algebraic(text: str) -> None:
    assert separation_bits(expression(r"\sqrt2"), expression(text)) is None


def test_height_grows_with_the_literals() -> None:
    found = [height(expression(f"10^{{-{power}}}")) for power in (5, 50, 500)]
    assert found == sorted(set(found))
