"""Traits of an expression by its form alone: signs, even powers, complex or whole unknowns.

Cautious guesses for the fingerprints and the probes, which decide by them how to look, never what is equal.
"""

from __future__ import annotations

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import replaced
from rewards.answers.values.exact import rational

__all__ = [
    "complex_names",
    "counts",
    "holds_square",
    "is_even",
    "is_negative",
    "may_be_complex",
    "turns",
    "with_unknown_index",
]

_OF_COMPLEX = frozenset(name for name, row in FUNCTIONS.items() if row.complex)
_COUNTERS = frozenset("nmkNMK")


def with_unknown_index(node: s.BigOperator) -> s.BigOperator:
    """A sum over `i` runs over an unknown `i`, not over the square root of -1.

    >>> with_unknown_index(s.BigOperator("sum", s.I, s.I, s.Number(1), s.Number(3))).body
    Symbol(name='i', index=(), mark='', primes=0)
    """
    index = node.variable
    if not isinstance(index, s.Constant):
        return node
    found = replaced(node, lambda part: s.Symbol(index.name) if part == index else None)
    return found if isinstance(found, s.BigOperator) else node


def is_negative(node: s.Expr) -> bool:
    """Return True if it is a literal number below zero."""
    value = rational(node) if isinstance(node, s.Negate | s.Number | s.Quotient) else None
    return value is not None and value < 0


def turns(node: s.Node) -> bool:
    """Return True if an expression varies and is not plainly nonnegative, as sums of even powers are."""
    if not s.holds(node, s.Symbol):
        return False
    return not _at_least_zero(node)


def _at_least_zero(node: s.Node) -> bool:
    match node:
        case s.Number(value):
            return value >= 0
        case s.Power(_, exponent) if is_even(exponent):
            return True
        case s.Power(base, _):
            return base in {s.E, s.PI} or (isinstance(base, s.Number) and base.value > 0)
        case s.Sum() | s.Product() | s.Quotient():
            return all(_at_least_zero(part) for part in s.children(node))
        case _:
            return node == s.PI or isinstance(node, s.Absolute)


def is_even(node: s.Node) -> bool:
    """Return True if it is a literal even number."""
    return isinstance(node, s.Number) and node.value % 2 == 0


def holds_square(node: s.Node) -> bool:
    """Return True if a root of it may be an absolute value: it holds an even power of an unknown."""
    return any(
        isinstance(part, s.Power) and is_even(part.exponent) and s.holds(part.base, s.Symbol)
        for part in s.walk(node)
    )


def may_be_complex(node: s.Node) -> bool:
    """Return True if its unknowns are named like complex numbers."""
    names = {part.name for part in s.walk(node) if isinstance(part, s.Symbol)}
    return bool(names & {"z", "w"}) and not names & {"x", "y"}


def complex_names(node: s.Node) -> frozenset[str]:
    r"""The names of unknowns and functions whose real part, imaginary part or argument is taken.

    Where `i` stands beside them, as in `\\Re(a + bi)`, unknowns are real by custom.

    >>> z = s.Symbol("z")
    >>> complex_names(s.Apply("Re", (z,))), complex_names(s.Apply("Re", (s.Sum((z, s.I)),)))
    (frozenset({'z'}), frozenset())
    """
    return frozenset(
        part.name if isinstance(part, s.Symbol) else part.head.name
        for taken in s.walk(node)
        if isinstance(taken, s.Apply) and taken.function in _OF_COMPLEX and s.I not in s.walk(taken)
        for part in s.walk(taken)
        if isinstance(part, s.Symbol | s.Call)
    )


def counts(node: s.Node) -> bool:
    """Return True if all unknowns of a rounded expression are, by custom, whole numbers."""
    return all(part.name in _COUNTERS for part in s.walk(node) if isinstance(part, s.Symbol))
