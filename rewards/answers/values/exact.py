"""Exact rational values of expressions, with every size bounded before it is reached.

This is the arithmetic that the rest of the symbolic tier stands on: exponents, factorials, binomials, gcds
and the bounds of sums are needed exactly, and the size of each result is predicted first and refused
(:class:`ValueTooBig`) when it would not fit in :data:`MAX_BITS`. It leaves out everything irrational: a root
that is not rational, a function such as `sin`, or an unknown without a value is None.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "MAX_BITS",
    "MAX_FACTORIAL",
    "NoValue",
    "NotComparable",
    "ValueTooBig",
    "binomial",
    "bits",
    "both",
    "factorial",
    "power",
    "rational",
    "root",
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


def both(first: Callable[[], _Value], second: Callable[[], _Value]) -> tuple[_Value, _Value]:
    """Return the values of two expressions, or raise the most severe error of either side.

    That one side has no value settles more than that the other is too big.
    """
    values, errors = [], []
    for evaluate in (first, second):
        try:
            values.append(evaluate())
        except (NoValue, NotComparable, ValueTooBig) as error:
            errors.append(error)
    for kind in (NoValue, NotComparable, ValueTooBig):
        for raised in errors:
            if isinstance(raised, kind):
                raise raised
    return values[0], values[1]


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
    rule = _RULES.get(type(node))
    return None if rule is None else rule(node, values)


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


# --- one rule for each kind of node ------------------------------------------------------------------------


def _number(node: s.Number, _: Mapping[s.Symbol, int]) -> s.Exact:
    return node.value


def _base_numeral(node: s.BaseNumeral, _: Mapping[s.Symbol, int]) -> s.Exact:
    return int(node.digits, node.base)


def _symbol(node: s.Symbol, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    return values.get(node)


def _sum(node: s.Sum, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    total: s.Exact = 0
    for term in node.terms:
        value = rational(term, values)
        if value is None:
            return None
        total = _checked(total + value)
    return total


def _negate(node: s.Negate, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    value = rational(node.operand, values)
    return None if value is None else -value


def _product(node: s.Product, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    total: s.Exact = 1
    for factor in node.factors:
        value = rational(factor, values)
        if value is None:
            return None
        total = _checked(total * value)
    return total


def _quotient(node: s.Quotient, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    if isinstance(node.numerator, s.Factorial) and isinstance(node.denominator, s.Factorial):
        ratio = _factorial_ratio(node.numerator, node.denominator, values)
        if ratio is not None:
            return ratio
    top = rational(node.numerator, values)
    bottom = None if top is None else rational(node.denominator, values)
    if top is None or bottom is None:
        return None
    if bottom == 0:
        message = "a division by zero"
        raise NoValue(message)
    return _checked(Fraction(top) / bottom)


def _factorial_ratio(
    above: s.Factorial, below: s.Factorial, values: Mapping[s.Symbol, int]
) -> s.Exact | None:
    """`2009! / 2008!` without either factorial; None where they are not near each other."""
    upper, lower = rational(above.operand, values), rational(below.operand, values)
    if upper is None or lower is None or above.order != 1 or below.order != 1:
        return None
    low, high = sorted((int(upper), int(lower)))
    if upper.denominator != 1 or lower.denominator != 1 or low < 0 or high - low > _NEAR:
        return None
    between = math.prod(range(low + 1, high + 1))
    return _checked(Fraction(between) if upper >= lower else Fraction(1, between))


def _power(node: s.Power, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    base = rational(node.base, values)
    exponent = None if base is None else rational(node.exponent, values)
    if base is None or exponent is None:
        return None
    if exponent.denominator == 1:
        return power(base, int(exponent))
    radical = root(base, exponent.denominator) if exponent.denominator <= MAX_BITS else None
    return None if radical is None else power(radical, exponent.numerator)


def _root(node: s.Root, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    radicand = rational(node.radicand, values)
    index = None if radicand is None else rational(node.index, values)
    if radicand is None or index is None or index.denominator != 1 or not 1 <= index <= MAX_BITS:
        return None
    return root(radicand, int(index))


def _factorial(node: s.Factorial, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    value = rational(node.operand, values)
    return None if value is None or value.denominator != 1 else factorial(value, node.order)


def _binomial(node: s.Binomial, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    upper = rational(node.upper, values)
    lower = None if upper is None else rational(node.lower, values)
    return None if upper is None or lower is None else binomial(upper, lower)


def _absolute(node: s.Absolute, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    value = rational(node.operand, values)
    return None if value is None else max(value, -value)


def _rounding(node: s.Rounding, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    value = rational(node.operand, values)
    return None if value is None else (math.floor(value) if node.direction < 0 else math.ceil(value))


def _percent(node: s.Percent, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    value = rational(node.operand, values)
    return None if value is None else _checked(Fraction(value) / 100)


def _modulo(node: s.Apply, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    modulus = rational(node.arguments[1], values)
    if modulus is None:
        return None
    if modulus == 0:
        message = "a remainder by zero"
        raise NoValue(message)
    if modulus.denominator == 1 and bits(modulus) <= _MAX_MODULUS_BITS:
        remainder = _remainder(node.arguments[0], abs(int(modulus)), values)
        if remainder is not None:
            return remainder % int(modulus)
    number = rational(node.arguments[0], values)
    return None if number is None else number % modulus


def _remainder(node: s.Node, modulus: int, values: Mapping[s.Symbol, int]) -> int | None:
    """The remainder of whole numbers that may be far too big to write down; None for other values."""
    rule = _REMAINDERS.get(type(node))
    if rule is not None:
        return rule(node, modulus, values)
    number = rational(node, values)
    return None if number is None or number.denominator != 1 else int(number) % modulus


def _remainder_of_power(node: s.Power, modulus: int, values: Mapping[s.Symbol, int]) -> int | None:
    base = _remainder(node.base, modulus, values)
    exponent = None if base is None else rational(node.exponent, values)
    if base is None or exponent is None or exponent.denominator != 1 or exponent <= 0:
        return None
    return pow(base, int(exponent), modulus)


def _remainder_of_sum(node: s.Sum, modulus: int, values: Mapping[s.Symbol, int]) -> int | None:
    total = 0
    for term in node.terms:
        remainder = _remainder(term, modulus, values)
        if remainder is None:
            return None
        total += remainder
    return total % modulus


def _remainder_of_product(node: s.Product, modulus: int, values: Mapping[s.Symbol, int]) -> int | None:
    total = 1
    for factor in node.factors:
        remainder = _remainder(factor, modulus, values)
        if remainder is None:
            return None
        total = total * remainder % modulus
    return total


def _remainder_of_negative(node: s.Negate, modulus: int, values: Mapping[s.Symbol, int]) -> int | None:
    remainder = _remainder(node.operand, modulus, values)
    return None if remainder is None else -remainder % modulus


_REMAINDERS: dict[type[s.Node], Callable[..., int | None]] = {
    s.Power: _remainder_of_power,
    s.Sum: _remainder_of_sum,
    s.Product: _remainder_of_product,
    s.Negate: _remainder_of_negative,
}


def _apply(node: s.Apply, values: Mapping[s.Symbol, int]) -> s.Exact | None:
    if node.function == "mod":
        return _modulo(node, values)
    row = FUNCTIONS.get(node.function)
    if row is None or row.exact is None:
        return None
    arguments: list[s.Exact] = []
    for argument in node.arguments:
        value = rational(argument, values)
        if value is None:
            return None
        if row.whole and value.denominator != 1:
            message = "a number that is not whole where one is needed"
            raise NoValue(message)
        arguments.append(value)
    try:
        found = row.exact(*arguments)
    except ValueError as error:
        raise NoValue(str(error)) from error
    return None if found is None else _checked(found)


_RULES: dict[type[s.Node], Callable[..., s.Exact | None]] = {
    s.Number: _number,
    s.BaseNumeral: _base_numeral,
    s.Symbol: _symbol,
    s.Sum: _sum,
    s.Negate: _negate,
    s.Product: _product,
    s.Quotient: _quotient,
    s.Power: _power,
    s.Root: _root,
    s.Factorial: _factorial,
    s.Binomial: _binomial,
    s.Absolute: _absolute,
    s.Rounding: _rounding,
    s.Percent: _percent,
    s.Apply: _apply,
}
