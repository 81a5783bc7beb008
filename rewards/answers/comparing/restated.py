r"""Two notations for one thing: `a < b < c` and `a < b, b < c`; `f'(x)` and `\frac{df}{dx}`; `+ C` and `+ K`.

A row brings two answers to one notation. It is asked only where they differ as they are written, and is
silent (None) unless both sides have the form that it is for.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.notation.symbols import ORDERS
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import renamed, replaced, unknowns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RESTATEMENTS", "Restatement", "restated"]

_Pair = tuple[s.Node, s.Node]
_Names = frozenset[s.Symbol]

_CONSTANTS: Final = frozenset({"C", "c"})
"""Letters of a constant of integration in a gold."""
_ANY_CONSTANT: Final = frozenset({"C", "c", "K", "k", "A", "D"})
"""Letters that an answer may give to it."""
_VARIABLES: Final = frozenset({"x", "t", "u", "v", "s", "y", "z", "theta"})
"""Variables of integration: beside others, as in the perimeter `a + b + c`, c is a length."""
_D: Final = s.Symbol("d")


def restated(gold: s.Node, answer: s.Node) -> Iterator[tuple[str, s.Node, s.Node]]:
    """Yield the name of each restatement that both sides admit, with the two sides restated.

    >>> from rewards.answers.reading.reader import read
    >>> [name for name, _, _ in restated(read("a<b<c"), read("a<b, b<c"))]
    ['chain of inequalities']
    """
    names = unknowns(gold), unknowns(answer)
    for row in RESTATEMENTS:
        found = row.restate(gold, answer) if row.may_apply(*names) else None
        if found is not None:
            yield row.name, *found


def _always(_ours: _Names, _theirs: _Names) -> bool:
    return True


# --- chains of inequalities


def _chains(gold: s.Node, answer: s.Node) -> _Pair | None:
    match gold, answer:
        case (s.Relation(), s.Listing(_, ("," | "and"))) | (s.Listing(_, ("," | "and")), s.Relation()):
            ours, theirs = _links(gold), _links(answer)
            return (ours, theirs) if ours is not None and theirs is not None else None
        case _:
            return None


def _links(node: s.Node) -> s.Node | None:
    """A chain of inequalities as the list of its links; a list of inequalities as it is."""
    match node:
        case s.Relation(sides, (_, _, *_) as operators) if _are_orders(operators):
            pairs = zip(sides, operators, sides[1:], strict=False)
            return s.Listing(tuple(s.Relation((one, other), (sign,)) for one, sign, other in pairs), ",")
        case s.Listing(items) if all(isinstance(item, s.Relation) for item in items):
            return s.Listing(items, ",")
        case _:
            return None


def _are_orders(operators: tuple[str, ...]) -> bool:
    return all(operator in ORDERS for operator in operators)


# --- numbered roots


def _roots(gold: s.Node, answer: s.Node) -> _Pair | None:
    """Two roots of an equation in x, of which either may be called the first."""
    ours, theirs = _numbered(gold), _numbered(answer)
    return None if ours is None or theirs is None else (s.SetOf(ours), s.SetOf(theirs))


def _numbered(node: s.Node) -> tuple[s.Node, ...] | None:
    if not isinstance(node, s.Listing) or node.joint == "or":
        return None
    names, values = [], []
    for item in node.items:
        match item:
            case s.Relation((s.Symbol("x", (s.Number(number),), "", 0), s.Expr() as value), ("=",)):
                names.append(number)
                values.append(value)
            case _:
                return None
    return tuple(values) if sorted(names) == [1, 2] and not any(map(unknowns, values)) else None


# --- derivatives


def _has_primes(ours: _Names, theirs: _Names) -> bool:
    return any(name.primes for name in ours) or any(name.primes for name in theirs)


def _derivatives(gold: s.Node, answer: s.Node) -> _Pair | None:
    """Derivatives as quotients on one side, by primes on the other."""
    for quotients, primes, mirrored in ((gold, answer, False), (answer, gold, True)):
        variables = _variables(quotients)
        if variables and any(map(_primes, s.walk(primes))) and not _variables(primes):
            one, other = _with_primes(quotients, variables), _with_primes(primes, variables)
            return (other, one) if mirrored else (one, other)
    return None


def _variables(node: s.Node) -> dict[str, s.Node]:
    """The names that are derived in a node, each with its variable; none where one has several."""
    found: dict[str, s.Node] = {}
    for part in s.walk(node):
        derivative = _derivative(part)
        if derivative is not None and found.setdefault(derivative[0], derivative[1]) != derivative[1]:
            return {}
    return found


def _derivative(node: s.Node) -> tuple[str, s.Node, int] | None:
    r"""The name, the variable and the order of `\frac{df}{dx}` and `\frac{d^2y}{dx^2}`."""
    match node:
        case s.Symbol(name, (s.Symbol() as variable,), "derivative", 0):
            return name, variable, 1
        case s.Quotient(
            s.Product((s.Power(above, s.Number(int(order))), s.Symbol(name, (), "", 0))),
            s.Product((below, s.Power(s.Symbol() as variable, power))),
        ) if above == below == _D and power == s.Number(order):
            return name, variable, order
        case _:
            return None


def _primes(node: s.Node) -> int:
    return node.primes if isinstance(node, s.Symbol) else 0


def _with_primes(node: s.Node, variables: dict[str, s.Node]) -> s.Node:
    """A tree with each derivative as its name with primes, without the variable behind it."""

    def change(part: s.Node) -> s.Node | None:
        derivative = _derivative(part)
        if derivative is not None:
            return s.Symbol(derivative[0], primes=derivative[2])
        match part:
            case s.Call(s.Symbol() as head, (variable,)) if variables.get(head.name) == variable:
                return head
            case _:
                return None

    return replaced(node, change)


# --- constants of integration


def _has_another_constant(ours: _Names, theirs: _Names) -> bool:
    """Return True if each side has one name that the other lacks, and both may be constants."""
    if len(ours - theirs) != 1 or len(theirs - ours) != 1:
        return False
    (one,), (other,) = ours - theirs, theirs - ours
    return _is_letter(one, _CONSTANTS) and _is_letter(other, _ANY_CONSTANT)


def _constants(gold: s.Node, answer: s.Node) -> _Pair | None:
    """The arbitrary constant of a solution by the letter of the gold."""
    names, others = unknowns(gold), unknowns(answer)
    (ours,), (theirs,) = names - others, others - names
    if not (_is_arbitrary(ours, gold) and _is_arbitrary(theirs, answer)):
        return None
    return gold, renamed(answer, {theirs: ours})


def _is_letter(name: s.Symbol, letters: frozenset[str]) -> bool:
    return name.name in letters and name == dataclasses.replace(name, index=(), mark="", primes=0)


def _is_arbitrary(name: s.Symbol, node: s.Node) -> bool:
    """Return True if a name stands in one place, beside terms in one variable or before their exponential."""
    if sum(part == name for part in s.walk(node)) != 1:
        return False
    return any(_integrates(name, part) for part in s.walk(node))


def _integrates(name: s.Symbol, part: s.Node) -> bool:
    match part:
        case s.Sum(parts) if name in parts:
            pass
        case s.Product(parts) if name in parts and any(map(_is_exponential, parts)):
            pass
        case _:
            return False
    others = unknowns(part) - {name}
    return len(others) == 1 and all(_is_letter(other, _VARIABLES) for other in others)


def _is_exponential(node: s.Node) -> bool:
    return isinstance(node, s.Power) and bool(unknowns(node.exponent))


class Restatement(NamedTuple):
    """One pair of notations for one thing."""

    name: str
    may_apply: Callable[[_Names, _Names], bool]
    """A cheap test by the names on both sides, since most answers need no restatement."""
    restate: Callable[[s.Node, s.Node], _Pair | None]
    reason: str
    same: tuple[str, str]
    """An example: a gold, and an answer that says the same."""
    other: tuple[str, str]
    """A gold, and an answer that does not."""


RESTATEMENTS: Final = (
    Restatement(
        "chain of inequalities",
        _always,
        _chains,
        "a chain says each of its links",
        ("a<b<c", "a<b, b<c"),
        ("a<b<c", "a<b, a<c"),
    ),
    Restatement(
        "numbered roots",
        _always,
        _roots,
        "either root of an equation may be called the first",
        ("x_1=2,x_2=-5", "x_1=-5,x_2=2"),
        ("x_1=2,x_2=-5", "x_1=-2,x_2=5"),
    ),
    Restatement(
        "derivative",
        _has_primes,
        _derivatives,
        "a quotient of differentials and a prime are one derivative",
        (r"\frac{df}{dx}=2x", "f'(x)=2x"),
        (r"\frac{df}{dx}=2x", "f''(x)=2x"),
    ),
    Restatement(
        "constant of integration",
        _has_another_constant,
        _constants,
        "an arbitrary constant may have any letter",
        ("x^3+C", "x^3+K"),
        ("a+b+c", "a+b+k"),
    ),
)
"""In the order in which they are tried."""
