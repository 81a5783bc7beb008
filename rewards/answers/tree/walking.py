"""Going through trees: the nodes below a node, and all of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.answers.tree.expressions import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["children", "walk"]

_FIELDS: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    """The names of the fields that may hold nodes; a leaf has none."""
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = _holding_nodes(kind)
    return known


def _holding_nodes(kind: type) -> tuple[str, ...]:
    return tuple(
        field.name
        for field in dataclasses.fields(kind)
        if any(name in str(field.type) for name in ("Expr", "Node", "Symbol"))
    )


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below one node, in the order they were written.

    >>> from rewards.answers.tree.expressions import PI, Number, Quotient
    >>> [type(child).__name__ for child in children(Quotient(Number(1), PI))]
    ['Number', 'Constant']
    """
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif value.__class__ is tuple:
            for item in value:
                if isinstance(item, Node):
                    yield item
                elif item.__class__ is tuple:
                    yield from (cell for cell in item if isinstance(cell, Node))


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, parents first.

    >>> from rewards.answers.tree.expressions import Negate, Number, Sum
    >>> sum(isinstance(part, Number) for part in walk(Sum((Number(1), Negate(Number(2))))))
    2
    """
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        if _fields(type(current)):
            pending.extend(reversed(tuple(children(current))))
