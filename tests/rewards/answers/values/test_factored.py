"""Rational constants of any size by the exponents of their factors."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from expressions import expression
from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.comparing.compare import check_gold, compare
from rewards.answers.tree import syntax as s
from rewards.answers.values.exact import NoValue, ValueTooBig, rational
from rewards.answers.values.factored import equal_constants
from rewards.verdict import Status

EQUAL_AND_NOT = [
    ("2024!", r"2024\cdot2023!", r"2024\cdot2022!"),
    ("2^{10000}", "4^{5000}", "4^{5001}"),
    (r"\binom{2024}{1012}", r"\frac{2024!}{1012!^2}", r"\frac{2024!}{1012!\cdot1011!}"),
    (
        r"\frac{2021055^{2011}-2019044^{2011}}{2011^2}",
        r"2011^{2009}(1005^{2011}-1004^{2011})",
        r"2011^{2009}(1005^{2011}-1003^{2011})",
    ),
    ("2^{20000}-1", "(2^{10000}-1)(2^{10000}+1)", "(2^{10000}-1)^2"),
    (r"\frac{3^{20000}-1}{3^{10000}-1}", "9^{5000}+1", "9^{5000}-1"),
    ("2^{10^6}+2^{999999}+1", r"3\cdot2^{999999}+1", r"3\cdot2^{999999}-1"),
    ("7^{10^6}+5^{10^6}", "49^{500000}+25^{500000}", "12^{10^6}"),
    ("2025!-2024!", r"2024\cdot2024!", "2024!"),
    ("2008!-1", r"2008\cdot2007!-1", r"2008\cdot2007!+1"),
    ("2023!", r"2023!!\cdot2022!!", r"2023!!\cdot2021!!"),
    (r"\sqrt{2^{40000}}", "4^{10000}", "-4^{10000}"),
    (r"\frac{1}{2^{20000}}", r"4^{-10000}", r"4^{10000}"),
    ("(-3)^{20001}", "-3^{20001}", "3^{20001}"),
    (r"1000003^{10^5}\cdot1000033^{10^5}", r"(1000003\cdot1000033)^{10^5}", "1000036000099^{10^5+1}"),
    (r"50\%\cdot2^{20000}", "2^{19999}", "2^{20001}"),
    (r"|-5^{20000}|", "25^{10000}", "-25^{10000}"),
    (r"\frac{2^{20000}}{2^{19990}}", "1024", "1023"),
]


@pytest.mark.parametrize(("one", "same", "other"), EQUAL_AND_NOT)
def test_equal_constants_tells_equal_ones_from_different_ones(one: str, same: str, other: str) -> None:
    first = expression(one)
    assert equal_constants(first, expression(same)) is True
    assert equal_constants(expression(same), first) is True
    assert equal_constants(first, expression(other)) is False
    assert equal_constants(expression(other), first) is False


@pytest.mark.parametrize(
    "text", [r"2^{20000}\pi", "2^{20000}x", r"\sqrt2\cdot2024!", "2^{20000}i", r"(-2)^{1/2}"]
)
def test_equal_constants_of_what_is_not_rational_is_none(text: str) -> None:
    assert equal_constants(expression(text), s.Number(5)) is None


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^9}",
        "9^{9^{9^9}}",
        "10^{10^{10}}",
        "(10^6)!",
        r"\binom{10^9}{5\cdot10^8}",
        r"\frac{1}{7^{10^6}+5^{10^6}}",
        "(7^{10^6}+5^{10^6})^{99}",
        "+".join(
            f"{prime}^{{10^6}}" for prime in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59)
        ),
        r"\cdot".join(f"{number}!" for number in range(60_000, 60_100)),
    ],
)
def test_equal_constants_refuses_what_is_out_of_bounds_soon(text: str) -> None:
    node = expression(text)
    began = time.process_time()
    with pytest.raises(ValueTooBig):
        equal_constants(node, s.Number(5))
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("text", [r"\frac{1}{2^{20000}-4^{10000}}", "(2^{20000}-4^{10000})^0", "(-2024)!"])
def test_equal_constants_of_what_has_no_value_raises(text: str) -> None:
    with pytest.raises(NoValue):
        equal_constants(expression(text), s.Number(5))


def _trees() -> st.SearchStrategy[s.Expr]:
    leaves = st.one_of(
        st.integers(-30, 30).map(s.Number),
        st.integers(0, 12).map(lambda number: s.Factorial(s.Number(number))),
        st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: s.Binomial(*map(s.Number, pair))),
    )

    def grown(parts: st.SearchStrategy[s.Expr]) -> st.SearchStrategy[s.Expr]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            several.map(s.Sum),
            several.map(s.Product),
            st.builds(s.Quotient, parts, parts),
            st.builds(s.Power, parts, st.integers(-3, 4).map(s.Number)),
            st.builds(s.Negate, parts),
            st.builds(s.Root, parts, st.integers(2, 3).map(s.Number)),
        )

    return st.recursive(leaves, grown, max_leaves=8)


def _value(node: s.Expr) -> Fraction | str | None:
    try:
        value = rational(node)
    except (NoValue, ValueTooBig) as error:
        return type(error).__name__
    return None if value is None else Fraction(value)


@given(_trees(), _trees())
def test_equal_constants_agrees_with_exact_values(first: s.Expr, second: s.Expr) -> None:
    values = _value(first), _value(second)
    if any(not isinstance(value, Fraction) for value in values):
        return
    assert equal_constants(first, second) is (values[0] == values[1])
    assert equal_constants(first, s.Number(values[0])) is True  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gold", "answer", "status"),
    [
        ("2024!", r"2024\cdot2023!", Status.CORRECT),
        ("2024!", "5", Status.INCORRECT),
        (r"2^{20000}\pi", r"4^{10000}\pi", Status.CORRECT),
        (r"2^{20000}\pi", r"4^{10001}\pi", Status.INCORRECT),
        (r"\{1,2^{20000}\}", r"\{4^{10000},1\}", Status.CORRECT),
        ("5", "9^{9^9}", Status.RESOURCE_LIMIT),
        (r"7^{2023}\bmod100", "43", Status.CORRECT),
        (r"(7^{2023}+3^{2023})\bmod10", "1", Status.INCORRECT),
    ],
)
def test_compare_of_large_numbers(gold: str, answer: str, status: Status) -> None:
    verdict = compare(answer, gold)
    assert verdict is not None
    assert verdict.status is status


def test_check_gold_grants_large_numbers_that_can_be_compared() -> None:
    assert check_gold("2024!") is None
    assert check_gold("9^{9^9}") == "a power of 1549681956 bits"
