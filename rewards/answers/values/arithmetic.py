"""Evaluating an expression node by node, in any arithmetic whose values know `+`, `-`, `*` and `/`.

A rule for each kind of node; those of the four operations are here, once for balls and for computer algebra.
The fingerprints and the exact values have their own, for their sums are taken modulo a prime or end at the
first term without a value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Arithmetic"]


class Arithmetic(ABC):
    """Evaluation by rules."""

    __slots__ = ()

    @abstractmethod
    def of(self, node: s.Node) -> Any:  # noqa: ANN401 - what the arithmetic at hand computes with is untyped
        """The value of a node, by the rule for its kind."""

    def _sum(self, node: s.Sum) -> Any:  # noqa: ANN401
        total = self.of(node.terms[0])
        for term in node.terms[1:]:
            total = total + self.of(term)
        return total

    def _negate(self, node: s.Negate) -> Any:  # noqa: ANN401
        return -self.of(node.operand)

    def _product(self, node: s.Product) -> Any:  # noqa: ANN401
        total = self.of(node.factors[0])
        for factor in node.factors[1:]:
            total = total * self.of(factor)
        return total

    def _percent(self, node: s.Percent) -> Any:  # noqa: ANN401
        return self.of(node.operand) / 100

    operations: ClassVar[dict[type[s.Node], Callable[..., Any]]] = {
        s.Sum: _sum,
        s.Negate: _negate,
        s.Product: _product,
        s.Percent: _percent,
    }
