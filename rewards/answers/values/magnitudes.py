"""Approximate size of a constant, as a float: for ordering values, never for calling them equal."""

from __future__ import annotations

import math

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.values.evaluation import Evaluation

__all__ = ["magnitude"]

_CONSTANTS = {"pi": math.pi, "e": math.e, "infinity": math.inf}


def magnitude(node: s.Node) -> float | None:
    """The approximate value of a real constant; infinite for infinity, None for all else.

    >>> magnitude(s.Root(s.Number(2)))
    1.4142135623730951
    >>> magnitude(s.Symbol("x")) is None
    True
    """
    try:
        value = _SIZES.of(node)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return None if math.isnan(value) else value


class _Sizes(Evaluation[float]):
    """Evaluation to floats; raises ValueError for what has no real value."""

    __slots__ = ()

    def outside(self, node: s.Node) -> float:
        raise ValueError(type(node).__name__)

    def number(self, value: s.Exact) -> float:
        return float(value)

    def constant(self, node: s.Constant) -> float:
        value = _CONSTANTS.get(node.name)
        return self.outside(node) if value is None else value

    def sum(self, node: s.Sum) -> float:
        return math.fsum(map(self.of, node.terms))

    def power(self, node: s.Power) -> float:
        base = self.of(node.base)
        exponent = node.exponent.value if isinstance(node.exponent, s.Number) else None
        if base < 0 and exponent is not None and exponent.denominator % 2:
            size = float((-base) ** float(exponent))
            return -size if exponent.numerator % 2 else size
        found = base ** self.of(node.exponent)
        if isinstance(found, complex):
            raise ValueError  # noqa: TRY004 - no real value, whatever its type
        return float(found)

    def absolute(self, node: s.Absolute) -> float:
        return abs(self.of(node.operand))

    def apply(self, node: s.Apply) -> float:
        row = FUNCTIONS.get(node.function)
        if node.function == "log" and node.base is not None:
            return math.log(self.of(node.arguments[0])) / math.log(self.of(node.base))
        if row is None or row.size is None or node.base is not None:
            return self.outside(node)
        return float(row.size(*map(self.of, node.arguments)))


_SIZES = _Sizes()
