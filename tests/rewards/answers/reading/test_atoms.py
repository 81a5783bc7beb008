"""Atoms: roots, absolute values, sums and integrals, sets and matrices."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y, K = s.Symbol("x"), s.Symbol("y"), s.Symbol("k")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    r"\sqrt[3]{x}": s.Root(X, THREE),
    "|x|": s.Absolute(X),
    "|x||y|": s.Product((s.Absolute(X), s.Absolute(Y))),
    "1010_2": s.BaseNumeral("1010", 2),
    r"\sum_{k=1}^{3} k": s.BigOperator("sum", K, K, ONE, THREE),
    r"\int_1^2 x\,dx": s.BigOperator("integral", X, X, ONE, TWO),
    r"\lim_{x\to 1} x": s.BigOperator("limit", X, X, ONE),
    r"\{1,2\}": s.SetOf((ONE, TWO)),
    r"\{x \mid x > 1\}": s.SetBuilder(X, s.Relation((X, ONE), (">",))),
    r"\begin{pmatrix}1&2\\3&x\end{pmatrix}": s.Matrix(((ONE, TWO), (THREE, X))),
}


@pytest.mark.parametrize("text", TREES)
def test_atoms_are_read_as_one_node(text: str) -> None:
    assert read(text) == TREES[text]
