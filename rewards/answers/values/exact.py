"""Exact rational values of expressions, with every size bounded before it is reached.

This is the arithmetic that the rest of the symbolic tier stands on: exponents, factorials, binomials, gcds
and the bounds of sums are needed exactly, and the size of each result is predicted first and refused
(:class:`ValueTooBig`) when it would not fit in :data:`MAX_BITS`. It leaves out everything irrational: a root
that is not rational, a function such as `sin`, or an unknown without a value is None.
"""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.values.evaluation import Evaluation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAX_BITS",
    "MAX_FACTORIAL",
    "NoValue",
    "NotComparable",
    "NotRationalError",
    "Rationals",
    "ValueTooBig",
    "binomial",
    "bits",
    "both",
    "factorial",
    "power",
    "rational",
    "root",
    "whole",
]

MAX_BITS = 10_000
"""Bits allowed in the numerator or denominator of an exact value."""

MAX_FACTORIAL = 1_000
"""Largest integer whose factorial is evaluated exactly."""

_MAX_COLUMN = 5_000
"""Largest upper index of a binomial that is evaluated exactly."""

_MAX_MODULUS_BITS = 512
"""Bits of a modulus by which remainders are taken of numbers that are not written out."""

_NEAR = 100
"""Largest distance between the numbers of two factorials whose quotient is evaluated directly."""

_Value = TypeVar("_Value")
_NO_VALUES: dict[s.Symbol, int] = {}


class ValueTooBig(Exception):  # noqa: N818 - named for what is wrong, and it is an answer rather than a failure
    """The expression is too big to evaluate; the judge reports it as RESOURCE_LIMIT."""


class NotComparable(Exception):  # noqa: N818 - a fact about an expression, not a failure
    """The expression is not one value, or not one that is understood: dots, an infinity inside a sum."""


class NoValue(Exception):  # noqa: N818 - a fact about an expression, not a failure
    """The expression has no value: a division by zero, `0^0`, the factorial of a negative integer."""


class NotRationalError(Exception):
    """The expression is no rational constant."""


def both(first: Callable[[], _Value], second: Callable[[], _Value]) -> tuple[_Value, _Value]:
    """Return the values of two expressions, or raise the most severe error of either side.

    That one side has no value settles more than that the other is too big.
    """
    try:
        value = first()
    except (NoValue, NotComparable, ValueTooBig) as error:
        raise _most_severe(error, second) from None
    return value, second()


def _most_severe(found: Exception, other: Callable[[], _Value]) -> Exception:
    errors = [found]
    try:
        other()
    except (NoValue, NotComparable, ValueTooBig) as error:
        errors.append(error)
    for kind in (NoValue, NotComparable, ValueTooBig):
        for raised in errors:
            if isinstance(raised, kind):
                return raised
    return found


def rational(node: s.Node, values: Mapping[s.Symbol, int] = _NO_VALUES) -> s.Exact | None:
    """The exact value of an expression where it is rational, given integers for its unknowns; else None.

    Raises :class:`ValueTooBig` before a value outgrows :data:`MAX_BITS`, :class:`NoValue` if there is none.

    >>> rational(s.Power(s.Number(2), s.Number(10)))
    1024
    >>> rational(s.Quotient(s.Factorial(s.Number(5)), s.Number(7)))
    Fraction(120, 7)
    >>> rational(s.Root(s.Number(2))) is None
    True
    >>> rational(s.Power(s.Number(9), s.Power(s.Number(9), s.Number(9))))  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
        ...
    ValueTooBig: a power of 1549681956 bits
    """
    if type(node) is s.Number:
        return node.value
    evaluation = Rationals(values) if values else _CONSTANTS
    try:
        return evaluation.of(node)
    except NotRationalError:
        return None


def whole(node: s.Node) -> int | None:
    """The whole number that an expression is; None for all else, whatever the reason.

    >>> whole(s.Quotient(s.Number(6), s.Number(2))), whole(s.Quotient(s.Number(1), s.Number(0)))
    (3, None)
    """
    try:
        value = rational(node)
    except (NoValue, ValueTooBig):
        return None
    return value if isinstance(value, int) else None


def bits(value: s.Exact) -> int:
    """The size of an exact value: the bits of its numerator and its denominator together.

    >>> bits(Fraction(3, 8))
    6
    """
    return value.numerator.bit_length() + value.denominator.bit_length()


def _checked(value: s.Exact) -> s.Exact:
    if bits(value) > MAX_BITS:
        message = f"a value of {bits(value)} bits"
        raise ValueTooBig(message)
    return value.numerator if value.denominator == 1 else value


def power(base: s.Exact, exponent: int) -> s.Exact:
    """`base ** exponent`, refused before it is computed when it would be too big.

    >>> power(2, -2)
    Fraction(1, 4)
    """
    if base == 0 and exponent <= 0:
        message = "0 to a power that is not positive"
        raise NoValue(message)
    if base in {0, 1}:
        return base
    if base == -1:
        return -1 if exponent % 2 else 1
    size = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent)
    if size > MAX_BITS:
        message = f"a power of {size} bits"
        raise ValueTooBig(message)
    raised = Fraction(base) ** exponent
    return _checked(raised)


def root(radicand: s.Exact, index: int) -> s.Exact | None:
    """The real root where it is rational, else None.

    >>> root(Fraction(8, 27), 3)
    Fraction(2, 3)
    >>> root(2, 2) is None
    True
    """
    if radicand < 0:
        below = root(-radicand, index) if index % 2 else None
        return None if below is None else -below
    top, bottom = (_integer_root(part, index) for part in (radicand.numerator, radicand.denominator))
    return None if top is None or bottom is None else _checked(Fraction(top, bottom))


def _integer_root(value: int, index: int) -> int | None:
    if value <= 1:
        return value
    if index >= value.bit_length():
        return None
    # Newton's method from above; every step halves the error at least.
    found = 1 << -(-value.bit_length() // index)
    while (lower := ((index - 1) * found + value // found ** (index - 1)) // index) < found:
        found = lower
    return found if found**index == value else None


def factorial(value: s.Exact, order: int = 1) -> int:
    """`value!` or `value!!`.

    >>> factorial(5), factorial(6, 2), factorial(-1, 2)
    (120, 48, 1)
    """
    if value.denominator != 1 or value < 1 - order:
        message = "the factorial of a number that is not natural"
        raise NoValue(message)
    if value > MAX_FACTORIAL:
        message = f"the factorial of a number of {bits(value)} bits"
        raise ValueTooBig(message)
    return math.factorial(int(value)) if order == 1 else math.prod(range(int(value), 0, -order))


def binomial(upper: s.Exact, lower: s.Exact) -> s.Exact:
    """`upper` over `lower`; `upper` may be any rational.

    >>> binomial(5, 2), binomial(3, 5), binomial(Fraction(1, 2), 2)
    (10, 0, Fraction(-1, 8))
    """
    if lower.denominator != 1:
        message = "a binomial with a broken lower index"
        raise NoValue(message)
    if lower < 0:
        return 0
    if upper.denominator == 1 and upper >= 0:
        if lower > upper:
            return 0
        lower = min(lower, upper - lower)
    if lower > _MAX_COLUMN or bits(upper) * lower > 8 * MAX_BITS:
        message = f"a binomial of {bits(upper) * int(lower)} bits"
        raise ValueTooBig(message)
    if upper.denominator == 1 and upper >= 0:
        return _checked(math.comb(int(upper), int(lower)))
    product = Fraction(1)
    for step in range(int(lower)):
        product = product * (upper - step) / (step + 1)
    return _checked(product)


class Rationals(Evaluation[s.Exact]):
    """Evaluation to rational numbers, given whole ones for unknowns; raises :class:`NotRationalError`."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[s.Symbol, int] = _NO_VALUES) -> None:
        self._values = values

    def outside(self, node: s.Node) -> s.Exact:
        """Raise NotRationalError: what has no rule is not rational."""
        raise NotRationalError(type(node))

    def number(self, value: s.Exact) -> s.Exact:
        """The number itself."""
        return value

    def literal(self, node: s.Number) -> s.Exact:
        """The number itself, which is asked for most often."""
        return node.value

    def add(self, left: s.Exact, right: s.Exact) -> s.Exact:
        """The sum, unless it is too big."""
        return _checked(left + right)

    def multiply(self, left: s.Exact, right: s.Exact) -> s.Exact:
        """The product, unless it is too big."""
        return _checked(left * right)

    def divide(self, above: s.Exact, below: s.Exact) -> s.Exact:
        """The quotient, unless it is too big or none."""
        if below == 0:
            message = "a division by zero"
            raise NoValue(message)
        if type(above) is int and type(below) is int:
            return _checked(Fraction(above, below))  # in a third of the time
        return _checked(Fraction(above) / below)

    def symbol(self, node: s.Symbol) -> s.Exact:
        """The value given."""
        value = self._values.get(node)
        if value is None:
            raise NotRationalError
        return value

    def quotient(self, node: s.Quotient) -> s.Exact:
        """The quotient; that of near factorials without either."""
        if isinstance(node.numerator, s.Factorial) and isinstance(node.denominator, s.Factorial):
            ratio = self._factorial_ratio(node.numerator, node.denominator)
            if ratio is not None:
                return ratio
        return self.divide(self.of(node.numerator), self.of(node.denominator))

    def _factorial_ratio(self, above: s.Factorial, below: s.Factorial) -> s.Exact | None:
        """`2009! / 2008!` without either factorial; None where they are not near each other."""
        upper, lower = self.of(above.operand), self.of(below.operand)
        if above.order != 1 or below.order != 1 or upper.denominator != 1:
            return None
        low, high = sorted((int(upper), int(lower)))
        if low < 0 or lower.denominator != 1 or high - low > _NEAR:
            return None
        between = math.prod(range(low + 1, high + 1))
        return _checked(Fraction(between) if upper >= lower else Fraction(1, between))

    def power(self, node: s.Power) -> s.Exact:
        """The power where it is rational."""
        base, exponent = self.of(node.base), self.of(node.exponent)
        if exponent.denominator == 1:
            return power(base, int(exponent))
        if exponent.denominator > MAX_BITS:
            raise NotRationalError
        return power(_known(root(base, exponent.denominator)), exponent.numerator)

    def factorial(self, node: s.Factorial) -> s.Exact:
        """The factorial of a whole number."""
        value = self.of(node.operand)
        if value.denominator != 1:
            raise NotRationalError
        return factorial(value, node.order)

    def binomial(self, node: s.Binomial) -> s.Exact:
        """The binomial coefficient."""
        return binomial(self.of(node.upper), self.of(node.lower))

    def absolute(self, node: s.Absolute) -> s.Exact:
        """The absolute value."""
        value = self.of(node.operand)
        return max(value, -value)

    def apply(self, node: s.Apply) -> s.Exact:
        """The function's value by its exact column."""
        if node.function == "mod":
            return self._remainder(node)
        row = FUNCTIONS.get(node.function)
        if row is None or row.exact is None:
            raise NotRationalError
        arguments = [self.of(argument) for argument in node.arguments]
        if row.whole and any(argument.denominator != 1 for argument in arguments):
            message = "a number that is not whole where one is needed"
            raise NoValue(message)
        try:
            return _checked(_known(row.exact(*arguments)))
        except ValueError as error:
            raise NoValue(str(error)) from error

    def _remainder(self, node: s.Apply) -> s.Exact:
        dividend, modulus = node.arguments[0], self.of(node.arguments[1])
        if modulus == 0:
            message = "a remainder by zero"
            raise NoValue(message)
        if modulus.denominator == 1 and bits(modulus) <= _MAX_MODULUS_BITS:
            with contextlib.suppress(_NotWholeError):
                return _Remainders(self, int(modulus)).of(dividend) % int(modulus)
        return self.of(dividend) % modulus


class _NotWholeError(Exception):
    """The expression has values that are not whole."""


class _Remainders(Evaluation[int]):
    """Evaluation to remainders of whole numbers, which may be far too big to write down."""

    __slots__ = ("_modulus", "_rationals")

    def __init__(self, rationals: Rationals, modulus: int) -> None:
        self._rationals = rationals
        self._modulus = modulus

    def number(self, value: s.Exact) -> int:
        if value.denominator != 1:
            raise _NotWholeError
        return int(value) % self._modulus

    def outside(self, node: s.Node) -> int:
        return self.number(self._rationals.of(node))

    def quotient(self, node: s.Quotient) -> int:
        return self.outside(node)

    def multiply(self, left: int, right: int) -> int:
        return left * right % self._modulus

    def power(self, node: s.Power) -> int:
        base, exponent = self.of(node.base), self._rationals.of(node.exponent)
        if exponent.denominator != 1 or exponent <= 0:
            raise _NotWholeError
        return pow(base, int(exponent), self._modulus)


def _known(value: s.Exact | None) -> s.Exact:
    if value is None:
        raise NotRationalError
    return value


_CONSTANTS = Rationals()
