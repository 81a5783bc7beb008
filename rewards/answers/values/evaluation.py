"""Evaluating an expression node by node, in any arithmetic.

A subclass is an arithmetic: how numbers are made, added, multiplied, negated and divided, and a method for
each further kind of node that it knows, by the name in :data:`METHODS`. The kinds that it does not know go to
its :meth:`~Evaluation.outside`; :data:`~.lowering.LOWERED` ones are evaluated as what they are short for.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from rewards.answers.tree import syntax as s
from rewards.answers.values.lowering import LOWERED

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["METHODS", "Evaluation"]

METHODS: Final[dict[type[s.Node], str]] = {
    s.Number: "literal",
    s.Constant: "constant",
    s.Symbol: "symbol",
    s.Sum: "sum",
    s.Negate: "negation",
    s.PlusMinus: "plus_minus",
    s.Product: "product",
    s.Quotient: "quotient",
    s.Power: "power",
    s.Factorial: "factorial",
    s.Binomial: "binomial",
    s.Absolute: "absolute",
    s.Apply: "apply",
    s.Call: "call",
    s.BigOperator: "big_operator",
    s.Matrix: "matrix",
    s.Dots: "dots",
}
"""The method that evaluates each primitive kind of node."""

Value = TypeVar("Value")


class Evaluation(ABC, Generic[Value]):
    """One evaluation by rules, of one expression or of several.

    >>> class Floats(Evaluation[float]):
    ...     def number(self, value):
    ...         return float(value)
    ...
    ...     def outside(self, node):
    ...         raise ValueError(type(node).__name__)
    >>> Floats().of(s.Sum((s.Number(1), s.Percent(s.Number(50)))))
    1.5
    """

    __slots__ = ("bound", "integers")

    integers: dict[s.Symbol, int]
    """The whole values of unknowns, in an arithmetic that has them."""
    bound: dict[s.Symbol, int]
    """The values of the variables that sums and products run over."""
    rules: ClassVar[dict[type[s.Node], Callable[..., Any]]]
    """The rule for each kind of node that is known, lowered ones included."""

    def __init_subclass__(cls) -> None:
        known = {kind: rule for kind, name in METHODS.items() if (rule := getattr(cls, name, None))}
        cls.rules = known | dict.fromkeys(LOWERED, cls._lowered)

    @abstractmethod
    def number(self, value: s.Exact) -> Value:
        """The value of a rational number."""

    @abstractmethod
    def outside(self, node: s.Node) -> Value:
        """The value of a node of a kind without a rule; raise an error where it has none."""

    def of(self, node: s.Node) -> Value:
        """The value of a node, by the rule for its kind."""
        rule = self.rules.get(type(node))
        found: Value = self.outside(node) if rule is None else rule(self, node)
        return found

    def add(self, left: Value, right: Value) -> Value:
        """The sum of two values."""
        found: Value = operator.add(left, right)
        return found

    def multiply(self, left: Value, right: Value) -> Value:
        """The product of two values."""
        found: Value = operator.mul(left, right)
        return found

    def negate(self, value: Value) -> Value:
        """The value with the other sign."""
        found: Value = operator.neg(value)  # type: ignore[arg-type]  # a subclass without it has its own
        return found

    def divide(self, above: Value, below: Value) -> Value:
        """The quotient of two values."""
        found: Value = operator.truediv(above, below)
        return found

    def literal(self, node: s.Number) -> Value:
        """The value of a literal number."""
        return self.number(node.value)

    def sum(self, node: s.Sum) -> Value:
        """The value of a sum, from left to right."""
        terms = node.terms
        total = self.of(terms[0])
        for term in terms[1:]:
            total = self.add(total, self.of(term))
        return total

    def product(self, node: s.Product) -> Value:
        """The value of a product, from left to right."""
        factors = node.factors
        total = self.of(factors[0])
        for factor in factors[1:]:
            total = self.multiply(total, self.of(factor))
        return total

    def over(self, node: s.BigOperator, variable: s.Symbol, values: range) -> Value:
        """The value of a sum or product over whole values of its variable, term by term."""
        integers, bound = self.integers, self.bound
        total, join = (self.number(0), self.add) if node.kind == "sum" else (self.number(1), self.multiply)
        try:
            for value in values:
                self.integers = {**integers, variable: value}
                self.bound = {**bound, variable: value}
                total = join(total, self.of(node.body))
        finally:
            self.integers, self.bound = integers, bound
        return total

    def negation(self, node: s.Negate) -> Value:
        """The value of a negated node."""
        return self.negate(self.of(node.operand))

    def quotient(self, node: s.Quotient) -> Value:
        """The value of a quotient."""
        return self.divide(self.of(node.numerator), self.of(node.denominator))

    def _lowered(self, node: s.Expr) -> Value:
        return self.of(LOWERED[type(node)](node))
