"""Exact normal forms: rational functions over Q(i), in unknowns, pi and e.

Two rational functions are equal when the numerator of their difference is the zero polynomial, which FLINT
decides by expanding it. The size of every product and power is predicted first: a comparison that would not
be small is left to :mod:`~.fingerprints`, which needs no expansion. Roots, functions and
unknown exponents are left out altogether.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import flint

from rewards.answers.tree import syntax as s
from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import NoValue, ValueTooBig, rational

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["equal_rational_functions"]

_MAX_TERMS = 3_000
_MAX_COEFFICIENT_BITS = 20_000
_MAX_GENERATORS = 30
_MAX_COLUMN = 20

_Polynomial: TypeAlias = flint.fmpq_mpoly
_Ratio: TypeAlias = tuple[_Polynomial, _Polynomial]


class _UnwieldyError(Exception):
    """The expression is not a rational function, or not a small one."""


def equal_rational_functions(first: s.Expr, second: s.Expr, generators: Collection[s.Expr]) -> bool | None:
    """Return True if two expressions are the same rational function; None if not rational or not small.

    `generators` are the unknowns and constants that occur in them.

    >>> x, one = s.Symbol("x"), s.Number(1)
    >>> square_less_one = s.Sum((s.Power(x, s.Number(2)), s.Negate(one)))
    >>> cancelled = s.Quotient(square_less_one, s.Sum((x, s.Negate(one))))
    >>> equal_rational_functions(cancelled, s.Sum((x, one)), [x])
    True
    """
    indices = [part for node in generators if isinstance(node, s.Symbol) for part in node.index]
    if len(generators) > _MAX_GENERATORS or not all(isinstance(part, s.Number) for part in indices):
        # An index may be written in two ways, and only the fingerprints know when two of them are the same.
        return None
    try:
        forms = _Forms(generators)
        (top, bottom), (other_top, other_bottom) = forms.of(first), forms.of(second)
        difference = forms.times(top, other_bottom) - forms.times(other_top, bottom)
    except (_UnwieldyError, ValueTooBig, NoValue):
        return None
    return forms.is_zero(difference)


class _Forms(Evaluation[_Ratio]):
    """Numerators and denominators in one ring of polynomials."""

    def __init__(self, generators: Collection[s.Expr]) -> None:
        names = tuple(f"g{position}" for position in range(max(1, len(generators))))
        self.ring = flint.fmpq_mpoly_ctx.get(names, "degrevlex")
        self.generator = dict(zip(generators, self.ring.gens(), strict=False))
        self.one = self.ring.constant(1)

    def is_zero(self, polynomial: _Polynomial) -> bool:
        imaginary = self.generator.get(s.I)
        if imaginary is None or polynomial.is_zero():
            return bool(polynomial.is_zero())
        return bool(divmod(polynomial, imaginary * imaginary + 1)[1].is_zero())

    def times(self, left: _Polynomial, right: _Polynomial) -> _Polynomial:
        if len(left) * len(right) > _MAX_TERMS:
            raise _UnwieldyError
        return left * right

    def raised(self, base: _Polynomial, exponent: int) -> _Polynomial:
        terms = len(base)
        if terms > 1 and (exponent > _MAX_TERMS or math.comb(terms + exponent - 1, terms - 1) > _MAX_TERMS):
            raise _UnwieldyError
        size = max((_bits(coefficient) for coefficient in base.coeffs()), default=1) + terms.bit_length()
        if size * exponent > _MAX_COEFFICIENT_BITS or exponent > _MAX_COEFFICIENT_BITS:
            raise _UnwieldyError
        return base**exponent

    def outside(self, node: s.Node) -> _Ratio:
        value = rational(node)
        if value is None:
            raise _UnwieldyError
        return self.number(value)

    def number(self, value: s.Exact) -> _Ratio:
        return self.ring.constant(flint.fmpq(value.numerator, value.denominator)), self.one

    def _generator(self, node: s.Expr) -> _Ratio:
        if node not in self.generator:
            raise _UnwieldyError
        return self.generator[node], self.one

    symbol = _generator
    constant = _generator

    def add(self, left: _Ratio, right: _Ratio) -> _Ratio:
        (total, below), (top, bottom) = left, right
        if bottom == below:
            return total + top, below
        return self.times(total, bottom) + self.times(top, below), self.times(below, bottom)

    def negate(self, value: _Ratio) -> _Ratio:
        return -value[0], value[1]

    def multiply(self, left: _Ratio, right: _Ratio) -> _Ratio:
        return self.times(left[0], right[0]), self.times(left[1], right[1])

    def divide(self, above: _Ratio, below: _Ratio) -> _Ratio:
        return self._inverted(self.times(above[0], below[1]), self.times(above[1], below[0]))

    def _inverted(self, top: _Polynomial, bottom: _Polynomial) -> _Ratio:
        if self.is_zero(bottom):
            raise _UnwieldyError
        return top, bottom

    def power(self, node: s.Power) -> _Ratio:
        exponent = rational(node.exponent)
        if exponent is None or exponent.denominator != 1:
            return self.outside(node)
        top, bottom = self.of(node.base)
        if exponent > 0:
            return self.raised(top, int(exponent)), self.raised(bottom, int(exponent))
        if exponent == 0:
            return self._inverted(self.one, top if self.is_zero(top) else self.one)
        return self._inverted(self.raised(bottom, -int(exponent)), self.raised(top, -int(exponent)))

    def binomial(self, node: s.Binomial) -> _Ratio:
        lower = rational(node.lower)
        if lower is None or not 0 <= lower <= _MAX_COLUMN or lower.denominator != 1:
            return self.outside(node)
        (top, bottom), total, below = self.of(node.upper), self.one, self.one
        for step in range(int(lower)):
            total = self.times(total, top - step * bottom)
            below = self.times(below, bottom * (step + 1))
        return total, below


def _bits(coefficient: flint.fmpq) -> int:
    return int(coefficient.p.bit_length()) + int(coefficient.q.bit_length())
