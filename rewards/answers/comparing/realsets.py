r"""Sets of real numbers as unions of intervals: one form for `(0,1]`, `0<x\le1`, `\{x \mid ...\}`, `x \ne 3`.

Bounds are put in order by their approximate size and stay expressions; whether two bounds are equal is asked
of the caller. A condition on two unknowns, or with a bound that is no constant, has no such form.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.comparing.spans import (
    EVERYTHING,
    MINUS_INFINITY,
    PLUS_INFINITY,
    Cut,
    Span,
    complement,
    joined,
    overlap,
)
from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.symbols import INEQUALITIES, MIRRORED
from rewards.answers.reading.numerals import exact
from rewards.answers.tree.rewriting import all_signs, unknowns
from rewards.answers.tree.syntax import (
    Absolute,
    Difference,
    Expr,
    I,
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
    from collections.abc import Callable, Sequence

__all__ = ["RealSet", "may_be_real_set", "real_set"]

_MOST_SPANS: Final = 400
_MOST_CONDITIONS: Final = 20


@dataclasses.dataclass(frozen=True, slots=True)
class RealSet:
    """Disjoint intervals in order, and the quantity they say something about (None: the set itself)."""

    spans: tuple[Span, ...]
    about: Expr | None = None

    def ends_beside(self, other: RealSet) -> list[tuple[Expr, Expr]] | None:
        """The ends of the intervals beside those of another set; None where the intervals differ in kind."""
        cuts, others = ([cut for span in one.spans for cut in span] for one in (self, other))
        if len(cuts) != len(others):
            return None
        if any(
            cut.after != also.after or not cut.meets(also) for cut, also in zip(cuts, others, strict=True)
        ):
            return None
        return [(cut.at, also.at) for cut, also in zip(cuts, others, strict=True)]


class _NoFormError(Exception):
    """Not a union of intervals with constant ends."""


def real_set(node: Node) -> RealSet | None:
    r"""The set of real numbers that a node says, or None where it has no such form.

    >>> from rewards.answers.reading.reader import read
    >>> real_set(read("0 < x \\le 1")).spans == real_set(read("(0, 1]")).spans
    True
    >>> real_set(read("x < y")) is None
    True
    """
    try:
        return _read(node)
    except (_NoFormError, ValueTooBig, NoValue):
        return None


def may_be_real_set(node: Node) -> bool:
    """Return True if :func:`real_set` knows the kind of a node.

    >>> from rewards.answers.reading.reader import read
    >>> may_be_real_set(read("x < 1")), may_be_real_set(read("1"))
    (True, False)
    """
    return type(node) in _forms()


def _read(node: Node) -> RealSet:
    form = _forms().get(type(node))
    if form is None:
        raise _NoFormError
    return form(node)


@functools.cache
def _forms() -> dict[type[Node], Callable[..., RealSet]]:
    return {
        Interval: lambda node: _between(node.low, node.high, node.low_closed, node.high_closed),
        Tuple: _pair,
        NamedSet: _named_set,
        SetOf: _points,
        Union: lambda node: RealSet(_bounded_join([span for part in node.parts for span in _bare(part)])),
        Intersection: lambda node: RealSet(functools.reduce(_bounded_overlap, map(_bare, node.parts))),
        Difference: lambda node: RealSet(
            _bounded_overlap(_bare(node.whole), complement(_bare(node.removed)))
        ),
        Relation: _relation,
        SetBuilder: _built,
        Listing: _conditions,
    }


# --- sets


def _between(low: Node, high: Node, low_closed: bool, high_closed: bool) -> RealSet:  # noqa: FBT001 - open or closed is what an end is
    span = Span(_cut(low, after=not low_closed), _cut(high, after=high_closed))
    if not span.start.is_before(span.end):
        raise _NoFormError
    return RealSet((span,))


def _pair(node: Tuple) -> RealSet:
    match node:
        case Tuple((low, high), "()" | "[]" as brackets):
            return _between(low, high, brackets == "[]", brackets == "[]")
        case _:
            raise _NoFormError


def _named_set(node: NamedSet) -> RealSet:
    row = NUMBER_SETS.get(node.name)
    if row is None or row.numbers != "R":
        raise _NoFormError
    return RealSet(_half_lines(row.relation, Number(0)) if row.relation else EVERYTHING)


def _points(node: SetOf) -> RealSet:
    return RealSet(_bounded_join([_point(item) for item in node.items]))


def _point(node: Node) -> Span:
    return Span(_cut(node, after=False), _cut(node, after=True))


def _cut(node: Node, *, after: bool) -> Cut:
    about = magnitude(node)
    if about is None or not isinstance(node, Expr):
        raise _NoFormError
    return Cut(about, node, after)


def _bare(node: Node) -> tuple[Span, ...]:
    inner = _read(node)
    if inner.about is not None:
        raise _NoFormError
    return inner.spans


def _bounded_join(spans: Sequence[Span]) -> tuple[Span, ...]:
    if len(spans) > _MOST_SPANS:
        raise _NoFormError
    return joined(spans)


def _bounded_overlap(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    if len(one) * len(other) > _MOST_SPANS**2 // 4:
        raise _NoFormError
    return overlap(one, other)


def _built(node: SetBuilder) -> RealSet:
    inner = _read(node.condition)
    match node.element:
        case Relation((element, NamedSet("R")), ("in",)):
            pass
        case element:
            pass
    if inner.about is None or inner.about != element:
        raise _NoFormError
    return RealSet(inner.spans)


# --- conditions


def _conditions(node: Listing) -> RealSet:
    r"""Several conditions on one quantity: `x < 1 \text{ or } x = 3`, `x > 1, x \ne 2`, `x \ne 1, 2`."""
    if not 1 < len(node.items) <= _MOST_CONDITIONS:
        raise _NoFormError
    parts = [_condition(item, node) for item in node.items]
    about = parts[0].about
    if any(part.about != about for part in parts) or (about is None and node.joint != "or"):
        raise _NoFormError
    points = sum(len(part.spans) == 1 and part.spans[0].is_point for part in parts)
    if node.joint == "or" and points < len(parts):
        return RealSet(_disjoint([part.spans for part in parts]), about)
    if points or node.joint in {"or", ";"}:
        raise _NoFormError
    spans = functools.reduce(_bounded_overlap, [part.spans for part in parts])
    if spans:
        return RealSet(spans, about)
    if node.joint == "and":
        raise _NoFormError  # `x < 1 and x > 2` may mean nothing, or both parts
    return RealSet(_disjoint([part.spans for part in parts]), about)


def _disjoint(parts: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    """The union of parts side by side: `x < 1, x > 2`; `x > 3` or `x > 5` are two answers."""
    spans = _bounded_join([span for part in parts for span in part])
    if not all(parts) or len(spans) != sum(map(len, parts)):
        raise _NoFormError
    return spans


def _condition(item: Node, among: Listing) -> RealSet:
    match item, among:
        case Relation((Expr() as name, value), ("=",)), Listing(_, "or") if not unknowns(value):
            return RealSet((_point(value),), name)
        case ((Relation() | Listing()), _):
            return _read(item)
        case Interval(), Listing(_, "or"):
            return _read(item)
        case Expr(), Listing((Relation((name, _), ("!=",)), *_), "," | "and"):
            return _read(Relation((name, item), ("!=",)))
        case _:
            raise _NoFormError


def _relation(node: Relation) -> RealSet:
    if node.operators == ("in",) and isinstance(node.sides[0], Expr) and unknowns(node.sides[0]):
        return RealSet(_bare(node.sides[1]), node.sides[0])
    spans = EVERYTHING
    about: Expr | None = None
    for reading in all_signs(node) if node.operators == ("!=",) else (node,):
        sides = reading.sides  # type: ignore[attr-defined]
        for left, operator, right in zip(sides, node.operators, sides[1:], strict=False):
            if operator not in INEQUALITIES or not (isinstance(left, Expr) and isinstance(right, Expr)):
                raise _NoFormError
            quantity, allowed = _comparison(left, operator, right)
            if about is not None and quantity != about:
                raise _NoFormError
            spans, about = _bounded_overlap(spans, allowed), quantity
    if not spans:
        raise _NoFormError  # `3 < x < 2` contradicts itself
    return _without_bars(RealSet(spans, about))


def _comparison(left: Expr, operator: str, right: Expr) -> tuple[Expr, tuple[Span, ...]]:
    """One inequality between a quantity and a constant, solved for the quantity if it is linear."""
    if magnitude(left) is not None:
        left, operator, right = right, MIRRORED.get(operator, operator), left
    if magnitude(right) is None or not (unknowns(left) or left == I):
        raise _NoFormError
    core, factor, offset = _linear(left)
    bound = right
    if offset:
        bound = Sum((bound, Number(exact(-offset))))
    if factor != 1:
        bound = Product((bound, Number(exact(1 / factor))))
        operator = MIRRORED.get(operator, operator) if factor < 0 else operator
    known = rational(bound) if bound is not right else None
    return core, _half_lines(operator, Number(known) if known is not None else bound)


def _half_lines(operator: str, bound: Expr) -> tuple[Span, ...]:
    below = Span(MINUS_INFINITY, _cut(bound, after=operator == "<="))
    above = Span(_cut(bound, after=operator != ">="), PLUS_INFINITY)
    if operator == "!=":
        return below, above
    return (below,) if operator in {"<", "<="} else (above,)


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
            rest, known = _parted(factors)
            scale = math.prod(known, start=Fraction(1))
            if rest is not None and scale:
                core, factor, offset = _linear(rest)
                return core, factor * scale, offset * scale
        case Sum(terms):
            rest, known = _parted(terms)
            if rest is not None:
                core, factor, offset = _linear(rest)
                return core, factor, offset + sum(known, Fraction())
    return node, Fraction(1), Fraction(0)


def _parted(parts: tuple[Expr, ...]) -> tuple[Expr | None, list[Fraction]]:
    """The one part that is no rational number, None if there are several; and the numbers."""
    values = [rational(part) for part in parts]
    rest = [part for part, value in zip(parts, values, strict=True) if value is None]
    return rest[0] if len(rest) == 1 else None, [Fraction(value) for value in values if value is not None]


def _without_bars(found: RealSet) -> RealSet:
    """`|x - 1| < 2` as `-1 < x < 3`."""
    if not isinstance(found.about, Absolute):
        return found
    positive = _bounded_overlap(found.spans, (Span(_cut(Number(0), after=False), PLUS_INFINITY),))
    negative = [_scaled(span, Fraction(-1), Fraction()) for span in positive]
    core, factor, offset = _linear(found.about.operand)
    spans = [_scaled(span, 1 / factor, -offset / factor) for span in _bounded_join([*negative, *positive])]
    return RealSet(_bounded_join(spans), core)


def _scaled(span: Span, factor: Fraction, offset: Fraction) -> Span:
    """The numbers of a span, each times a factor and plus an offset."""
    start, end = (_moved(cut, factor, offset) for cut in span)
    return Span(start, end) if factor > 0 else Span(end, start)


def _moved(cut: Cut, factor: Fraction, offset: Fraction) -> Cut:
    if math.isinf(cut.about):
        return cut if factor > 0 else (PLUS_INFINITY if cut.about < 0 else MINUS_INFINITY)
    known = rational(cut.at)
    if known is not None:
        at: Expr = Number(exact(known * factor + offset))
    elif factor == -1 and not offset:
        at = cut.at.operand if isinstance(cut.at, Negate) else Negate(cut.at)
    else:
        at = Sum((Product((Number(exact(factor)), cut.at)), Number(exact(offset))))
    about = cut.about * float(factor) + float(offset)
    return Cut(about, at, cut.after if factor > 0 else not cut.after)
