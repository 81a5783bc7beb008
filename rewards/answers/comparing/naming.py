r"""Names in equations: `x = 5`, `f(x) = 2x`, `|AB| = 3`, `(x, y) = (1, 2)`, `d = 4\sqrt5/5 \approx 1.79`.

The left side must be a name and not a computation, and the value must not use it: `x = x`, `x^2 = 4` and
`7 = 11a + c` name nothing. It decides by shape alone; whether a chain of values agrees is for the comparison.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import free_unknowns, unknowns

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "COORDINATES",
    "Assignment",
    "asked_for",
    "assignment",
    "is_name",
    "is_point",
    "is_unknown",
    "named",
]

_COMPLEX: Final = frozenset({"w", "z"})
"""Letters of complex numbers, whose size is asked for: `|z| = 5`."""
COORDINATES: tuple[s.Node, ...] = (s.Symbol("x"), s.Symbol("y"), s.Symbol("z"))
"""Names whose order everyone knows, so that `y = 2, x = 1` is the point (1, 2)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Assignment:
    """Names, and the chain of values that they are given; a bare value has no name."""

    names: tuple[s.Node, ...]
    values: tuple[s.Node, ...]
    """One value, or several that ought to be equal."""
    about: tuple[bool, ...] = ()
    """For each value after the first, True if it is only approximately the one before it."""
    is_membership: bool = False
    r"""True for `x \in A`: the name is of a member, the value the set."""

    @property
    def is_bare(self) -> bool:
        """Return True for one value and no name."""
        return not self.names and len(self.values) == 1


def is_point(node: s.Node) -> bool:
    """Return True for `(a, b) = (1, 2)`, which names each component."""
    if not isinstance(node, s.Relation) or not any(isinstance(side, s.Tuple) for side in node.sides):
        return False
    meaning = named(node)
    match meaning and (meaning.names, meaning.values):
        case (s.Tuple(names),), (s.Tuple(values),):
            return len(names) == len(values) == len(set(names))
        case _:
            return False


def is_name(node: s.Node) -> bool:
    """Return True if a node names something and computes nothing.

    >>> from rewards.answers.reading.reader import read
    >>> [is_name(read(text)) for text in ("x", "f(x)", "|AB|", "A:B", "x+1", "2x", "5")]
    [True, True, True, True, False, False, False]
    """
    form = _NAMES.get(node.__class__)
    return form is not None and form(node)


def _is_ratio_of_names(node: s.Quotient) -> bool:
    r"""`\frac{AB}{CD}`; `\frac{V}{\pi}`, which a problem may ask for, too."""
    return _names_thing(node.numerator) and (node.denominator == s.PI or _names_thing(node.denominator))


def _is_function_of_name(node: s.Apply) -> bool:
    if node.function in {"max", "min", "floor", "ceil"} or len(node.arguments) != 1:
        return False
    argument = node.arguments[0]
    return (
        isinstance(argument, (s.Symbol, s.Call, s.Product)) and is_name(argument) and not is_unknown(argument)
    )


def is_unknown(node: s.Node) -> bool:
    r"""Return True for a letter to be solved for: `|x| = 5` and `\log x = 5` are equations, not `\sin A = 1`.

    >>> from rewards.answers.reading.reader import read
    >>> [is_unknown(read(letter)) for letter in ("x", "A", "z")]
    [True, False, False]
    """
    return (
        isinstance(node, s.Symbol)
        and node.name.isascii()
        and len(node.name) == 1
        and node.name.islower()
        and node.name not in _COMPLEX
        and not (node.index or node.mark)
    )


def _names_thing(node: s.Node) -> bool:
    return is_name(node) or _is_segment(node)


def _all_name_things(parts: tuple[s.Node, ...]) -> bool:
    return bool(parts) and all(map(_names_thing, parts))


def _is_segment(node: s.Node) -> bool:
    """`AB`, `A_1B`: points side by side."""
    return isinstance(node, s.Product) and all(
        isinstance(factor, s.Symbol) and factor.name[:1].isupper() for factor in node.factors
    )


def _is_function(node: s.Product) -> bool:
    """`y(x)`, which reads as a product."""
    return node.factors[0] == s.Symbol("y") and node.factors[1:] in {(s.Symbol("x"),), (s.Symbol("t"),)}


_NAMES: Final[dict[type[s.Node], Callable[..., bool]]] = {
    s.Symbol: lambda _: True,
    s.Call: lambda node: node.head != s.Symbol("not"),
    s.Constant: lambda node: node.name in {"e", "i"},
    s.Absolute: lambda node: _names_thing(node.operand) and not is_unknown(node.operand),
    s.Quotient: _is_ratio_of_names,
    s.Matrix: lambda node: all(is_name(cell) for row in node.rows for cell in row),
    s.Ratio: lambda node: _all_name_things(node.parts),
    s.Tuple: lambda node: _all_name_things(node.items),
    s.SetOf: lambda node: _all_name_things(node.items),
    s.Union: lambda node: _all_name_things(node.parts),
    s.Intersection: lambda node: _all_name_things(node.parts),
    s.Apply: _is_function_of_name,
    s.Product: lambda node: _is_segment(node) or _is_function(node),
}
"""The kinds of node that may be a name, each with the demand on it."""


def assignment(node: s.Node) -> Assignment:
    r"""The names and values of a node: of an equation, a chain of constants, `x \in A` or a bare value.

    >>> from rewards.answers.reading.reader import read
    >>> [len(assignment(read(text)).values) for text in ("x = 5", "2 + 3 = 5", "5", r"x \in A")]
    [1, 2, 1, 1]
    """
    match node:
        case s.Relation((s.Expr() as name, inside), ("in",)) if is_name(name) and not _is_value(inside):
            return Assignment((name,), (inside,), is_membership=True)
        case s.Relation():
            return named(node) or _chain(node) or Assignment((), (node,))
        case s.Call(head, (_, _, *_) as coordinates) if head.name.isupper():
            return Assignment((head,), (s.Tuple(coordinates),))  # the point A(1, 2)
        case _:
            return Assignment((), (node,))


def _is_value(node: s.Node) -> bool:
    r"""Return True for a number or a formula, of which nothing is a member: `x \in 5`."""
    return isinstance(node, s.Expr) and not isinstance(node, (s.Symbol, s.Call))


def _chain(node: s.Relation) -> Assignment | None:
    """`2 + 3 = 5`, which says what a constant is."""
    if not set(node.operators) <= {"=", "~"}:
        return None
    if not all(isinstance(side, s.Expr) and not free_unknowns(side) for side in node.sides):
        return None
    return Assignment((), node.sides, tuple(operator == "~" for operator in node.operators))


def named(node: s.Node) -> Assignment | None:
    """The names and values of an equation, or None where it names nothing.

    >>> from rewards.answers.reading.reader import read
    >>> named(read("x = 5")).values, named(read("x = x")), named(read("x^2 = 4"))
    ((Number(value=5, places=None),), None, None)
    """
    if not isinstance(node, s.Relation) or not set(node.operators) <= {"=", "~", "equiv"}:
        return None
    if "equiv" in node.operators and not isinstance(node.sides[0], s.Call):
        return None
    sides, operators = node.sides, node.operators
    if len(operators) == 1 and is_name(sides[1]) and not is_name(sides[0]):
        sides = sides[::-1]
    count = 0
    while count < len(operators) and is_name(sides[count]) and (not count or operators[count - 1] == "="):
        count += 1
    names, values = sides[:count], sides[count:]
    rounded = operators[count - 1] == "~" and any(map(unknowns, values))  # `f(x) \approx 2x`
    if not names or rounded or not _may_name(names, values):
        return None
    return Assignment(names, values, tuple(operator == "~" for operator in operators[count:]))


def _may_name(names: tuple[s.Node, ...], values: tuple[s.Node, ...]) -> bool:
    """Return True unless a name stands in its own value or twice, or dots stand for a part of the chain."""
    if len(set(names)) != len(names) or any(value in names or isinstance(value, s.Dots) for value in values):
        return False
    if set(names) & {part for value in values for part in unknowns(value)}:
        return False
    if isinstance(names[0], s.Constant):
        return all(isinstance(value, s.Expr) and not unknowns(value) for value in values)
    return not (isinstance(names[0], s.Quotient) and unknowns(names[0]) & unknowns(values[0]))


def asked_for(node: s.Node) -> Assignment | None:
    """Return the value of a quantity that a problem may ask for: `a + b + c = 18`, `xy = 6`, `P(3) = 8`.

    Only to be held against a number. Nothing in it may be solved for: coefficients and single unknowns are
    left out, since `2x = 6` and `x^2 = 4` say what x is.

    >>> from rewards.answers.reading.reader import read
    >>> asked_for(read("a+b = 7")).values, asked_for(read("2x = 6")), asked_for(read("x^2 = 4"))
    ((Number(value=7, places=None),), None, None)
    """
    if not isinstance(node, s.Relation) or not set(node.operators) <= {"=", "~"}:
        return None
    name, values = node.sides[0], node.sides[1:]
    if not _is_combination(name) or unknowns(name) & {part for value in values for part in unknowns(value)}:
        return None
    return Assignment((name,), values, tuple(operator == "~" for operator in node.operators[1:]))


def _is_combination(node: s.Node) -> bool:
    match node:
        case s.Product((s.Symbol(letter), s.Number())):
            return letter.isupper() or letter in {"p", "q"}  # a polynomial or a probability, at a number
        case s.Apply("max" | "min" | "gcd" | "lcm", parts):
            return all(map(unknowns, parts)) and not is_unknown(parts[0] if len(parts) == 1 else node)
        case s.Sum(parts) | s.Product(parts):
            return len(unknowns(node)) > 1 and all(_is_plain(part) for part in parts)
        case _:
            return False


def _is_plain(node: s.Node) -> bool:
    """An unknown, its opposite, a power or a product of unknowns."""
    match node:
        case s.Negate(operand):
            return _is_plain(operand)
        case s.Power(base, s.Number()):
            return isinstance(base, s.Symbol)
        case s.Product(factors):
            return all(isinstance(factor, (s.Symbol, s.Power)) and _is_plain(factor) for factor in factors)
        case _:
            return isinstance(node, s.Symbol)
