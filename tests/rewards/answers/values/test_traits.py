"""Traits of an expression by its form."""

from __future__ import annotations

import pytest
from expressions import expression

from rewards.answers.values.traits import (
    complex_names,
    counts,
    holds_square,
    is_even,
    is_negative,
    may_be_complex,
    turns,
)


@pytest.mark.parametrize(
    ("text", "negative", "even"),
    [("-2", True, False), ("4", False, True), ("3", False, False), ("x", False, False)],
)
def test_is_negative_and_is_even_are_about_literals(text: str, *, negative: bool, even: bool) -> None:
    node = expression(text)
    assert is_negative(node) is negative
    assert is_even(node) is even


@pytest.mark.parametrize(("text", "varies"), [("x", True), ("x^2+1", False), ("x^3", True), ("5", False)])
def test_turns_is_false_of_sums_of_even_powers(text: str, *, varies: bool) -> None:
    assert turns(expression(text)) is varies


@pytest.mark.parametrize(("text", "square"), [("x^2", True), ("x", False), ("x^2y", True), ("4", False)])
def test_holds_square_finds_an_even_power_of_an_unknown(text: str, *, square: bool) -> None:
    assert holds_square(expression(text)) is square


@pytest.mark.parametrize(("text", "may_be"), [("z+1", True), ("x+1", False)])
def test_may_be_complex_goes_by_the_name(text: str, *, may_be: bool) -> None:
    assert may_be_complex(expression(text)) is may_be


@pytest.mark.parametrize(("text", "whole"), [(r"\lfloor n\rfloor", True), (r"\lfloor x\rfloor", False)])
def test_counts_goes_by_the_names_of_all_unknowns(text: str, *, whole: bool) -> None:
    assert counts(expression(text)) is whole


@pytest.mark.parametrize(
    ("text", "names"), [(r"\Re(z)", {"z"}), (r"\Im(w)+z", {"w"}), (r"\Re(a+bi)", set()), ("z", set())]
)
def test_complex_names_are_those_whose_parts_are_taken(text: str, names: set[str]) -> None:
    assert complex_names(expression(text)) == names
