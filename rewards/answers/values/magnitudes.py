"""Approximate size of a constant, as a float: for ordering values, never for calling them equal."""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written

from __future__ import annotations

import math

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s

__all__ = ["magnitude"]


def magnitude(node: s.Node) -> float | None:
    """The approximate value of a real constant; infinite for infinity, None for all else.

    >>> magnitude(s.Root(s.Number(2)))
    1.4142135623730951
    >>> magnitude(s.Symbol("x")) is None
    True
    """
    try:
        value = _value(node)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return None if isinstance(value, complex) or math.isnan(value) else value


def _value(node: s.Node) -> float:
    match node:
        case s.Number(value):
            return float(value)
        case s.Constant("pi"):
            return math.pi
        case s.Constant("e"):
            return math.e
        case s.Constant("infinity"):
            return math.inf
        case s.Negate(operand):
            return -_value(operand)
        case s.Sum(terms):
            return math.fsum(_value(term) for term in terms)
        case s.Product(factors):
            return math.prod(_value(factor) for factor in factors)
        case s.Quotient(above, below):
            return _value(above) / _value(below)
        case s.Power(base, exponent):
            raised = _value(base) ** _value(exponent)
            if isinstance(raised, complex):
                raise ValueError  # noqa: TRY004 - no real value, whatever its type
            return float(raised)
        case s.Root(radicand, index):
            inner, order = _value(radicand), _value(index)
            if inner < 0 and order % 2 == 1:
                return -float((-inner) ** (1 / order))
            if inner < 0:
                raise ValueError
            return float(inner ** (1 / order))
        case s.Absolute(operand):
            return abs(_value(operand))
        case s.Percent(operand):
            return _value(operand) / 100
        case s.Degrees(operand):
            return math.radians(_value(operand))
        case s.BaseNumeral(digits, base):
            return float(int(digits, base))
        case s.Apply("log", (argument,), base) if base is not None:
            return math.log(_value(argument)) / math.log(_value(base))
        case s.Apply(function, arguments, None) if function in FUNCTIONS:
            size = FUNCTIONS[function].size
            if size is None:
                raise ValueError
            return size(*map(_value, arguments))
        case _:
            raise ValueError
