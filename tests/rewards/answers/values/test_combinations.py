"""Rational combinations of constants, for 0 and for each next integer."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import PI, Expr, Node, Symbol
from rewards.answers.values.combinations import Combination, linear, same
from rewards.answers.values.symbols import equal_expressions

K = Symbol("k")


def of(text: str) -> tuple[Combination, Combination] | None:
    node = read(text)
    assert isinstance(node, Node)
    return linear(node, K)


@pytest.mark.parametrize(
    ("text", "start", "step"),
    [
        ("5k-3", {(): -3}, {(): 5}),
        (r"\frac{\pi}{4}+2k\pi", {(PI,): Fraction(1, 4)}, {(PI,): 2}),
        (r"\frac{\pi}{4}(2k+1)", {(PI,): Fraction(1, 4)}, {(PI,): Fraction(1, 2)}),
        (r"k \cdot 360^\circ - 30^\circ", {(PI,): Fraction(-1, 6)}, {(PI,): 2}),
        (r"-(k - \frac{1}{2})", {(): Fraction(1, 2)}, {(): -1}),
        (r"\pi - \pi", {}, {}),
    ],
)
def test_linear_gives_the_start_and_the_step(
    text: str, start: dict[object, Fraction], step: dict[object, Fraction]
) -> None:
    found = of(text)
    assert found is not None
    assert (found[0].terms, found[1].terms) == (start, step)


@pytest.mark.parametrize("text", ["k^2", "k(k+1)", r"\frac{1}{k}", "2k + x", "i k", r"\sin k", "2^k"])
def test_linear_refuses_all_that_is_not_linear(text: str) -> None:
    assert of(text) is None


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (r"\sqrt{8} + k", r"2\sqrt{2} + k", True),
        (r"\sqrt{8} + k", r"3\sqrt{2} + k", False),
        (r"30^\circ", r"\frac{\pi}{6}", True),
        (r"\pi", "3", False),
    ],
)
def test_same_compares_atoms_by_value(one: str, other: str, verdict: bool) -> None:  # noqa: FBT001 - a row of the table
    first, second = of(one), of(other)
    assert first is not None
    assert second is not None
    assert same(first[0], second[0], equal_expressions) is verdict


def test_combination_of_an_infinite_constant_has_no_size() -> None:
    found = of(r"\infty + k")
    assert found is not None
    assert found[0].about != found[0].about


def test_expression_of_a_combination_is_the_same_value() -> None:
    found = of(r"\frac{\pi}{4} + \sqrt{2} - 3")
    assert found is not None
    tree = found[0].expression()
    assert isinstance(tree, Expr)
    again = linear(tree, K)
    assert again is not None
    assert again[0].terms == found[0].terms


def test_linear_bounds_the_size_of_its_numbers() -> None:
    assert of("k" + r"\cdot 99999999999999999999" * 12) is None
