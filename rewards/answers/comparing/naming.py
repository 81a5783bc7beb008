r"""What an equation names: `x = 5`, `f(x) = 2x`, `|AB| = 3`, `(x, y) = (1, 2)`, `d = 4\sqrt5/5 \approx 1.79`.

The left side must be a name and not a computation, and the value must not use it: `x = x`, `x^2 = 4` and
`7 = 11a + c` name nothing. It decides by shape alone; whether a chain of values agrees is for the comparison.
"""

# ruff: noqa: PLR0911 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.syntax import (
    Absolute,
    Apply,
    Call,
    Constant,
    Expr,
    Intersection,
    Matrix,
    Node,
    Product,
    Quotient,
    Ratio,
    Relation,
    SetOf,
    Symbol,
    Tuple,
    Union,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Named", "assignments", "is_name", "named"]


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """Names, and the chain of values that are said to be theirs."""

    names: tuple[Node, ...]
    values: tuple[Node, ...]
    """One, or several that ought to be equal."""
    about: tuple[bool, ...]
    """For each value after the first, whether it is only said to be about the one before it."""


def is_name(node: Node) -> bool:
    """Whether a node names something and computes nothing.

    >>> from rewards.answers.reading.reader import read
    >>> [is_name(read(text)) for text in ("x", "f(x)", "|AB|", "A:B", "x+1", "2x", "5")]
    [True, True, True, True, False, False, False]
    """
    match node:
        case Symbol() | Call() | Constant("e" | "i"):
            return True
        case Absolute(operand):
            return is_name(operand) or _is_segment(operand)
        case Quotient(above, below):
            return (is_name(above) or _is_segment(above)) and (is_name(below) or _is_segment(below))
        case Matrix(rows):
            return all(is_name(cell) for row in rows for cell in row)
        case Ratio(parts) | Tuple(parts) | SetOf(parts) | Union(parts) | Intersection(parts):
            return bool(parts) and all(is_name(part) or _is_segment(part) for part in parts)
        case Apply(function, (argument,)):
            return (
                function not in {"max", "min"}
                and isinstance(argument, (Symbol, Call, Product))
                and is_name(argument)
            )
        case Product():
            return _is_segment(node) or _is_function(node)
        case _:
            return False


def _is_segment(node: Node) -> bool:
    """`AB`, `A_1B`: points side by side."""
    return isinstance(node, Product) and all(
        isinstance(factor, Symbol) and factor.name[:1].isupper() for factor in node.factors
    )


def _is_function(node: Product) -> bool:
    """`y(x)`, which reads as a product."""
    return node.factors[0] == Symbol("y") and node.factors[1:] in {(Symbol("x"),), (Symbol("t"),)}


def named(node: Node) -> Named | None:
    """The names and values of an equation, or None where it names nothing.

    >>> from rewards.answers.reading.reader import read
    >>> named(read("x = 5")).values, named(read("x = x")), named(read("x^2 = 4"))
    ((Number(value=5, places=None),), None, None)
    """
    if not isinstance(node, Relation) or not set(node.operators) <= {"=", "~", "equiv"}:
        return None
    if "equiv" in node.operators and not isinstance(node.sides[0], Call):
        return None
    sides, operators = list(node.sides), list(node.operators)
    if len(sides) == 2 and is_name(sides[1]) and not is_name(sides[0]):
        sides.reverse()
    names = [sides[0]]
    if not is_name(sides[0]):
        return None
    while len(sides) > len(names) + 1 and operators[len(names) - 1] == "=" and is_name(sides[len(names)]):
        names.append(sides[len(names)])
    values = tuple(sides[len(names) :])
    used = set(names) & {part for value in values for part in unknowns(value)}
    if used or any(value in names for value in values) or _calls_itself(names[0], values):
        return None
    if isinstance(names[0], Constant) and not all(_constant(value) for value in values):
        return None
    return Named(tuple(names), values, tuple(operator == "~" for operator in operators[len(names) :]))


def _calls_itself(name: Node, values: tuple[Node, ...]) -> bool:
    if isinstance(name, Quotient) and values:
        return bool(unknowns(name) & unknowns(values[0]))
    return False


def _constant(node: Node) -> bool:
    return isinstance(node, Expr) and not unknowns(node)


def assignments(items: tuple[Node, ...]) -> dict[Node, Node] | None:
    """`a = 1, b = 2` and `(a, b) = (1, 2)` as one value for each name; None where a name repeats or lacks.

    >>> from rewards.answers.reading.reader import read
    >>> assignments(read("a=1, b=2").items) == assignments((read("(a,b)=(1,2)"),))
    True
    """
    found: dict[Node, Node] = {}
    for item in items:
        meaning = named(item)
        if meaning is None:
            return None
        for name in meaning.names:
            for part, value in _pairs(name, meaning.values[-1]):
                if part in found:
                    return None
                found[part] = value
    return found


def _pairs(name: Node, value: Node) -> Iterator[tuple[Node, Node]]:
    if isinstance(name, Tuple) and isinstance(value, Tuple) and len(name.items) == len(value.items):
        yield from zip(name.items, value.items, strict=True)
    else:
        yield name, value
