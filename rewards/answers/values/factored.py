r"""Exact rational constants of any size, as sums of products of prime powers that are never multiplied out.

`2024!`, `2^{10000}` and `\binom{2024}{1012}` have thousands of digits and few prime factors. A constant is
held here as a sum of terms, each a sign and the exponents of its factors, so that products, quotients and
powers only add and multiply exponents. Two constants are equal when the terms of their difference cancel,
which is exact; the remainder of a difference that stays modulo a large prime proves them different. What is
settled neither way raises :class:`ValueTooBig`, and so does what needs more than :data:`MAX_WORK` steps.
"""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import NotRationalError, NoValue, ValueTooBig, both, rational
from rewards.answers.values.fields import FIELDS

if TYPE_CHECKING:
    from rewards.answers.tree import syntax as s

__all__ = ["MAX_WORK", "equal_constants"]

MAX_WORK = 200_000
"""Steps allowed in one comparison, each about a multiplication of machine words: some 20 ms."""

_LARGEST_FACTORIAL = 1 << 16
_LARGEST_TRIAL = 1 << 16
"""Primes below are divided out of numbers below its square, whose factors are known to be prime then."""
_FIRST_TRIAL = 1 << 10
"""Primes below are divided out of larger numbers."""
_MAX_TRIAL_BITS = 256
"""Bits of a literal that is divided by primes at all; a larger one is a factor of its own."""
_MAX_WRITTEN_BITS = 1 << 17
"""Bits of the terms of a sum that are added up once their common factor is taken out."""
_MAX_BITS = 1 << 30
"""Bits of a power that would be held by its exponent."""
_MAX_TERMS = 16
_MAX_POWER_OF_SUM = 8


class _Term(NamedTuple):
    """A product of powers of whole numbers above 1, with a sign."""

    sign: int
    powers: dict[int, int]


_Sum: TypeAlias = tuple[_Term, ...]
_ONE = _Term(1, {})


def equal_constants(first: s.Expr, second: s.Expr) -> bool | None:
    """Return True if two rational constants are equal, however large; None if one is not rational.

    Raises :class:`ValueTooBig` if they cannot be told apart in bounds, NoValue if one has no value.

    >>> from rewards.answers.tree import syntax as s
    >>> large, power = s.Power(s.Number(2), s.Number(10_000)), s.Power(s.Number(4), s.Number(5_000))
    >>> equal_constants(large, power), equal_constants(large, s.Sum((power, s.Number(1))))
    (True, False)
    """
    if first == second:
        return True
    work = _Factoring()
    left, right = both(lambda: work.terms(first), lambda: work.terms(second))
    if left is None or right is None:
        return None
    difference = work.add(left, work.negate(right))
    if len(difference) <= 1:
        return not difference
    return work.prove_nonzero(difference)


class _Factoring(Evaluation[_Sum]):
    """One comparison and the steps it has spent."""

    __slots__ = ("_spent",)

    def __init__(self) -> None:
        self._spent = 0

    def terms(self, node: s.Node) -> _Sum | None:
        """The terms of an expression, none for zero; None for all that is no rational constant."""
        try:
            return self.of(node)
        except NotRationalError:
            return None

    def of(self, node: s.Node) -> _Sum:
        """The terms of an expression, unless there is too much to do."""
        self._spend(1)
        return super().of(node)

    def outside(self, node: s.Node) -> _Sum:
        """The exact value as one term."""
        return self.number(_constant(node))

    def _spend(self, steps: int) -> None:
        self._spent += steps
        if self._spent > MAX_WORK:
            message = "a comparison of large numbers with too many steps"
            raise ValueTooBig(message)

    # --- terms -------------------------------------------------------------------------------------------

    def number(self, value: s.Exact) -> _Sum:
        """The number as one term, or none."""
        if value == 0:
            return ()
        return (self._divided(self._literal(value.numerator), self._literal(value.denominator)),)

    def _literal(self, value: int) -> _Term:
        if abs(value).bit_length() > _MAX_TRIAL_BITS:
            return _Term(1 if value > 0 else -1, {abs(value): 1})
        powers = _prime_powers(abs(value))
        self._spend(len(powers) + 100)
        return _Term(1 if value > 0 else -1, powers)

    def _times(self, left: _Term, right: _Term, exponent: int = 1) -> _Term:
        """`left * right ** exponent`; exponents that become 0 are left out."""
        self._spend(len(right.powers))
        powers = dict(left.powers)
        for factor, count in right.powers.items():
            total = powers.get(factor, 0) + count * exponent
            if abs(total) * factor.bit_length() > _MAX_BITS:
                message = f"a power of {abs(total) * factor.bit_length()} bits"
                raise ValueTooBig(message)
            if total:
                powers[factor] = total
            else:
                powers.pop(factor, None)
        return _Term(left.sign * (right.sign if exponent % 2 else 1), powers)

    def _divided(self, left: _Term, right: _Term) -> _Term:
        return self._times(left, right, -1)

    def add(self, left: _Sum, right: _Sum) -> _Sum:
        """The sum, in which no two terms are left whose sum is small once their common factor is out."""
        total = list(left)
        for term in right:
            new: _Term | None = term
            while new is not None:
                new = self._absorbed(new, total)
        if len(total) > _MAX_TERMS:
            message = f"a sum of {len(total)} large numbers"
            raise ValueTooBig(message)
        return tuple(total)

    def _absorbed(self, term: _Term, total: list[_Term]) -> _Term | None:
        """Add a term to a sum: beside the others, or into one of them, whose place it then takes."""
        for position, other in enumerate(total):
            merged = self._merged(term, other)
            if merged is not None:
                del total[position]
                return merged[0] if merged else None
        total.append(term)
        return None

    def _merged(self, left: _Term, right: _Term) -> _Sum | None:
        """The sum of two terms as one, or none for zero; None if it is too large to write down."""
        self._spend(len(left.powers) + len(right.powers))
        if left.powers == right.powers:
            return () if left.sign != right.sign else (self._times(left, _Term(1, {2: 1})),)
        factors = left.powers.keys() | right.powers.keys()
        common = {
            factor: power
            for factor in factors
            if (power := min(left.powers.get(factor, 0), right.powers.get(factor, 0)))
        }
        rest = [self._divided(term, _Term(1, common)) for term in (left, right)]
        if any(_bits(term) > _MAX_WRITTEN_BITS for term in rest):
            return None
        total = sum(self._written(term) for term in rest)
        return (self._times(self._literal(total), _Term(1, common)),) if total else ()

    def _written(self, term: _Term) -> int:
        self._spend(_bits(term) // 32)
        written: int = math.prod(factor**count for factor, count in term.powers.items())
        return term.sign * written

    def prove_nonzero(self, terms: _Sum) -> bool:
        """Return False if a sum is not zero, by its remainder; raise ValueTooBig if that proves nothing."""
        for field in FIELDS:
            prime = field.prime
            if not any(factor % prime == 0 for term in terms for factor in term.powers):
                self._spend(4 * sum(len(term.powers) for term in terms))
                if sum(self._remainder(term, prime) for term in terms) % prime:
                    return False
        message = "large numbers that cannot be told apart"
        raise ValueTooBig(message)

    def _remainder(self, term: _Term, prime: int) -> int:
        total = term.sign
        for factor, count in term.powers.items():
            self._spend(count.bit_length() // 16)
            total = total * pow(factor, count, prime) % prime
        return total

    # --- a method for each kind of node that may be larger than its parts --------------------------------

    def negate(self, value: _Sum) -> _Sum:
        """The terms with the other signs."""
        return tuple(_Term(-sign, powers) for sign, powers in value)

    def multiply(self, left: _Sum, right: _Sum) -> _Sum:
        """The products of all terms."""
        total: _Sum = ()
        for term in left:
            total = self.add(total, tuple(self._times(term, other) for other in right))
        return total

    def divide(self, above: _Sum, below: _Sum) -> _Sum:
        """The quotient by one term."""
        divisor = _one_term(below, "a division by zero")
        return tuple(self._divided(term, divisor) for term in above)

    def absolute(self, node: s.Absolute) -> _Sum:
        """The absolute value of one term."""
        value = self.of(node.operand)
        return value and (_Term(1, _one_term(value).powers),)

    def power(self, node: s.Power) -> _Sum:
        """The power of one term, or a small one of several."""
        base, exponent = self.of(node.base), _constant(node.exponent)
        if not base and exponent <= 0:
            message = "0 to a power that is not positive"
            raise NoValue(message)
        if len(base) > 1 and exponent.denominator == 1 and 0 <= exponent <= _MAX_POWER_OF_SUM:
            return reduce(self.multiply, [base] * int(exponent), (_ONE,))
        return self._raised(base, exponent.numerator, exponent.denominator)

    def _raised(self, base: _Sum, exponent: int, index: int) -> _Sum:
        """A power of a root."""
        if not base:
            return base
        term = _one_term(base)
        if term.sign < 0 and index % 2 == 0:
            raise NotRationalError
        broken = [factor for factor, count in term.powers.items() if count * exponent % index]
        if any(not _is_prime(factor) for factor in broken):
            message = "a root of a large number"
            raise ValueTooBig(message)
        if broken:
            raise NotRationalError
        root = _Term(term.sign, {factor: count // index for factor, count in term.powers.items()})
        return (self._times(_ONE, root, exponent),)

    def factorial(self, node: s.Factorial) -> _Sum:
        """The factorial by Legendre's formula."""
        value = _constant(node.operand)
        if value.denominator != 1:
            raise NotRationalError
        if value < 1 - node.order:
            message = "the factorial of a negative number"
            raise NoValue(message)
        if node.order == 1:
            return (self._of_factorial(int(value)),)
        half = int(value) // 2
        even = self._times(self._of_factorial(half), _Term(1, {2: 1}), half)
        return (even if value % 2 == 0 else self._divided(self._of_factorial(int(value)), even),)

    def binomial(self, node: s.Binomial) -> _Sum:
        """The binomial coefficient, as a quotient of factorials where it is one."""
        upper, lower = _constant(node.upper), _constant(node.lower)
        if upper.denominator != 1 or lower.denominator != 1 or not 0 <= lower <= upper <= _LARGEST_FACTORIAL:
            return self.outside(node)
        total, below = int(upper), int(lower)
        chosen = self._divided(self._of_factorial(total), self._of_factorial(below))
        return (self._divided(chosen, self._of_factorial(total - below)),)

    def _of_factorial(self, number: int) -> _Term:
        if number > _LARGEST_FACTORIAL:
            message = f"the factorial of a number of {number.bit_length()} bits"
            raise ValueTooBig(message)
        self._spend(1 + number // 4)
        return _Term(1, dict(_factorial_powers(number)))


def _constant(node: s.Node) -> s.Exact:
    value = rational(node)
    if value is None:
        raise NotRationalError
    return value


def _one_term(terms: _Sum, zero: str = "") -> _Term:
    if not terms:
        raise NoValue(zero)
    if len(terms) > 1:
        message = "a sum of large numbers in a quotient, a root or a power"
        raise ValueTooBig(message)
    return terms[0]


def _bits(term: _Term) -> int:
    """Return at least the number of bits of a term without denominator."""
    return sum(factor.bit_length() * count for factor, count in term.powers.items())


def _is_prime(factor: int) -> bool:
    """Return True for a factor that :func:`_prime_powers` has shown to be prime."""
    return factor < _LARGEST_TRIAL**2


@lru_cache(maxsize=1)
def _primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * _LARGEST_TRIAL
    for number in range(2, math.isqrt(_LARGEST_TRIAL) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, _LARGEST_TRIAL, number)))
    return tuple(number for number in range(2, _LARGEST_TRIAL) if sieve[number])


@lru_cache(maxsize=1_024)
def _prime_powers(value: int) -> dict[int, int]:
    """The prime factors of a number below 2^32; of a larger one the small ones, and what is left."""
    powers: dict[int, int] = {}
    for prime in _primes():
        if prime * prime > value or (prime > _FIRST_TRIAL and value >= _LARGEST_TRIAL**2):
            break
        while value % prime == 0:
            value //= prime
            powers[prime] = powers.get(prime, 0) + 1
    if value > 1:
        powers[value] = powers.get(value, 0) + 1
    return powers


@lru_cache(maxsize=64)
def _factorial_powers(number: int) -> tuple[tuple[int, int], ...]:
    """The exponents of the primes in a factorial (Legendre's formula)."""
    found = []
    for prime in _primes():
        if prime > number:
            break
        count, power = 0, number
        while power:
            power //= prime
            count += power
        found.append((prime, count))
    return tuple(found)
