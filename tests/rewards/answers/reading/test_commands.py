"""Commands, functions and operators with what they apply to."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s

X, K = s.Symbol("x"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    r"\frac{1}{2}": s.Quotient(ONE, TWO),
    r"\frac12x": s.Product((s.Quotient(ONE, TWO), X)),
    r"\frac123": None,
    r"\frac xk": s.Quotient(X, K),
    r"\frac xkx": s.Product((s.Quotient(X, K), X)),
    r"\sqrt[3]{x}": s.Root(X, THREE),
    r"\sum_{k=1}^{3} k": s.BigOperator("sum", K, K, ONE, THREE),
    r"\int_1^2 x\,dx": s.BigOperator("integral", X, X, ONE, TWO),
    r"\lim_{x\to 1} x": s.BigOperator("limit", X, X, ONE),
    r"\lim_{x\to 1^+} x": s.BigOperator("limit", X, X, ONE, side=1),
    r"\lim_{x\to 1^{-}} x": s.BigOperator("limit", X, X, ONE, side=-1),
    r"\lim_{x\to k^2} x": s.BigOperator("limit", X, X, s.Power(K, TWO)),
    r"\sum_{k=1^+}^{3} k": None,
    "1^+": None,
    r"\sin^2 2x": s.Power(s.Apply("sin", (s.Product((TWO, X)),)), TWO),
    r"\sin^{-1} x": s.Apply("arcsin", (X,)),
    r"\log_2 x": s.Apply("log", (X,), TWO),
}


@pytest.mark.parametrize("text", TREES)
def test_commands_are_read_with_their_arguments(text: str) -> None:
    wanted = TREES[text]
    assert read(text) == wanted if wanted is not None else isinstance(read(text), Unread)
