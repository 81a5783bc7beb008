"""Units of measure: their names, and what one is worth in another."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from rewards.answers.comparing.compare import compare
from rewards.answers.notation.units import (
    conversion,
    factor,
    is_unit,
    prefixed,
    unit_name,
    unit_of,
    unit_text,
)
from rewards.verdict import Status

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
    "words",
    [
        ("cm", "centimeter", "centimeters", "Centimetres"),
        ("h", "hour", "hours", "hrs"),
        ("kg", "kilogram", "Kilograms", "kilos", "公斤"),
        ("µm", "μm", "um", "micrometers", "micrometre", "microns"),
        ("kΩ", "k\u2126", "kilohms", "kiloohm"),
        ("ms", "milliseconds", "millisecond"),
        ("MB", "megabytes"),
        ("MW", "megawatts"),
        ("mL", "ml", "millilitres"),
        ("penny", "pence"),
    ],
)
def test_unit_name_is_one_for_all_spellings(words: tuple[str, ...]) -> None:
    assert all(map(is_unit, words))
    assert {unit_name(word) for word in words} == {words[0]}


def test_unit_text_is_one_for_every_order_of_factors() -> None:
    factors = [("kg", 1), ("m", 2), ("s", -2)]
    assert len({unit_text(list(order)) for order in itertools.permutations(factors)}) == 1


@pytest.mark.parametrize(
    ("one", "many"),
    [
        *(
            ("apple", "apples"),
            ("box", "boxes"),
            ("class", "classes"),
            ("bus", "buses"),
            ("puppy", "puppies"),
        ),
        *(("movie", "movies"), ("knife", "knives"), ("glove", "gloves"), ("leaf", "leaves")),
        *(("potato", "potatoes"), ("house", "houses"), ("child", "children"), ("woman", "women")),
    ],
)
def test_unit_name_is_one_for_singular_and_plural(one: str, many: str) -> None:
    assert unit_name(one) == unit_name(many)
    assert not is_unit(one)


@pytest.mark.parametrize("words", [("m", "M"), ("mW", "MW"), ("k", "K"), ("plane", "plan"), ("bus", "bun")])
def test_unit_name_tells_other_things_apart(words: tuple[str, str]) -> None:
    assert unit_name(words[0]) != unit_name(words[1]) or not all(map(is_unit, words))


@pytest.mark.parametrize(
    ("unit", "other", "expected"),
    [
        ("deg", "rad", (Fraction(1, 180), 1)),
        ("rad", "deg", (180, -1)),
        ("%", "1", (Fraction(1, 100), 0)),
        ("cent", "USD", (Fraction(1, 100), 0)),
        ("cc", "cm^3", (1, 0)),
        ("kΩ", "Ω", (1000, 0)),
        ("deg", "1", None),
    ],
)
def test_factor_knows_powers_of_pi(unit: str, other: str, expected: tuple[Fraction, int] | None) -> None:
    assert factor(unit, other) == expected


def test_unit_of_says_which_policy_lets_it_be_left_out() -> None:
    rows = [unit_of(symbol) for symbol in ("%", "deg", "kJ")]
    assert [row.policy for row in rows if row] == ["optional_percent", "optional_units", "optional_units"]
    assert unit_of("apple") is None


def test_prefixed_joins_greek_letters_alone() -> None:
    assert prefixed("mu", "g") == "µg"
    assert prefixed("M", "Omega") == "MΩ"
    assert prefixed("m", "g") is None
    assert prefixed("mu", "Omega") is None


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"5 \times 10^{-6} \text{ m}", r"5\text{ μm}"),
        (r"5 \times 10^{-6} \text{ m}", r"5\,\mu\text{m}"),
        (r"5000 \text{ ohms}", r"5 k\Omega"),
        (r"5 \text{ ohms}", r"5 \Omega"),
        (r"3 \text{ s}", r"3000 \text{ milliseconds}"),
        (r"3 \text{ cm}^3", r"3\text{ cc}"),
    ],
)
def test_units_are_equal_in_other_spellings(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is Status.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"5 \times 10^{-6} \text{ m}", r"5\text{ mm}"),
        (r"5 \text{ ohms}", r"5 \omega"),
        (r"5 \text{ ohms}", r"5 k\Omega"),
        (r"3 \text{ s}", r"3 \text{ milliseconds}"),
        (r"3 \text{ m}^3", r"3\text{ cc}"),
        (r"3 \text{ kg}", r"3 \text{ megagrams}"),
    ],
)
def test_units_of_another_size_differ(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is not Status.CORRECT
