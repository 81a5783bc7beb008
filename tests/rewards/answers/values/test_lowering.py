"""Kinds of nodes that are short for others."""

from __future__ import annotations

import pytest
from expressions import expression

from rewards.answers.tree import syntax as s
from rewards.answers.values.lowering import LOWERED, lowered
from rewards.answers.values.symbols import equal_expressions


@pytest.mark.parametrize(
    ("short", "long", "other"),
    [
        (r"50\%", r"\frac{50}{100}", "50"),
        (r"90^\circ", r"\frac{90\pi}{180}", r"\frac{90\pi}{360}"),
        ("1010_2", "10", "1010"),
        (r"x\%", r"\frac{x}{100}", "x"),
        (r"\sqrt[3]{x+1}", r"(x+1)^{1/3}", r"(x+1)^{1/2}"),
        (r"\sqrt[n]{5}", r"5^{1/n}", r"5^n"),
    ],
)
def test_lowered_has_the_same_value(short: str, long: str, other: str) -> None:
    node = expression(short)
    assert type(node) in LOWERED
    assert type(lowered(node)) not in LOWERED
    for one in (node, lowered(node)):
        assert equal_expressions(one, expression(long)) is True
        assert equal_expressions(one, expression(other)) is False


@pytest.mark.parametrize("text", ["5", "2^{1/2}", "x+1", r"\sin x"])
def test_lowered_leaves_primitive_nodes_alone(text: str) -> None:
    assert lowered(expression(text)) is expression(text)


def test_lowered_tells_a_unit_from_an_unknown() -> None:
    metres = s.Quantity(s.Number(5), "m")
    assert equal_expressions(metres, s.Sum((s.Quantity(s.Number(2), "m"), s.Quantity(s.Number(3), "m"))))
    for other in (s.Product((s.Number(5), s.Symbol("m"))), s.Quantity(s.Number(5), "km"), s.Number(5)):
        assert equal_expressions(metres, other) is False
