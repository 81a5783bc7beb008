r"""Rebuilding trees: putting one node in place of another, and writing out `\pm`.

Pure functions from trees to trees; they compare and evaluate nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from typing import TYPE_CHECKING, Final

from rewards.answers.tree.syntax import (
    BigOperator,
    Call,
    Expr,
    Matrix,
    Negate,
    Node,
    PlusMinus,
    Symbol,
    Tuple,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["TRANSPOSE", "all_signs", "free_unknowns", "renamed", "replaced", "transposed", "unknowns"]

_MOST_SIGNS: Final = 4
"""Maximum number of independent signs that are written out."""


def replaced(node: Node, change: Callable[[Node], Node | None]) -> Node:
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


def _replaced_part(part: object, change: Callable[[Node], Node | None]) -> object:
    if isinstance(part, Node):
        return replaced(part, change)
    if isinstance(part, tuple):
        return tuple([_replaced_part(item, change) for item in part])
    return part


def renamed(node: Node, names: Mapping[Node, Node]) -> Node:
    """The tree with some symbols for others.

    >>> from rewards.answers.tree.syntax import Power, Number
    >>> renamed(Power(Symbol("t"), Number(2)), {Symbol("t"): Symbol("x")})
    Power(base=Symbol(name='x', index=(), mark='', primes=0), exponent=Number(value=2, places=None))
    """
    return replaced(node, lambda part: names.get(part) if isinstance(part, Symbol) else None)


def all_signs(node: Node) -> tuple[Node, ...]:
    r"""The readings of an expression with `\pm`, upper signs first; the node alone if it has none.

    Each `\pm` takes its sign by itself, so that `\pm 1 \pm i` is four numbers; where a `\mp` stands among
    them all go together, for that is what it is written for.

    >>> from rewards.answers.tree.syntax import Number, Tuple
    >>> all_signs(PlusMinus(Number(3)))
    (Number(value=3, places=None), Negate(operand=Number(value=3, places=None)))
    >>> len(all_signs(Tuple((PlusMinus(Number(1)), PlusMinus(Number(2))))))
    4
    """
    signs = [part for part in walk(node) if part.__class__ is PlusMinus]
    if not signs:
        return (node,)
    if len(signs) > _MOST_SIGNS or any(part.upper < 0 for part in signs):
        return _signed(node, itertools.repeat(1)), _signed(node, itertools.repeat(-1))
    choices = itertools.product((1, -1), repeat=len(signs))
    return tuple(dict.fromkeys(_signed(node, iter(choice)) for choice in choices))


def _signed(node: Node, signs: Iterator[int]) -> Node:
    r"""The tree with its next sign in place of each `\pm`."""

    def change(part: Node) -> Node | None:
        if not isinstance(part, PlusMinus):
            return None
        sign = next(signs)
        operand = replaced(part.operand, change)
        return operand if part.upper == sign else Negate(operand)  # type: ignore[arg-type]

    return replaced(node, change)


TRANSPOSE: Final = Symbol("transpose")
"""The head of a transpose that is not worked out. Beside it, the order of factors matters."""


def transposed(node: Expr | Tuple) -> Expr:
    r"""The transpose of a matrix; a row written as a tuple becomes a column.

    >>> from rewards.answers.tree.syntax import Number
    >>> one, two = Number(1), Number(2)
    >>> transposed(Matrix(((one, two),))) == transposed(Tuple((one, two))) == Matrix(((one,), (two,)))
    True
    >>> transposed(Symbol("A")) == Call(TRANSPOSE, (Symbol("A"),))
    True
    """
    match node:
        case Tuple(items):
            return Matrix(tuple((item,) for item in items))
        case Matrix(rows, determinant=False):
            return Matrix(tuple(zip(*rows, strict=True)))
        case Call(head, (Expr() as operand,)) if head == TRANSPOSE:
            return operand
        case _:
            return Call(TRANSPOSE, (node,))


def unknowns(node: Node) -> frozenset[Symbol]:
    """The symbols in a tree."""
    return frozenset([part for part in walk(node) if part.__class__ is Symbol])


def free_unknowns(node: Node) -> frozenset[Symbol]:
    """The symbols in a tree, without those that its sums, limits and integrals run over."""
    bound = {part.variable for part in walk(node) if isinstance(part, BigOperator)}
    return unknowns(node) - bound
