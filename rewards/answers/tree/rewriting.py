r"""Rebuilding trees: putting one node in place of another, and writing out `\pm`.

Pure functions from trees to trees; they compare and evaluate nothing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.answers.tree.syntax import Negate, Node, PlusMinus, Symbol, holds, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["both_signs", "renamed", "replaced", "unknowns"]


def replaced(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with every node for which `change` gives another in its place, outermost first."""
    new = change(node)
    if new is not None:
        return new
    changes: dict[str, object] = {}
    for field in dataclasses.fields(node):  # type: ignore[arg-type]
        value = getattr(node, field.name)
        if isinstance(value, Node):
            part: object = replaced(value, change)
        elif isinstance(value, tuple):
            part = tuple(_replaced_item(item, change) for item in value)
        else:
            continue
        if part != value:
            changes[field.name] = part
    return dataclasses.replace(node, **changes) if changes else node  # type: ignore[type-var]


def _replaced_item(item: object, change: Callable[[Node], Node | None]) -> object:
    if isinstance(item, Node):
        return replaced(item, change)
    if isinstance(item, tuple):
        return tuple(_replaced_item(cell, change) for cell in item)
    return item


def renamed(node: Node, names: Mapping[Node, Node]) -> Node:
    """The tree with some symbols for others.

    >>> from rewards.answers.tree.syntax import Power, Number
    >>> renamed(Power(Symbol("t"), Number(2)), {Symbol("t"): Symbol("x")})
    Power(base=Symbol(name='x', index=(), mark='', primes=0), exponent=Number(value=2, places=None))
    """
    return replaced(node, lambda part: names.get(part) if isinstance(part, Symbol) else None)


def both_signs(node: Node) -> tuple[Node, ...]:
    r"""The two readings of an expression with `\pm`, upper signs first; the node alone if it has none.

    >>> from rewards.answers.tree.syntax import Number
    >>> both_signs(PlusMinus(Number(3)))
    (Number(value=3, places=None), Negate(operand=Number(value=3, places=None)))
    """
    if not holds(node, PlusMinus):
        return (node,)

    def reading(upper: int) -> Callable[[Node], Node | None]:
        def change(part: Node) -> Node | None:
            if isinstance(part, PlusMinus):
                operand = replaced(part.operand, change)
                return operand if part.upper == upper else Negate(operand)  # type: ignore[arg-type]
            return None

        return change

    return replaced(node, reading(1)), replaced(node, reading(-1))


def unknowns(node: Node) -> frozenset[Symbol]:
    """The symbols in a tree."""
    return frozenset(part for part in walk(node) if isinstance(part, Symbol))
