r"""Sets of real numbers as unions of intervals: one form for `(0,1]`, `0<x\le1`, `\{x \mid ...\}`, `x \ne 3`.

Bounds are put in order by their approximate size and stay expressions; whether two bounds are equal is asked
of the caller. A condition on two unknowns, or with a bound that is no constant, has no such form.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: FBT001, FBT003 - open or closed is what an end is

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.symbols import INEQUALITIES, MIRRORED
from rewards.answers.reading.numerals import exact
from rewards.answers.tree.rewriting import all_signs, unknowns
from rewards.answers.tree.syntax import (
    INFINITY,
    Absolute,
    Difference,
    Expr,
    Intersection,
    Interval,
    Listing,
    NamedSet,
    Negate,
    Node,
    Number,
    Product,
    Quotient,
    Relation,
    SetBuilder,
    SetOf,
    Sum,
    Tuple,
    Union,
)
from rewards.answers.values.exact import NoValue, ValueTooBig, rational
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Bound", "RealSet", "real_set"]

_MAX_PIECES = 400
_CLOSE = 1e-11


@dataclasses.dataclass(frozen=True, slots=True)
class Bound:
    """An end of an interval: where it is, exactly and about."""

    about: float
    at: Expr

    def meets(self, other: Bound) -> bool:
        """Return True if the two bounds are at the same place, to float precision."""
        if math.isinf(self.about) or math.isinf(other.about):
            return self.about == other.about
        return abs(self.about - other.about) <= _CLOSE * max(1.0, abs(self.about), abs(other.about))


Piece: TypeAlias = tuple[Bound, bool, Bound, bool]
"""Low end, whether it belongs, high end, whether it belongs."""


@dataclasses.dataclass(frozen=True, slots=True)
class RealSet:
    """Disjoint intervals in order, and the quantity they say something about (None: the set itself)."""

    pieces: tuple[Piece, ...]
    about: Expr | None = None

    def ends_beside(self, other: RealSet) -> list[tuple[Expr, Expr]] | None:
        """The ends of the intervals beside those of another set; None where the intervals differ in kind."""
        if len(self.pieces) != len(other.pieces):
            return None
        found: list[tuple[Expr, Expr]] = []
        for (low, low_in, high, high_in), (start, start_in, end, end_in) in zip(
            self.pieces, other.pieces, strict=True
        ):
            if (low_in, high_in) != (start_in, end_in) or not low.meets(start) or not high.meets(end):
                return None
            found += [(low.at, start.at), (high.at, end.at)]
        return found


_LOW = Bound(-math.inf, Negate(INFINITY))
_HIGH = Bound(math.inf, INFINITY)
_EVERYTHING: tuple[Piece, ...] = ((_LOW, False, _HIGH, False),)


class _NoFormError(Exception):
    """Not a union of intervals with constant ends."""


def real_set(node: Node) -> RealSet | None:
    r"""The set of real numbers that a node says, or None where it has no such form.

    >>> from rewards.answers.reading.reader import read
    >>> real_set(read("0 < x \\le 1")).pieces == real_set(read("(0, 1]")).pieces
    True
    >>> real_set(read("x < y")) is None
    True
    """
    try:
        return _convert(node)
    except (_NoFormError, ValueTooBig, NoValue):
        return None


def _convert(node: Node) -> RealSet:
    match node:
        case Interval(low, high, low_closed, high_closed):
            return RealSet(_interval(_bound(low), low_closed, _bound(high), high_closed))
        case Tuple((low, high), "()"):
            return RealSet(_interval(_bound(low), False, _bound(high), False))
        case Tuple((low, high), "[]"):
            return RealSet(_interval(_bound(low), True, _bound(high), True))
        case NamedSet("R"):
            return RealSet(_EVERYTHING)
        case NamedSet(name) if name in NUMBER_SETS and NUMBER_SETS[name].numbers == "R":
            return RealSet(_half_line(NUMBER_SETS[name].relation, _bound(Number(0))))
        case SetOf(items):
            return RealSet(_merged(_point(_bound(item)) for item in items))
        case Union(parts):
            return RealSet(_merged(piece for part in parts for piece in _bare(part)))
        case Intersection(parts):
            pieces = _EVERYTHING
            for part in parts:
                pieces = _overlap(pieces, _bare(part))
            return RealSet(pieces)
        case Difference(whole, removed):
            return RealSet(_overlap(_bare(whole), _complement(_bare(removed))))
        case Relation(_, ("!=",)):
            readings = [reading for reading in all_signs(node) if isinstance(reading, Relation)]
            return _combined([_relation(reading) for reading in readings], "and")
        case Relation():
            return _relation(node)
        case SetBuilder(element, condition):
            return _built(element, condition)
        case Listing(items, joint) if all(
            isinstance(item, (Relation, Listing)) or (joint == "or" and isinstance(item, Interval))
            for item in items
        ):
            return _combined([_convert(item) for item in items], joint)
        case _:
            raise _NoFormError


def _bare(node: Node) -> tuple[Piece, ...]:
    inner = _convert(node)
    if inner.about is not None and not isinstance(node, SetBuilder):
        raise _NoFormError
    return inner.pieces


def _built(element: Node, condition: Node) -> RealSet:
    inner = _convert(condition)
    if isinstance(element, Relation) and element.operators == ("in",) and element.sides[1] == NamedSet("R"):
        element = element.sides[0]
    if inner.about is None or inner.about != element:
        raise _NoFormError
    return RealSet(inner.pieces)


def _combined(parts: list[RealSet], joint: str) -> RealSet:
    quantities = {part.about for part in parts}
    if len(quantities) != 1 or len(parts) > 20:
        raise _NoFormError
    if joint == "or":
        pieces = _merged(piece for part in parts for piece in part.pieces)
        if len(pieces) != sum(len(part.pieces) for part in parts):
            raise _NoFormError  # `x > 3` or `x > 5` are two answers
    else:
        if joint == ";" or any(
            len(part.pieces) == 1 and part.pieces[0][0] == part.pieces[0][2] for part in parts
        ):
            raise _NoFormError
        pieces = _EVERYTHING
        for part in parts:
            pieces = _overlap(pieces, part.pieces)
    return RealSet(pieces, parts[0].about)


def _relation(node: Relation) -> RealSet:
    if node.operators == ("in",) and isinstance(node.sides[0], Expr):
        inner = _convert(node.sides[1])
        if inner.about is not None:
            raise _NoFormError
        return RealSet(inner.pieces, node.sides[0])
    pieces = _EVERYTHING
    about: Expr | None = None
    for left, operator, right in zip(node.sides, node.operators, node.sides[1:], strict=False):
        if operator not in INEQUALITIES or not (isinstance(left, Expr) and isinstance(right, Expr)):
            raise _NoFormError
        quantity, piece = _comparison(left, operator, right)
        if about is not None and quantity != about:
            raise _NoFormError
        about = quantity
        pieces = _overlap(pieces, piece)
    return _without_bars(RealSet(pieces, about))


def _comparison(left: Expr, operator: str, right: Expr) -> tuple[Expr, tuple[Piece, ...]]:
    """One inequality between a quantity and a constant, solved for the quantity if it is linear."""
    if magnitude(left) is not None:
        left, operator, right = right, MIRRORED.get(operator, operator), left
    if magnitude(right) is None or not unknowns(left):
        raise _NoFormError
    core, factor, offset = _linear(left)
    bound = right
    if offset:
        bound = Sum((bound, Number(exact(-offset))))
    if factor != 1:
        bound = Product((bound, Number(exact(1 / factor))))
        operator = MIRRORED.get(operator, operator) if factor < 0 else operator
    known = rational(bound) if bound is not right else None
    return core, _half_line(operator, _bound(Number(known) if known is not None else bound))


def _linear(node: Expr) -> tuple[Expr, Fraction, Fraction]:
    """A quantity as `factor * core + offset` with rational factor and offset."""
    match node:
        case Negate(operand):
            core, factor, offset = _linear(operand)
            return core, -factor, -offset
        case Quotient(above, below) if divisor := rational(below):  # neither unknown nor 0
            core, factor, offset = _linear(above)
            return core, factor / divisor, offset / divisor
        case Product(factors):
            known = [rational(factor) for factor in factors]
            rest = [factor for factor, value in zip(factors, known, strict=True) if value is None]
            if len(rest) == 1:
                core, factor, offset = _linear(rest[0])
                scale = math.prod(
                    (Fraction(value) for value in known if value is not None), start=Fraction(1)
                )
                if scale:
                    return core, factor * scale, offset * scale
        case Sum(terms):
            known = [rational(term) for term in terms]
            rest = [term for term, value in zip(terms, known, strict=True) if value is None]
            if len(rest) == 1:
                core, factor, offset = _linear(rest[0])
                return (
                    core,
                    factor,
                    offset + sum((Fraction(value) for value in known if value is not None), Fraction()),
                )
        case _:
            pass
    return node, Fraction(1), Fraction(0)


def _without_bars(found: RealSet) -> RealSet:
    """`|x| < 2` as `-2 < x < 2`."""
    if not isinstance(found.about, Absolute):
        return found
    positive = _overlap(found.pieces, _interval(_bound(Number(0)), True, _HIGH, False))
    negative = tuple(
        (_mirror(high), closed_high, _mirror(low), closed_low)
        for low, closed_low, high, closed_high in positive
    )
    return RealSet(_merged((*negative, *positive)), found.about.operand)


def _mirror(bound: Bound) -> Bound:
    at = bound.at.operand if isinstance(bound.at, Negate) else Negate(bound.at)
    known = rational(at)
    return Bound(-bound.about, at if known is None else Number(known))


def _half_line(operator: str, bound: Bound) -> tuple[Piece, ...]:
    below, above = (_LOW, False, bound, operator == "<="), (bound, operator == ">=", _HIGH, False)
    if operator == "!=":
        return below, above
    return (below,) if operator in {"<", "<="} else (above,)


def _bound(node: Node) -> Bound:
    about = magnitude(node)
    if about is None or not isinstance(node, Expr):
        raise _NoFormError
    return Bound(about, node)


def _point(bound: Bound) -> Piece:
    return (bound, True, bound, True)


def _interval(low: Bound, low_closed: bool, high: Bound, high_closed: bool) -> tuple[Piece, ...]:
    if low.about > high.about and not low.meets(high):
        raise _NoFormError
    return ((low, low_closed, high, high_closed),)


def _merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The union, with what touches or overlaps joined."""
    ordered = sorted(pieces, key=lambda piece: (piece[0].about, not piece[1]))
    if len(ordered) > _MAX_PIECES:
        raise _NoFormError
    joined: list[Piece] = []
    for low, low_closed, high, high_closed in ordered:
        if joined:
            start, start_closed, end, end_closed = joined[-1]
            touching = end.meets(low)
            if (touching and (end_closed or low_closed)) or (not touching and low.about < end.about):
                start_closed = start_closed or (start.meets(low) and low_closed)
                if end.meets(high):
                    joined[-1] = (start, start_closed, end, end_closed or high_closed)
                elif high.about > end.about:
                    joined[-1] = (start, start_closed, high, high_closed)
                else:
                    joined[-1] = (start, start_closed, end, end_closed)
                continue
        joined.append((low, low_closed, high, high_closed))
    return tuple(joined)


def _complement(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    gaps: list[Piece] = []
    start, closed = _LOW, False
    for low, low_closed, high, high_closed in pieces:
        if not (math.isinf(low.about) and low.about < 0):
            gaps.append((start, closed, low, not low_closed))
        start, closed = high, not high_closed
    if not math.isinf(start.about) or start is _LOW:
        gaps.append((start, closed, _HIGH, False))
    return tuple(gaps)


def _overlap(one: tuple[Piece, ...], other: tuple[Piece, ...]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    if len(one) * len(other) > _MAX_PIECES**2 // 4:
        raise _NoFormError
    for low, low_closed, high, high_closed in one:
        for start, start_closed, end, end_closed in other:
            if low.meets(start):
                left, left_closed = low, low_closed and start_closed
            else:
                left, left_closed = (low, low_closed) if low.about > start.about else (start, start_closed)
            if high.meets(end):
                right, right_closed = high, high_closed and end_closed
            else:
                right, right_closed = (high, high_closed) if high.about < end.about else (end, end_closed)
            if left.meets(right):
                if left_closed and right_closed:
                    found.append((left, True, left, True))
            elif left.about < right.about:
                found.append((left, left_closed, right, right_closed))
    return tuple(sorted(found, key=lambda piece: (piece[0].about, not piece[1])))
