r"""One value for every integer: `\frac{\pi}{4} + k\pi`, `x = 5k + 3, k \in \mathbb{Z}`, `x \equiv 3 \pmod 5`.

Read as an offset and a period, so that the name of the integer, the representative of the class and the sign
of the period make no difference. Only what is linear in its integer, with nothing else unknown, is read here.

Something must say that the letter is an integer: `k \in \mathbb{Z}`, a residue, or the well-known form of a
solution, an angle and a multiple of `k\pi` beside it. `\pi(l + 2)` and `(n - 2)\pi` are formulas, and so is
what has its letter in its name: `S_n = n\pi`.
"""

# ruff: noqa: PLR0911 - one branch for each kind of thing that is written

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

from rewards.answers.tree.rewriting import all_signs, replaced, unknowns
from rewards.answers.tree.syntax import (
    PI,
    Apply,
    Expr,
    Listing,
    NamedSet,
    Negate,
    Node,
    Number,
    PlusMinus,
    Relation,
    SetBuilder,
    Sum,
    Symbol,
    walk,
)
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MAX_PERIODS", "Families", "SolutionFamily", "families", "in_step"]

_ZERO = Number(0)
_INTEGERS = frozenset({"k", "n", "m", "l", "j"})
"""Names that mean an integer without a declaration, against a gold that has one."""
_SOLVED = frozenset({"k", "n"})
"""Those that mean one in the well-known form of a solution."""
_EXACT = 1e-9
MAX_PERIODS = 10**6
"""Largest distance, in periods, between the offsets of two families."""


@dataclasses.dataclass(frozen=True, slots=True)
class SolutionFamily:
    """`offset + period * k` for every integer `k`; `bend` is 0 if it is linear in `k` indeed."""

    offset: Expr
    period: Expr
    bend: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Families:
    """The families that an answer states, and the quantity they are values of."""

    members: tuple[SolutionFamily, ...]
    about: Node | None
    stated: bool
    r"""True if the integer is declared to be one, as in `k \in \mathbb{Z}`."""
    circular: bool = False
    r"""True if it is undeclared but the family has the well-known form `\frac{\pi}{4} + k\pi`."""


def families(node: Node) -> Families | None:
    r"""The families that a node means, or None.

    >>> from rewards.answers.reading.reader import read
    >>> families(read("x \\equiv 3 \\pmod 5")).members == families(read("3 \\pmod 5")).members
    True
    >>> families(read("x = 2k + 1")).stated, families(read("x^2"))
    (False, None)
    """
    match node:
        case Relation((Expr(), Apply("residue")), ("equiv",)) | Apply("residue"):
            return _residues((node,))
        case SetBuilder(Symbol() as element, Listing((Relation((name, _), ("=",)), _))) if element == name:
            return families(node.condition)
        case SetBuilder(Expr() as element, Relation((Symbol() as integer, NamedSet("Z")), ("in",))):
            return _linear((element,), integer)
        case Listing((*values, Relation((Symbol() as integer, NamedSet("Z")), ("in",)))):
            return _linear(values, integer)
        case Listing(items):
            return _residues(items) or _unstated(items)
        case Relation() | Expr():
            return _unstated((node,))
        case _:
            return None


def in_step(gold: Node, answer: Node) -> tuple[Node, Node] | None:
    r"""Compare structures over one integer that both share; None where they are no such structures.

    `[k\pi, k\pi + 1]` and `[n\pi + \pi, n\pi + \pi + 1]`, where both say that `k` and `n` are integers.
    """
    match gold, answer:
        case (
            Listing((ours, Relation((Symbol() as integer, NamedSet("Z")), ("in",)))),
            Listing((theirs, Relation((Symbol() as other, NamedSet("Z")), ("in",)))),
        ):
            first, second = _first_family(ours, integer), _first_family(theirs, other)
        case _:
            return None
    if first is None or second is None:
        return None
    period, start, begin = (magnitude(part) for part in (first.period, first.offset, second.offset))
    if not period or start is None or begin is None or abs(start - begin) > MAX_PERIODS * abs(period):
        return None
    same_place = Sum((integer, Number(round((start - begin) / period))))
    return ours, replaced(theirs, lambda part: same_place if part == other else None)


def _first_family(node: Node, integer: Symbol) -> SolutionFamily | None:
    first = next((part for part in walk(node) if isinstance(part, Expr)), None)
    found = _linear((first,), integer) if first is not None else None
    return found.members[0] if found is not None else None


def _residues(items: Iterable[Node]) -> Families | None:
    found: list[SolutionFamily] = []
    names: set[Node | None] = set()
    for item in items:
        match item:
            case Relation((name, Apply("residue", (Expr() as value, Expr() as modulus))), ("equiv",)):
                names.add(name)
            case Apply("residue", (Expr() as value, Expr() as modulus)):
                names.add(None)
            case _:
                return None
        found.append(SolutionFamily(value, modulus, _ZERO))
    return Families(tuple(found), names.pop(), stated=True) if len(names) == 1 else None


def _unstated(items: Iterable[Node]) -> Families | None:
    """Read a family without a declared integer: its one unknown must have an integer's name."""
    values = [item.sides[-1] if isinstance(item, Relation) else item for item in items]
    integers = {name for value in values for name in unknowns(value)}
    if len(integers) != 1:
        return None
    integer = integers.pop()
    found = _linear(tuple(items), integer) if integer.name in _INTEGERS else None
    circular = integer.name in _SOLVED and all(_is_solution(value, integer) for value in values)
    return found and dataclasses.replace(found, stated=False, circular=circular)


def _is_solution(value: Node, integer: Symbol) -> bool:
    r"""Return True if a value is an angle plus a multiple of `k\pi` that does not divide the angle."""
    match value:
        case Sum((one, other)):
            angle, multiple = (one, other) if integer in walk(other) else (other, one)
        case _:
            return False
    angular = PI in walk(angle) or any(isinstance(part, Apply) for part in walk(angle))
    if not angular or PI not in walk(multiple) or integer in walk(angle):
        return False
    start, period = magnitude(_unsigned(angle)), magnitude(_at(_unsigned(multiple), integer, 1))
    if start is None or not period:
        return False
    return abs(start / period - round(start / period)) > _EXACT


def _unsigned(node: Expr) -> Expr:
    return node.operand if isinstance(node, (Negate, PlusMinus)) else node


def _linear(items: Iterable[Node], integer: Symbol) -> Families | None:
    found: list[SolutionFamily] = []
    names: set[Node | None] = set()
    for item in items:
        match item:
            case Relation((name, Expr() as value), ("=",)):
                names.add(name)
            case Expr() as value:
                names.add(None)
            case _:
                return None
        if any(name is not None and integer in walk(name) for name in names):
            return None
        for reading in all_signs(value):
            if not isinstance(reading, Expr) or unknowns(reading) != {integer}:
                return None
            start, once, twice = (_at(reading, integer, place) for place in range(3))
            step = Sum((once, Negate(start)))
            found.append(SolutionFamily(start, step, Sum((twice, Negate(once), Negate(step)))))
    return Families(tuple(found), names.pop(), stated=True) if len(names) == 1 else None


def _at(node: Expr, integer: Symbol, place: int) -> Expr:
    return cast("Expr", replaced(node, lambda part: Number(place) if part == integer else None))
