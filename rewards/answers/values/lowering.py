r"""Notations that are short for others: a row for each kind of node that has no arithmetic of its own.

What evaluates expressions knows the primitive kinds alone, and meets these as what they stand for. A function
that is short for others (`\lg`, `\operatorname{cis}`) stands for them from reading on
(:attr:`~rewards.answers.notation.functions.Function.meaning`).

>>> lowered(s.Percent(s.Number(50)))
Quotient(numerator=Number(value=50, places=None), denominator=Number(value=100, places=None))
>>> lowered(s.BaseNumeral("FF", 16))
Number(value=255, places=None)
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LOWERED", "lowered"]


def _base_numeral(node: s.BaseNumeral) -> s.Expr:
    return s.Number(int(node.digits, node.base))


def _percent(node: s.Percent) -> s.Expr:
    return s.Quotient(node.operand, s.Number(100))


def _degrees(node: s.Degrees) -> s.Expr:
    return s.Quotient(s.Product((node.operand, s.PI)), s.Number(180))


def _root(node: s.Root) -> s.Expr:
    index = node.index
    if isinstance(index, s.Number) and index.value > 0:
        return s.Power(node.radicand, s.Number(Fraction(1) / index.value))
    return s.Power(node.radicand, s.Quotient(s.Number(1), index))


def _quantity(node: s.Quantity) -> s.Expr:
    """A unit is an unknown that no other can have the name of."""
    return s.Product((node.amount, s.Symbol(f"unit {node.unit}")))


LOWERED: Final[dict[type[s.Node], Callable[[Any], s.Expr]]] = {
    s.BaseNumeral: _base_numeral,
    s.Percent: _percent,
    s.Degrees: _degrees,
    s.Root: _root,
    s.Quantity: _quantity,
}
"""The rule for each kind that is short for another."""


def lowered(node: s.Expr) -> s.Expr:
    """The expression that a node is short for; the node itself if it is primitive."""
    rule = LOWERED.get(type(node))
    return node if rule is None else rule(node)
