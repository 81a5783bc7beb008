"""Runs of letters: products, names with marks, and names of geometry."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO = s.Number(1), s.Number(2)

TREES = {
    "xy": s.Product((X, Y)),
    "x_1": s.Symbol("x", (ONE,)),
    r"\vec{a}": s.Symbol("a", (), "vec"),
    r"\angle ABC": s.Symbol("ABC", (), "angle"),
    "C_5^2": s.Binomial(s.Number(5), TWO),
}


@pytest.mark.parametrize("text", TREES)
def test_letters_are_read_as_products_and_names(text: str) -> None:
    assert read(text) == TREES[text]
