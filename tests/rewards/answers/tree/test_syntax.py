"""Ways through a tree."""

from __future__ import annotations

import pytest

from rewards.answers.notation.symbols import ROWS
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.reader import Unread, read
from rewards.answers.tree import syntax as s
from rewards.answers.tree.syntax import children, holds, walk


def tree(text: str) -> s.Node:
    node = read(text)
    assert isinstance(node, s.Node)
    return node


@pytest.mark.parametrize(
    "text", ["x", r"\frac{x+1}{2y}", r"\sum_{k=1}^{3} k", r"\begin{pmatrix}1&2\\3&x\end{pmatrix}", "x<1"]
)
def test_walk_gives_parents_before_their_children(text: str) -> None:
    found = walk(tree(text))
    assert found[0] == tree(text)
    assert len(found) == 1 + sum(len(walk(child)) for child in children(found[0]))


def test_children_come_in_the_order_they_were_written() -> None:
    x, y, two = s.Symbol("x"), s.Symbol("y"), s.Number(2)
    assert children(tree("x+2+y")) == (x, two, y)
    assert children(s.Negate(x)) == (x,)
    assert children(s.Matrix(((x, two), (two, y)))) == (x, two, two, y)
    assert children(s.Apply("log", (x,), two)) == (x, two)
    assert children(s.BigOperator("limit", x, y, two)) == (x, y, two)
    assert children(two) == ()


@pytest.mark.parametrize(
    ("text", "kind", "there"),
    [("x+2", s.Number, True), ("x+y", s.Number, False), (r"\sqrt{2}", s.Root, True)],
)
def test_holds_looks_at_every_depth(text: str, kind: type[s.Node], *, there: bool) -> None:
    assert holds(tree(text), kind) is there
    assert holds(s.Negate(s.Negate(tree(text))), kind) is there  # type: ignore[arg-type]


def test_operators_joints_and_operations_are_those_of_the_notation() -> None:
    signs = {kind: {row.value for row in ROWS if row.kind == kind} for kind in (Kind.REL, Kind.BIG)}
    assert signs[Kind.REL] <= s.OPERATORS.keys()
    assert signs[Kind.BIG] - {"union"} == s.OPERATIONS.keys()  # a union over an index is a set of its own
    assert {",", ";", "or", "and"} == s.JOINTS.keys()


@pytest.mark.parametrize(
    ("text", "operator"), [(r"x\not\equiv y", "not equiv"), (r"x\not<y", ">="), (r"x\not\propto y", None)]
)
def test_operators_of_denied_relations_are_known_or_not_understood(text: str, operator: str | None) -> None:
    node = read(text)
    assert isinstance(node, Unread) if operator is None else node.operators == (operator,)  # type: ignore[union-attr]
