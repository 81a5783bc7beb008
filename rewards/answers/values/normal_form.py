"""Exact normal forms: rational functions over Q(i), in unknowns, pi and e.

Two rational functions are equal when the numerator of their difference is the zero polynomial, which FLINT
decides by expanding it. The size of every product and power is predicted first: a comparison that would not
be small is left to :mod:`~.fingerprints`, which needs no expansion. Roots, functions and
unknown exponents are left out altogether.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import flint

from rewards.answers.tree import syntax as s
from rewards.answers.values.exact import NoValue, ValueTooBig, rational

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

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


class _Forms:
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

    def power(self, base: _Polynomial, exponent: int) -> _Polynomial:
        terms = len(base)
        if terms > 1 and (exponent > _MAX_TERMS or math.comb(terms + exponent - 1, terms - 1) > _MAX_TERMS):
            raise _UnwieldyError
        size = max((_bits(coefficient) for coefficient in base.coeffs()), default=1) + terms.bit_length()
        if size * exponent > _MAX_COEFFICIENT_BITS or exponent > _MAX_COEFFICIENT_BITS:
            raise _UnwieldyError
        return base**exponent

    def of(self, node: s.Expr) -> _Ratio:
        rule = self._rules.get(type(node))
        if rule is None:
            raise _UnwieldyError
        return rule(self, node)

    def _value(self, node: s.Expr) -> _Ratio:
        value = rational(node)
        if value is None:
            raise _UnwieldyError
        return self.ring.constant(flint.fmpq(value.numerator, value.denominator)), self.one

    def _generator(self, node: s.Expr) -> _Ratio:
        if node not in self.generator:
            raise _UnwieldyError
        return self.generator[node], self.one

    def _sum(self, node: s.Sum) -> _Ratio:
        total, below = self.of(node.terms[0])
        for term in node.terms[1:]:
            top, bottom = self.of(term)
            if bottom == below:
                total = total + top
            else:
                total = self.times(total, bottom) + self.times(top, below)
                below = self.times(below, bottom)
        return total, below

    def _negate(self, node: s.Negate) -> _Ratio:
        top, bottom = self.of(node.operand)
        return -top, bottom

    def _product(self, node: s.Product) -> _Ratio:
        total, below = self.of(node.factors[0])
        for factor in node.factors[1:]:
            top, bottom = self.of(factor)
            total, below = self.times(total, top), self.times(below, bottom)
        return total, below

    def _quotient(self, node: s.Quotient) -> _Ratio:
        (top, below), (divisor, divisor_below) = self.of(node.numerator), self.of(node.denominator)
        return self._inverted(self.times(top, divisor_below), self.times(below, divisor))

    def _inverted(self, top: _Polynomial, bottom: _Polynomial) -> _Ratio:
        if self.is_zero(bottom):
            raise _UnwieldyError
        return top, bottom

    def _power(self, node: s.Power) -> _Ratio:
        exponent = rational(node.exponent)
        if exponent is None or exponent.denominator != 1:
            raise _UnwieldyError
        top, bottom = self.of(node.base)
        if exponent > 0:
            return self.power(top, int(exponent)), self.power(bottom, int(exponent))
        if exponent == 0:
            return self._inverted(self.one, top if self.is_zero(top) else self.one)
        return self._inverted(self.power(bottom, -int(exponent)), self.power(top, -int(exponent)))

    def _binomial(self, node: s.Binomial) -> _Ratio:
        lower = rational(node.lower)
        if lower is None or not 0 <= lower <= _MAX_COLUMN or lower.denominator != 1:
            return self._value(node)
        (top, bottom), total, below = self.of(node.upper), self.one, self.one
        for step in range(int(lower)):
            total = self.times(total, top - step * bottom)
            below = self.times(below, bottom * (step + 1))
        return total, below

    def _percent(self, node: s.Percent) -> _Ratio:
        top, bottom = self.of(node.operand)
        return top / 100, bottom

    def _degrees(self, node: s.Degrees) -> _Ratio:
        top, bottom = self.of(node.operand)
        if s.PI not in self.generator:
            raise _UnwieldyError
        return self.times(top, self.generator[s.PI]) / 180, bottom

    _rules: ClassVar[dict[type[s.Node], Callable[..., _Ratio]]] = {
        s.Number: _value,
        s.BaseNumeral: _value,
        s.Factorial: _value,
        s.Binomial: _binomial,
        s.Absolute: _value,
        s.Rounding: _value,
        s.Apply: _value,
        s.Symbol: _generator,
        s.Constant: _generator,
        s.Sum: _sum,
        s.Negate: _negate,
        s.Product: _product,
        s.Quotient: _quotient,
        s.Power: _power,
        s.Percent: _percent,
        s.Degrees: _degrees,
    }


def _bits(coefficient: flint.fmpq) -> int:
    return int(coefficient.p.bit_length()) + int(coefficient.q.bit_length())
