"""Groups, brackets, bars, sets, matrices."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

X, Y = s.Symbol("x"), s.Symbol("y")
ONE, TWO, THREE = s.Number(1), s.Number(2), s.Number(3)

TREES = {
    "|x|": s.Absolute(X),
    "|x||y|": s.Product((s.Absolute(X), s.Absolute(Y))),
    "{x}_1": s.Symbol("x", (ONE,)),
    r"\lfloor x \rfloor": s.Apply("floor", (X,)),
    r"\begin{cases} 1 & \text{if } x > 1 \\ 2 & x < 1 \end{cases}": s.Listing(
        (
            s.Listing((ONE, s.Relation((X, ONE), (">",)))),
            s.Listing((TWO, s.Relation((X, ONE), ("<",)))),
        ),
        ";",
    ),
    r"\{1,2\}": s.SetOf((ONE, TWO)),
    r"\{x \mid x > 1\}": s.SetBuilder(X, s.Relation((X, ONE), (">",))),
    r"\begin{pmatrix}1&2\\3&x\end{pmatrix}": s.Matrix(((ONE, TWO), (THREE, X))),
}


@pytest.mark.parametrize("text", TREES)
def test_enclosures_are_read_as_one_node(text: str) -> None:
    assert read(text) == TREES[text]
