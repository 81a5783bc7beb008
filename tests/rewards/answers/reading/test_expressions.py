"""Expressions: products without a sign, powers, fractions and signs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    r"2\frac{1}{2}": s.Number(Fraction(5, 2)),
    r"\frac{1}{2}": s.Quotient(ONE, TWO),
    r"\frac12x": s.Product((s.Quotient(ONE, TWO), X)),
    "1/2x": s.Product((s.Quotient(ONE, TWO), X)),
    "-x^2": s.Negate(s.Power(X, TWO)),
    "2^3^2": s.Power(TWO, s.Power(THREE, TWO)),
    "x(y+1)": s.Product((X, s.Sum((Y, ONE)))),
    "x!": s.Factorial(X),
    r"50\%": s.Percent(s.Number(50)),
    "37^{\\circ} 30'": s.Degrees(s.Number(Fraction(75, 2))),
    r"1\pm\sqrt{2}": s.Sum((ONE, s.PlusMinus(s.Root(TWO)))),
    r"e^{i\pi}": s.Power(s.E, s.Product((s.I, s.PI))),
}


@pytest.mark.parametrize("text", TREES)
def test_expressions_are_read_by_precedence(text: str) -> None:
    assert read(text) == TREES[text]
