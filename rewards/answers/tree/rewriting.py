r"""Rebuilding trees: putting one node in place of another, and writing out `\pm`.

Pure functions from trees to trees; they compare and evaluate nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import TYPE_CHECKING, Final

from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["TRANSPOSE", "all_signs", "free_unknowns", "renamed", "replaced", "transposed", "unknowns"]

_MOST_SIGNS: Final = 4
"""Maximum number of independent signs that are written out."""


def replaced(node: s.Node, change: Callable[[s.Node], s.Node | None]) -> s.Node:
    """The tree with every node for which `change` gives another in its place, outermost first."""
    new = change(node)
    if new is not None:
        return new
    values = [getattr(node, name) for name in _fields(node.__class__)]  # type: ignore[arg-type]
    parts = [_replaced_part(value, change) for value in values]
    return node if parts == values else node.__class__(*parts)


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _replaced_part(part: object, change: Callable[[s.Node], s.Node | None]) -> object:
    if isinstance(part, s.Node):
        return replaced(part, change)
    if isinstance(part, tuple):
        return tuple([_replaced_part(item, change) for item in part])
    return part


def renamed(node: s.Node, names: Mapping[s.Node, s.Node]) -> s.Node:
    """The tree with some symbols for others.

    >>> renamed(s.Power(s.Symbol("t"), s.Number(2)), {s.Symbol("t"): s.Symbol("x")})
    Power(base=Symbol(name='x', index=(), mark='', primes=0), exponent=Number(value=2, places=None))
    """
    return replaced(node, lambda part: names.get(part) if isinstance(part, s.Symbol) else None)


def all_signs(node: s.Node) -> tuple[s.Node, ...]:
    r"""The readings of an expression with `\pm`, upper signs first; the node alone if it has none.

    Each `\pm` takes its sign by itself, so that `\pm 1 \pm i` is four numbers; where a `\mp` stands among
    them all go together, for that is what it is written for.

    >>> all_signs(s.PlusMinus(s.Number(3)))
    (Number(value=3, places=None), Negate(operand=Number(value=3, places=None)))
    >>> len(all_signs(s.Tuple((s.PlusMinus(s.Number(1)), s.PlusMinus(s.Number(2))))))
    4
    """
    signs = [part for part in s.walk(node) if part.__class__ is s.PlusMinus]
    if not signs:
        return (node,)
    if len(signs) > _MOST_SIGNS or any(part.upper < 0 for part in signs):
        return _signed(node, itertools.repeat(1)), _signed(node, itertools.repeat(-1))
    choices = itertools.product((1, -1), repeat=len(signs))
    return tuple(dict.fromkeys(_signed(node, iter(choice)) for choice in choices))


def _signed(node: s.Node, signs: Iterator[int]) -> s.Node:
    r"""The tree with its next sign in place of each `\pm`."""

    def change(part: s.Node) -> s.Node | None:
        if not isinstance(part, s.PlusMinus):
            return None
        sign = next(signs)
        operand = replaced(part.operand, change)
        return operand if part.upper == sign else s.Negate(operand)  # type: ignore[arg-type]

    return replaced(node, change)


TRANSPOSE: Final = s.Symbol("transpose")
"""The head of a transpose that is not worked out. Beside it, the order of factors matters."""


def transposed(node: s.Expr | s.Tuple) -> s.Expr:
    r"""The transpose of a matrix; a row written as a tuple becomes a column.

    >>> one, two = s.Number(1), s.Number(2)
    >>> transposed(s.Matrix(((one, two),))) == transposed(s.Tuple((one, two))) == s.Matrix(((one,), (two,)))
    True
    >>> transposed(s.Symbol("A")) == s.Call(TRANSPOSE, (s.Symbol("A"),))
    True
    """
    match node:
        case s.Tuple(items):
            return s.Matrix(tuple((item,) for item in items))
        case s.Matrix(rows, determinant=False):
            return s.Matrix(tuple(zip(*rows, strict=True)))
        case s.Call(head, (s.Expr() as operand,)) if head == TRANSPOSE:
            return operand
        case _:
            return s.Call(TRANSPOSE, (node,))


def unknowns(node: s.Node) -> frozenset[s.Symbol]:
    """The symbols in a tree."""
    return frozenset([part for part in s.walk(node) if part.__class__ is s.Symbol])


def free_unknowns(node: s.Node) -> frozenset[s.Symbol]:
    """The symbols in a tree, without those that its sums, limits and integrals run over."""
    bound = {part.variable for part in s.walk(node) if isinstance(part, s.BigOperator)}
    return unknowns(node) - bound
