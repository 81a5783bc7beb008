"""Separation bounds of algebraic numbers, and the number of bits that a comparison needs.

For an expression of rationals, roots, i and the sines, cosines and tangents of rational parts of a turn,
write the value as U / L with algebraic integers U and L whose conjugates are at most u and l, in a field of
degree D. If it is not zero, the norm of U is at least 1, and so

    |value| >= 1 / (u^(D-1) * l)

(the bound of Burnikel, Fleischer, Mehlhorn and Schirra, "A strong and easily computable separation bound for
arithmetic expressions involving radicals", Algorithmica 27, 2000; the same argument holds for complex numbers
and for roots of unity). A ball around the difference of two expressions that is narrower than this and holds
0 proves them equal. It leaves out everything with pi, e or an unknown in it: :func:`separation_bits` is None
there.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.values.combinations import linear
from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import NoValue, ValueTooBig, rational

__all__ = ["MAX_HEIGHT", "height", "separation_bits"]

MAX_HEIGHT = 30_000
"""Most bits asked of a comparison."""

_MAX_DEGREE = 1 << 20
_MAX_TURN = 1_000


class _NotAlgebraicError(Exception):
    """No bound is known."""


@dataclasses.dataclass(slots=True)
class _Size:
    """Logarithms to base 2 of the bounds u and l."""

    upper: float
    lower: float


def separation_bits(first: s.Expr, second: s.Expr) -> int | None:
    """Bits below the point at which two different algebraic numbers must differ; None if no bound is known.

    >>> root_two = s.Root(s.Number(2))
    >>> separation_bits(root_two, s.Quotient(s.Number(99), s.Number(70)))
    17
    >>> separation_bits(root_two, s.PI) is None
    True
    """
    bound = _Bound()
    try:
        left, right = bound.of(first), bound.of(second)
    except (_NotAlgebraicError, NoValue, ValueTooBig):
        return None
    degree = math.prod(bound.degrees.values()) * _totient(bound.turn)
    if degree > _MAX_DEGREE:
        return None
    size = bound.add(left, right)
    needed = (degree - 1) * size.upper + size.lower
    return math.ceil(needed) + 1 if needed < MAX_HEIGHT else None


class _Bound(Evaluation[_Size]):
    """One pass over both expressions: the roots met, and the roots of unity."""

    def __init__(self) -> None:
        self.degrees: dict[s.Expr, int] = {}
        self.turn = 2

    def outside(self, node: s.Node) -> _Size:
        value = rational(node)
        if value is None:
            raise _NotAlgebraicError
        return self.number(value)

    def number(self, value: s.Exact) -> _Size:
        return _Size(_log2(value.numerator), _log2(value.denominator))

    def constant(self, node: s.Constant) -> _Size:
        if node != s.I:
            raise _NotAlgebraicError
        self.turn = math.lcm(self.turn, 4)
        return _Size(0.0, 0.0)

    def add(self, left: _Size, right: _Size) -> _Size:
        return _Size(1 + max(left.upper + right.lower, left.lower + right.upper), left.lower + right.lower)

    def negate(self, value: _Size) -> _Size:
        return value

    def multiply(self, left: _Size, right: _Size) -> _Size:
        return _Size(left.upper + right.upper, left.lower + right.lower)

    def divide(self, above: _Size, below: _Size) -> _Size:
        return _Size(above.upper + below.lower, above.lower + below.upper)

    def power(self, node: s.Power) -> _Size:
        if node.base == s.E:
            return self._root_of_unity(_turns(node.exponent, imaginary=True))
        exponent = rational(node.exponent)
        if exponent is None:
            raise _NotAlgebraicError
        base = self.of(node.base)
        if exponent.denominator > 1:
            base = self._radical(node.base, base, exponent.denominator)
        times = abs(exponent.numerator)
        if times > MAX_HEIGHT:
            raise _NotAlgebraicError
        raised = _Size(base.upper * times, base.lower * times)
        return raised if exponent > 0 else _Size(raised.lower, raised.upper)

    def _radical(self, radicand: s.Expr, size: _Size, index: int) -> _Size:
        if index > MAX_HEIGHT:
            raise _NotAlgebraicError
        self.degrees[s.Root(radicand, s.Number(index))] = index
        return _Size((size.upper + (index - 1) * size.lower) / index, size.lower)

    def absolute(self, node: s.Absolute) -> _Size:
        if any(part == s.I for part in s.walk(node)):
            raise _NotAlgebraicError
        return self.of(node.operand)

    def apply(self, node: s.Apply) -> _Size:
        row = FUNCTIONS.get(node.function)
        if row is None or not row.circular:
            return self.outside(node)
        self._root_of_unity(_turns(node.arguments[0], imaginary=False))
        # Twice a sine or cosine is an algebraic integer, its conjugates at most 2; the others are quotients.
        return _Size(1.0, 1.0)

    def _root_of_unity(self, turns: Fraction | None) -> _Size:
        if turns is None or turns.denominator > _MAX_TURN:
            raise _NotAlgebraicError
        self.turn = math.lcm(self.turn, 4, turns.denominator)
        if self.turn > 4 * _MAX_TURN:
            raise _NotAlgebraicError
        return _Size(0.0, 0.0)


def _turns(node: s.Node, *, imaginary: bool) -> Fraction | None:
    """The angle as a part of a full turn, where it is a rational multiple of pi (or of pi * i)."""
    found = linear(node, s.I)
    if found is None:
        return None
    angle, rest = reversed(found) if imaginary else found
    if rest.terms or not {(s.PI,)}.issuperset(angle.terms):
        return None
    return angle.terms.get((s.PI,), Fraction()) / 2


def _log2(value: int) -> float:
    return float(max(abs(value).bit_length(), 1)) if abs(value) > 1 else 0.0


def _totient(number: int) -> int:
    return sum(math.gcd(number, other) == 1 for other in range(1, number + 1))


def height(node: s.Node) -> int:
    """Return about the number of bits of the literals once rational powers are written out.

    Two expressions with literals this large may differ that far below the point; capped at
    :data:`MAX_HEIGHT`.

    >>> height(s.Power(s.Number(10), s.Number(-50)))
    200
    """
    if isinstance(node, s.Number):
        value = node.value
        return min(value.numerator.bit_length() + value.denominator.bit_length() - 1, MAX_HEIGHT)
    if isinstance(node, s.Power):
        try:
            exponent = rational(node.exponent)
        except (NoValue, ValueTooBig):
            return MAX_HEIGHT
        times = 1 if exponent is None else max(1, abs(exponent.numerator))
        total = min(times, MAX_HEIGHT) * height(node.base) + (
            height(node.exponent) if exponent is None else 0
        )
        return min(total, MAX_HEIGHT)
    return min(sum(height(child) for child in s.children(node)), MAX_HEIGHT)
