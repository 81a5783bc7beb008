"""Probing: comparing two expressions by their values, in ball arithmetic.

* **A difference is proof.** Two balls that do not meet, at a point where both expressions have a value.
* **Constants** are compared at ever more bits: equal for sure once the ball around their difference is
  narrower than the separation bound of algebraic numbers (:mod:`~.separation`); where no bound
  is known (pi, e, logarithms), on evidence: agreement to :data:`EVIDENCE_BITS` bits and twice the bits their
  literals hold.
* **Expressions with unknowns** are compared at :data:`POINTS` random points, agreement at each to at least
  :data:`AGREEMENT_BITS` bits and at one of them to :data:`EVIDENCE_BITS`. An algebraic function of degree d
  that is not zero vanishes at a random point with 62 random bits with a chance of at most d / 2^62, so eight
  points leave less than 2^-400 for any d up to 2^12; that a function which is not zero is below 2^-1000 at
  one random point and below 2^-64 at seven others has no proof, only experience.

Domain. Unknowns are real and take both signs, and points where either side has no real value are passed over,
as school does (`ln x^2` equals `2 ln x`, `sqrt(x^2)` does not equal `x`). Where `i` occurs values are complex
with principal branches, and `z` and `w` are complex unknowns there and below `|.|`, `Re`, `Im` and `arg`.
Unknowns in factorials, binomials, bounds of sums and exponents of negative numbers are whole, and are tried
at consecutive values so that no period of them goes unseen. Points are drawn from a hash of the sorted pair.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

import flint

from rewards.answers.values.balls import Balls
from rewards.answers.values.exact import NotComparable, NoValue, ValueTooBig, both
from rewards.answers.values.fields import FIELDS
from rewards.answers.values.fingerprints import Fingerprint
from rewards.answers.values.points import SamplePoints, whole_values
from rewards.answers.values.precision import Ball, Point, WorkLimit, precision
from rewards.answers.values.separation import height, separation_bits

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.tree import syntax as s

__all__ = [
    "AGREEMENT_BITS",
    "EVIDENCE_BITS",
    "POINTS",
    "ProbeContext",
    "constant_ratio",
    "equal_by_probing",
]

POINTS = 8
"""Points with a value on both sides that equality asks for."""

AGREEMENT_BITS = 64
"""Bits to which two values must agree at every point, relative to the larger."""

EVIDENCE_BITS = 1_000
"""Bits to which two constants without a separation bound must agree, at least."""

_FIRST_BITS = 192
_STEPS = (_FIRST_BITS, 4 * _FIRST_BITS, 16 * _FIRST_BITS)
_EVIDENCE_STEPS = (EVIDENCE_BITS + 2 * _FIRST_BITS, 4 * EVIDENCE_BITS)
_MAX_BITS = 1 << 15
_ATTEMPTS = 128
_FEWEST_POINTS = 4
_FEWEST_WHOLE_POINTS = 10
_WHOLE_POINTS = 14


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """The properties of a pair of expressions that are known before it is probed."""

    seed: Callable[[], bytes]
    """Bytes of the pair, whatever its order; constants do not need them."""
    unknowns: frozenset[s.Symbol]
    """All unknowns of both sides, with functions that have no definition and units; none for constants."""
    whole: frozenset[s.Symbol]
    """Those that are whole numbers."""
    complex: bool = False
    """True if `i` occurs, or a function of complex numbers."""
    complex_names: frozenset[str] = frozenset()
    """The unknowns and functions that functions of complex numbers apply to; beside `z` and `w`."""
    branches: bool = False
    """True if an absolute value, a maximum or the like occurs."""
    reach: int = 0
    """The largest number in either expression."""
    logarithm: int | None = None
    budgets: tuple[WorkLimit, WorkLimit] = dataclasses.field(
        default_factory=lambda: (WorkLimit(), WorkLimit())
    )
    """Each side has its own, so that the order of evaluation changes nothing."""


def equal_by_probing(first: s.Expr, second: s.Expr, context: ProbeContext) -> bool | None:
    """Return True if two expressions are equal; None if undecided.

    Raises :class:`ValueTooBig` where a constant is too large to tell, and NoValue where one has no value.
    """
    if not context.unknowns:
        return _equal_constants(first, second, context)
    return _equal_functions(first, second, context)


# --- constants ---------------------------------------------------------------------------------------------


def _equal_constants(first: s.Expr, second: s.Expr, context: ProbeContext) -> bool:
    bits, needed, proof, complex_values = _FIRST_BITS, 0, False, context.complex
    while True:
        with precision(bits):
            pair = _values(first, second, context, complex_values=complex_values)
            if not _finite(pair) and not complex_values:
                complex_values = True
                pair = _values(first, second, context, complex_values=True)
            if _finite(pair):
                difference = pair[0] - pair[1]
                if not difference.contains(0):
                    return False
                needed, proof = (needed, proof) if needed else _bits_needed(first, second)
                if _narrow(difference, pair, needed, proof=proof):
                    return True
            elif bits > EVIDENCE_BITS and any(_undefined(value) for value in pair):
                message = "a constant without a value"
                raise NoValue(message)
        if bits == _MAX_BITS:
            message = "a constant that cannot be told from another within the bits allowed"
            raise ValueTooBig(message)
        bits = min(max(4 * bits, needed + _FIRST_BITS), _MAX_BITS)


def _bits_needed(first: s.Expr, second: s.Expr) -> tuple[int, bool]:
    """Return the bits to which two constants must agree, and True if that proves them equal."""
    bound = separation_bits(first, second)
    if bound is not None and bound < _MAX_BITS // 2:
        return bound, True
    return min(EVIDENCE_BITS + 2 * (height(first) + height(second)), _MAX_BITS // 2), False


def _values(
    first: s.Expr, second: s.Expr, context: ProbeContext, *, complex_values: bool
) -> tuple[Ball, Ball]:
    def no_unknowns(key: int) -> flint.arb:
        raise NotComparable(key)

    point = Point(free=no_unknowns, integers={}, complex=complex_values, logarithm=context.logarithm)
    return _both(first, second, point, context)


def _both(first: s.Expr, second: s.Expr, point: Point, context: ProbeContext) -> tuple[Ball, Ball]:
    budget, other_budget = context.budgets
    return both(lambda: Balls(point, budget).of(first), lambda: Balls(point, other_budget).of(second))


def _finite(pair: tuple[Ball, Ball]) -> bool:
    return bool(pair[0].is_finite() and pair[1].is_finite())


def _undefined(value: Ball) -> bool:
    return bool(value.real.is_nan() or value.imag.is_nan())


def _narrow(difference: Ball, pair: tuple[Ball, Ball], bits: int, *, proof: bool) -> bool:
    """Return True if a difference is below 2**-bits; for evidence, relative to small values."""
    scale = flint.arb(1)
    if not proof and not pair[0].contains(0) and not pair[1].contains(0):
        scale = min(scale, max(abs(pair[0]).upper(), abs(pair[1]).upper()))
    return bool(abs(difference).upper() <= scale * flint.arb(2) ** -bits)


# --- expressions with unknowns -----------------------------------------------------------------------------


def _equal_functions(first: s.Expr, second: s.Expr, context: ProbeContext) -> bool | None:
    found: list[_Agreement] = []

    def met(point: Point, before: int) -> bool | None:
        agreement = _agreement_at(first, second, point, context, evidence=before == 1)
        found.append(agreement)
        return None if agreement is _Agreement.DIFFERENT else agreement is _Agreement.EQUAL

    holds = _at_enough_points(context, met)
    return None if holds is None and not all(one is _Agreement.UNDEFINED for one in found) else bool(holds)


def _at_enough_points(context: ProbeContext, met: Callable[[Point, int], bool | None]) -> bool | None:
    """Return True if as many points as an equality asks for are met, and False at the first that is None.

    `met` is given a point and the number of points that were met before.
    """
    enough, fewest = (_WHOLE_POINTS, _FEWEST_WHOLE_POINTS) if context.whole else (POINTS, _FEWEST_POINTS)
    for complex_values in (False, True) if not context.complex else (True,):
        samples, count = _sample_points(context), 0
        for tried in range(_ATTEMPTS):
            here = met(_point(context, samples, tried, complex_values=complex_values), count)
            if here is None:
                return False
            count += here
            if count >= enough and tried >= samples.prepared():
                return True
        if count >= fewest:
            return True
    return None


def _sample_points(context: ProbeContext) -> SamplePoints:
    fingerprint = Fingerprint(FIELDS[0])
    keys = sorted(fingerprint.of(unknown) for unknown in context.unknowns - context.whole)
    return SamplePoints(context.seed(), keys, reach=context.reach, branches=context.branches)


def _point(context: ProbeContext, samples: SamplePoints, attempt: int, *, complex_values: bool) -> Point:
    whole = context.whole
    planar = complex_values and not {"x", "y"} & {unknown.name for unknown in context.unknowns}
    return Point(
        free=samples.values(attempt),
        integers=whole_values(whole, whole, context.seed(), attempt) if whole else {},
        complex_names=context.complex_names | (frozenset("zw") if planar else frozenset()),
        complex=complex_values,
        logarithm=context.logarithm,
    )


class _Agreement(enum.Enum):
    """Agreement of two expressions at one point."""

    EQUAL = enum.auto()
    DIFFERENT = enum.auto()
    UNDEFINED = enum.auto()
    """One of them has no value."""
    UNCLEAR = enum.auto()
    """Too close to be told apart, and not close enough to agree."""


def _agreement_at(
    first: s.Expr, second: s.Expr, point: Point, context: ProbeContext, *, evidence: bool
) -> _Agreement:
    needed = EVIDENCE_BITS if evidence else AGREEMENT_BITS
    for bits in _EVIDENCE_STEPS if evidence else _STEPS:
        with precision(bits):
            try:
                pair = _both(first, second, point, context)
            except NoValue:
                return _Agreement.UNDEFINED
            if not _finite(pair):
                # More bits do not give a logarithm of -1 a value, and seldom turn up one for 1/(tiny).
                return _Agreement.UNDEFINED if any(map(_undefined, pair)) else _Agreement.UNCLEAR
            difference = pair[0] - pair[1]
            if not difference.contains(0):
                return _Agreement.DIFFERENT
            if _agrees(difference, pair, needed):
                return _Agreement.EQUAL
    return _Agreement.UNCLEAR


def _agrees(difference: Ball, pair: tuple[Ball, Ball], bits: int) -> bool:
    limit = flint.arb(2) ** -bits
    scale = max(abs(pair[0]).upper(), abs(pair[1]).upper())
    small = min(scale, flint.arb(1))  # beside a term of 1000 bits, one of 1 must be seen, too
    return bool(abs(difference).upper() <= limit * small) or (scale <= limit and bool(difference.contains(0)))


# --- ratios -----------------------------------------------------------------------------------------------


def constant_ratio(first: s.Expr, second: s.Expr, context: ProbeContext) -> int | None:
    """The sign of first / second if that is one constant at all points (0 if it is not real); else None."""
    ratios: list[Ball] = []

    def met(point: Point, before: int) -> bool | None:
        here = _ratio_at(first, second, point, context)
        if here is None:
            return False
        ratios[before:] = [here]  # begun anew with the points
        return True if (ratios[0] - here).contains(0) else None

    return _sign(ratios[0]) if _at_enough_points(context, met) else None


def _ratio_at(first: s.Expr, second: s.Expr, point: Point, context: ProbeContext) -> Ball | None:
    with precision(2 * _FIRST_BITS):
        try:
            pair = _both(first, second, point, context)
        except NoValue:
            return None
        ratio = pair[0] / pair[1]
        return ratio if ratio.is_finite() and ratio.rel_accuracy_bits() >= AGREEMENT_BITS else None


def _sign(ratio: Ball) -> int | None:
    if ratio.contains(0):
        return None
    if not ratio.imag.contains(0):
        return 0
    return 1 if ratio.real > 0 else -1 if ratio.real < 0 else None
