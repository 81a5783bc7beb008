"""Going through trees: the nodes below a node, and all of them."""

from __future__ import annotations

import dataclasses

from rewards.answers.tree.expressions import Node

__all__ = ["children", "holds", "walk"]

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


def children(node: Node) -> list[Node]:
    """The nodes directly below one node, in the order they were written.

    >>> from rewards.answers.tree.expressions import PI, Number, Quotient
    >>> [type(child).__name__ for child in children(Quotient(Number(1), PI))]
    ['Number', 'Constant']
    """
    found: list[Node] = []
    for name in _fields(node.__class__):
        value = getattr(node, name)
        if value.__class__ is not tuple:
            if isinstance(value, Node):
                found.append(value)
            continue
        for item in value:
            if isinstance(item, Node):
                found.append(item)
            elif item.__class__ is tuple:
                found.extend(cell for cell in item if isinstance(cell, Node))
    return found


def walk(node: Node) -> list[Node]:
    """The node and all nodes below it, parents before their children.

    >>> from rewards.answers.tree.expressions import Negate, Number, Sum
    >>> sum(isinstance(part, Number) for part in walk(Sum((Number(1), Negate(Number(2))))))
    2
    """
    found = [node]
    for part in found:  # which grows on the way
        if _fields(part.__class__):
            found += children(part)
    return found


def holds(node: Node, *kinds: type[Node]) -> bool:
    """Return True if the node or one below it is of exactly one of these types.

    >>> from rewards.answers.tree.expressions import Negate, Number, Product
    >>> holds(Negate(Number(2)), Number), holds(Negate(Number(2)), Product)
    (True, False)
    """
    return not set(kinds).isdisjoint(map(type, walk(node)))
