"""Units of measure: their names, and what one is worth in another."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from rewards.answers.notation.units import conversion, is_unit, unit_name, unit_text

LENGTHS = ["mm", "cm", "m", "km", "in", "ft", "mi"]


@pytest.mark.parametrize(("one", "other"), [*itertools.product(LENGTHS, LENGTHS)])
def test_conversion_goes_both_ways(one: str, other: str) -> None:
    there, back = conversion(one, other), conversion(other, one)
    assert there is not None
    assert back is not None
    assert there * back == 1
    assert (there == 1) == (one == other)


@pytest.mark.parametrize(
    ("unit", "other", "factor"),
    [
        ("h", "min", 60),
        ("m*s^-1", "km*h^-1", Fraction(18, 5)),
        ("m^2", "cm^2", 10_000),
        ("m", "s", None),
        ("m", "m^2", None),
        ("USD", "EUR", None),
    ],
)
def test_conversion_is_exact_or_none(unit: str, other: str, factor: int | Fraction | None) -> None:
    assert conversion(unit, other) == factor


@pytest.mark.parametrize(
    "words", [("cm", "centimeter", "centimeters", "Centimetres"), ("h", "hour", "hours", "hrs")]
)
def test_unit_name_is_one_for_all_spellings(words: tuple[str, ...]) -> None:
    assert all(map(is_unit, words))
    assert {unit_name(word) for word in words} == {words[0]}


def test_unit_text_is_one_for_every_order_of_factors() -> None:
    factors = [("kg", 1), ("m", 2), ("s", -2)]
    assert len({unit_text(list(order)) for order in itertools.permutations(factors)}) == 1
