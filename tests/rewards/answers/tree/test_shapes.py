"""Shapes of trees, whatever their values."""

from __future__ import annotations

import pytest
from expressions import expression

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s
from rewards.answers.tree.shapes import (
    as_choice,
    decimal_places,
    in_base_ten,
    is_infinite,
    is_literal,
    is_numeral,
    is_numeric,
    mixed_number,
)


@pytest.mark.parametrize(
    ("text", "numeric", "literal", "numeral"),
    [
        ("2", True, True, True),
        ("-1", True, True, True),
        (r"\frac12", True, True, True),
        (r"3\pi", True, True, False),
        ("1+2", True, False, False),
        ("5!", True, False, False),
        ("x", False, False, False),
    ],
)
def test_is_numeric_is_literal_and_is_numeral_go_by_form(
    text: str, *, numeric: bool, literal: bool, numeral: bool
) -> None:
    node = expression(text)
    assert is_numeric(node) is numeric
    assert is_numeral(node) is numeral
    assert is_literal(node) is literal


@pytest.mark.parametrize(
    ("text", "infinite"), [(r"\infty", True), (r"-\infty", True), ("5", False), ("x", False)]
)
def test_is_infinite_knows_both_signs(text: str, *, infinite: bool) -> None:
    assert is_infinite(expression(text)) is infinite


@pytest.mark.parametrize(
    ("numeral", "number"), [("1010_2", 10), (r"\mathrm{FF}_{16}", 255), ("204_5", 54), ("7", 7)]
)
def test_in_base_ten_is_the_number(numeral: str, number: int) -> None:
    assert in_base_ten(expression(numeral)) == s.Number(number)


@pytest.mark.parametrize(
    ("whole", "part", "text"),
    [("2", r"\frac12", r"\frac52"), ("2", r"\frac32", None), ("x", r"\frac12", None), ("2", "3", None)],
)
def test_mixed_number_takes_a_proper_fraction_alone(whole: str, part: str, text: str | None) -> None:
    found = mixed_number(expression(whole), expression(part))
    if text is None:
        assert found is None
    else:
        assert found == expression(r"2\frac12")


@pytest.mark.parametrize(("text", "places"), [("3.140", 3), ("4.7e-3", 4), ("3", None), (r"\frac12", None)])
def test_decimal_places_are_those_written(text: str, places: int | None) -> None:
    assert decimal_places(expression(text)) == places


@pytest.mark.parametrize(
    ("text", "letters"), [("A", ("A",)), ("A, C, D", ("A", "C", "D")), ("x^2", None), ("5", None)]
)
def test_as_choice_takes_plain_letters(text: str, letters: tuple[str, ...] | None) -> None:
    node = read(text)
    assert isinstance(node, s.Node)
    found = as_choice(node)
    assert (found and found.letters) == letters
