r"""Names in equations: `x = 5`, `f(x) = 2x`, `|AB| = 3`, `(x, y) = (1, 2)`, `d = 4\sqrt5/5 \approx 1.79`.

The left side must be a name and not a computation, and the value must not use it: `x = x`, `x^2 = 4` and
`7 = 11a + c` name nothing. It decides by shape alone; whether a chain of values agrees is for the comparison.
"""

# ruff: noqa: PLR0911 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

import dataclasses

from rewards.answers.tree.rewriting import free_unknowns, unknowns
from rewards.answers.tree.syntax import (
    PI,
    Absolute,
    Apply,
    Call,
    Constant,
    Expr,
    Intersection,
    Matrix,
    Negate,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Ratio,
    Relation,
    SetOf,
    Sum,
    Symbol,
    Tuple,
    Union,
)

__all__ = ["COORDINATES", "Assignment", "asked_for", "assignment", "is_name", "is_point", "named"]

COORDINATES: tuple[Node, ...] = (Symbol("x"), Symbol("y"), Symbol("z"))
"""Names whose order everyone knows, so that `y = 2, x = 1` is the point (1, 2)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Assignment:
    """Names, and the chain of values that they are given; a bare value has no name."""

    names: tuple[Node, ...]
    values: tuple[Node, ...]
    """One value, or several that ought to be equal."""
    about: tuple[bool, ...] = ()
    """For each value after the first, True if it is only approximately the one before it."""
    is_membership: bool = False
    r"""True for `x \in A`: the name is of a member, the value the set."""

    @property
    def is_bare(self) -> bool:
        """Return True for one value and no name."""
        return not self.names and len(self.values) == 1


def is_point(node: Node) -> bool:
    """Return True for `(a, b) = (1, 2)`, which names each component."""
    if not isinstance(node, Relation) or not any(isinstance(side, Tuple) for side in node.sides):
        return False
    meaning = named(node)
    match meaning and (meaning.names, meaning.values):
        case (Tuple(names),), (Tuple(values),):
            return len(names) == len(values) == len(set(names))
        case _:
            return False


def is_name(node: Node) -> bool:
    """Return True if a node names something and computes nothing.

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
            return (is_name(above) or _is_segment(above)) and (
                below == PI or is_name(below) or _is_segment(below)
            )
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


def assignment(node: Node) -> Assignment:
    r"""The names and values of a node: of an equation, a chain of constants, `x \in A` or a bare value.

    >>> from rewards.answers.reading.reader import read
    >>> [len(assignment(read(text)).values) for text in ("x = 5", "2 + 3 = 5", "5", r"x \in A")]
    [1, 2, 1, 1]
    """
    if not isinstance(node, Relation):
        return Assignment((), (node,))
    match node:
        case Relation((Expr() as name, inside), ("in",)):
            return Assignment((name,), (inside,), is_membership=True)
        case _:
            return named(node) or _chain(node) or Assignment((), (node,))


def _chain(node: Relation) -> Assignment | None:
    """`2 + 3 = 5`, which says what a constant is."""
    if not set(node.operators) <= {"=", "~"}:
        return None
    if not all(isinstance(side, Expr) and not free_unknowns(side) for side in node.sides):
        return None
    return Assignment((), node.sides, tuple(operator == "~" for operator in node.operators))


def named(node: Node) -> Assignment | None:
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
    if (
        used
        or len(set(names)) != len(names)
        or any(value in names for value in values)
        or _calls_itself(names[0], values)
    ):
        return None
    if isinstance(names[0], Constant) and not all(_constant(value) for value in values):
        return None
    about = tuple(operator == "~" for operator in operators[len(names) :])
    return _in_order(Assignment(tuple(names), values, about))


def _in_order(meaning: Assignment) -> Assignment:
    """`(y, x) = (2, 1)` as `(x, y) = (1, 2)`."""
    match meaning.names:
        case (Tuple(parts) as point,) if set(parts) <= set(COORDINATES):
            order = sorted(range(len(parts)), key=lambda place: COORDINATES.index(parts[place]))
        case _:
            return meaning
    if order == sorted(order):
        return meaning

    def sorted_(node: Node) -> Node:
        if not isinstance(node, Tuple) or len(node.items) != len(order):
            return node
        return dataclasses.replace(node, items=tuple(node.items[place] for place in order))

    return dataclasses.replace(
        meaning, names=(sorted_(point),), values=tuple(sorted_(value) for value in meaning.values)
    )


def asked_for(node: Node) -> Assignment | None:
    """Return the value of a quantity that a problem may ask for: `a + b + c = 18`, `xy = 6`, `P(3) = 8`.

    Only to be held against a number. Nothing in it may be solved for: coefficients and single unknowns are
    left out, since `2x = 6` and `x^2 = 4` say what x is.

    >>> from rewards.answers.reading.reader import read
    >>> asked_for(read("a+b = 7")).values, asked_for(read("2x = 6")), asked_for(read("x^2 = 4"))
    ((Number(value=7, places=None),), None, None)
    """
    if not isinstance(node, Relation) or not set(node.operators) <= {"=", "~"}:
        return None
    name, values = node.sides[0], node.sides[1:]
    if not _is_combination(name) or unknowns(name) & {part for value in values for part in unknowns(value)}:
        return None
    return Assignment((name,), values, tuple(operator == "~" for operator in node.operators[1:]))


def _is_combination(node: Node) -> bool:
    match node:
        case Product((Symbol(letter), Number())):
            return letter.isupper() or letter in {"p", "q"}  # a polynomial or a probability, at a number
        case Apply("max" | "min" | "gcd" | "lcm"):
            return bool(unknowns(node))
        case Sum(parts) | Product(parts):
            return len(unknowns(node)) > 1 and all(_is_plain(part) for part in parts)
        case _:
            return False


def _is_plain(node: Node) -> bool:
    """An unknown, its opposite, a power or a product of unknowns."""
    match node:
        case Negate(operand):
            return _is_plain(operand)
        case Power(base, Number()):
            return isinstance(base, Symbol)
        case Product(factors):
            return all(isinstance(factor, (Symbol, Power)) and _is_plain(factor) for factor in factors)
        case _:
            return isinstance(node, Symbol)


def _calls_itself(name: Node, values: tuple[Node, ...]) -> bool:
    if isinstance(name, Quotient) and values:
        return bool(unknowns(name) & unknowns(values[0]))
    return False


def _constant(node: Node) -> bool:
    return isinstance(node, Expr) and not unknowns(node)
