"""Exact rational values, with every size bounded before it is reached."""

from __future__ import annotations

from fractions import Fraction
from math import comb, factorial, prod

import pytest
from expressions import expression
from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.values import exact
from rewards.answers.values.exact import NoValue, ValueTooBig, both, rational


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\frac{5!}{7}", Fraction(120, 7)),
        (r"\binom{5}{2}+2^{-2}", Fraction(41, 4)),
        (r"\sqrt{\frac{4}{9}}", Fraction(2, 3)),
        (r"\sqrt2", None),
        ("x+1", None),
        (r"7^{2023}\bmod100", 43),
        (r"(7^{2023}+3^{2023})\bmod10", 0),
        (r"(2^{10^{30}}\cdot5-3)\bmod7", (pow(2, 10**30, 7) * 5 - 3) % 7),
        (r"\frac72\bmod3", Fraction(1, 2)),
        (r"\pi", None),
    ],
)
def test_rational_is_exact_or_none(text: str, value: Fraction | None) -> None:
    assert rational(expression(text)) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("9^{9^9}", ValueTooBig),
        ("(10^9)!", ValueTooBig),
        (r"\frac{1}{0}", NoValue),
        ("0^0", NoValue),
        ("(-1)!", NoValue),
    ],
)
def test_rational_refuses_what_has_no_value_it_can_hold(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rational(expression(text))


@given(st.fractions(-20, 20, max_denominator=20).filter(bool), st.integers(-8, 8))
def test_power_is_that_of_python(base: Fraction, exponent: int) -> None:
    assert exact.power(base, exponent) == base**exponent


@given(st.fractions(0, 20, max_denominator=20), st.integers(1, 5))
def test_root_undoes_a_power(base: Fraction, index: int) -> None:
    assert exact.root(base**index, index) == base


@given(st.integers(0, 40), st.integers(0, 40))
def test_factorial_and_binomial_are_those_of_python(upper: int, lower: int) -> None:
    assert exact.factorial(upper) == factorial(upper)
    assert exact.factorial(upper, 2) == prod(range(upper, 0, -2))
    assert exact.binomial(upper, lower) == comb(upper, lower)


def test_both_raises_the_more_severe_error_of_the_two_sides() -> None:
    def too_big() -> int:
        raise ValueTooBig

    def without_value() -> int:
        raise NoValue

    assert both(lambda: 1, lambda: 2) == (1, 2)
    for sides in ((too_big, without_value), (without_value, too_big)):
        with pytest.raises(NoValue):
            both(*sides)
