"""Functions applied to arguments."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X = s.Symbol("x")
TWO = s.Number(2)

TREES = {
    r"\sin^2 2x": s.Power(s.Apply("sin", (s.Product((TWO, X)),)), TWO),
    r"\sin^{-1} x": s.Apply("arcsin", (X,)),
    r"\log_2 x": s.Apply("log", (X,), TWO),
    "f(x)": s.Call(s.Symbol("f"), (X,)),
    "f'(x)": s.Call(s.Symbol("f", primes=1), (X,)),
}


@pytest.mark.parametrize("text", TREES)
def test_applications_are_read_as_functions_of_their_arguments(text: str) -> None:
    assert read(text) == TREES[text]
