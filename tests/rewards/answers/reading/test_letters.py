"""Runs of letters: products, names with marks, and names of geometry."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO = s.Number(1), s.Number(2)

TREES = {
    "f(x)": s.Call(s.Symbol("f"), (X,)),
    "f'(x)": s.Call(s.Symbol("f", primes=1), (X,)),
    "g(1, 2)": s.Call(s.Symbol("g"), (ONE, TWO)),
    "x_{ab}": s.Symbol("x", (s.Symbol("ab"),)),
    "x_{a+b}": s.Symbol("x", (s.Sum((s.Symbol("a"), s.Symbol("b"))),)),
    r"\vec{\mathbf{a}}": s.Symbol("a", (), "vec"),
    r"\mathbf{i}": s.Symbol("i", (), "unit"),
    r"\mathbf{x}": X,
    "xy": s.Product((X, Y)),
    "x_1": s.Symbol("x", (ONE,)),
    r"\vec{a}": s.Symbol("a", (), "vec"),
    r"\angle ABC": s.Symbol("ABC", (), "angle"),
    "C_5^2": s.Binomial(s.Number(5), TWO),
}


@pytest.mark.parametrize("text", TREES)
def test_letters_are_read_as_products_names_and_calls(text: str) -> None:
    assert read(text) == TREES[text]
