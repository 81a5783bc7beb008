"""The symbolic tier: equality of two expressions, decided in this process and in bounded steps.

Cheap first, and each step decides only what it can:

1. *Fingerprints* (:mod:`~.fingerprints`) settle rational functions in either direction, and
   everything that is equal by rearranging. *Normal forms* (:mod:`~.normal_form`) then make an
   equality of rational functions exact wherever it is small once expanded.
2. *Probes* (:mod:`~.probes`) settle what has functions in it: radicals exactly, the rest by
proof of a difference or by evidence of equality.
3. What is left (integrals, limits, infinite sums, products of matrices) is None, for
   :mod:`~.sympy_bridge` in a process that can be killed.

The answers are symmetric in the two expressions and depend on nothing else: no clock, no state, no order. The
tier leaves out all policy: whether an unevaluated sum may answer a question, what units weigh, what counts as
rounded.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from fractions import Fraction
from typing import TYPE_CHECKING

from rewards.answers.reading.numerals import exact
from rewards.answers.tree import syntax as s
from rewards.answers.values.exact import NotComparable, NoValue, ValueTooBig, both
from rewards.answers.values.fields import FIELDS, MAX_LITERAL_BITS, PrimeField, fields_for
from rewards.answers.values.fingerprints import Fingerprint
from rewards.answers.values.points import whole_values
from rewards.answers.values.traits import complex_names

if TYPE_CHECKING:
    from rewards.answers.values.probes import ProbeContext

__all__ = ["ValueTooBig", "equal_expressions", "proportional"]

_WHOLE_POINTS = 14
"""Consecutive whole values at which expressions with whole unknowns must agree."""

_WHOLE_ATTEMPTS = 28


def equal_expressions(first: s.Expr, second: s.Expr) -> bool | None:
    r"""Return True if two expressions are equal everywhere; None if only computer algebra may know.

    An expression without a value (`1/0`, `0^0`) equals nothing but its own copy, and neither does one that
    still has a `\pm`, which is two values. A logarithm without a base may be natural or decimal. Raises
    :class:`ValueTooBig` where an answer would have to evaluate what is out of bounds.

    >>> x, one, two = s.Symbol("x"), s.Number(1), s.Number(2)
    >>> square = s.Power(s.Sum((x, one)), two)
    >>> equal_expressions(square, s.Sum((s.Power(x, two), s.Product((two, x)), one)))
    True
    >>> equal_expressions(s.Root(s.Number(8)), s.Product((two, s.Root(two))))
    True
    >>> equal_expressions(s.PI, s.Quotient(s.Number(355), s.Number(113)))
    False
    """
    if first == second:
        return True
    try:
        return _Pair(first, second).equal()
    except NoValue:
        return False
    except NotComparable:
        return _equal_infinities(first, second)
    except RecursionError as error:
        message = "an expression nested too deep"
        raise ValueTooBig(message) from error


def proportional(first: s.Expr, second: s.Expr) -> int | None:
    """The sign of the constant c in first = c * second: 1, -1, or 0 if c is not real; None if there is none.

    A relation keeps its meaning when the difference of its sides is multiplied by a constant: an equation for
    any constant but 0, an inequality for a positive one. An expression that vanishes identically is
    proportional to nothing, itself included: `0 = 0` says nothing. None is also the answer where it cannot be
    told.

    >>> x, y = s.Symbol("x"), s.Symbol("y")
    >>> proportional(s.Sum((x, s.Negate(y))), s.Product((s.Number(3), s.Sum((y, s.Negate(x))))))
    -1
    >>> proportional(s.Sum((x, s.Negate(x))), s.Sum((x, s.Negate(x)))) is None
    True
    """
    try:
        return _Pair(first, second).proportion()
    except (NoValue, NotComparable):
        return None
    except RecursionError as error:
        message = "an expression nested too deep"
        raise ValueTooBig(message) from error


def _equal_infinities(first: s.Expr, second: s.Expr) -> bool | None:
    sign, other = _infinite_sign(first), _infinite_sign(second)
    if sign is not None and other is not None:
        return sign == other
    opaque = any(s.holds(node, s.BigOperator) for node in (first, second))
    return None if opaque else False


def _infinite_sign(node: s.Expr) -> int | None:
    if node == s.INFINITY:
        return 1
    sign = _infinite_sign(node.operand) if isinstance(node, s.Negate) else None
    return None if sign is None else -sign


class _Pair:
    """Two expressions under comparison."""

    __slots__ = ("_seed", "first", "left", "right", "second")

    def __init__(self, first: s.Expr, second: s.Expr) -> None:
        self.first, self.second = first, second
        self._seed: bytes | None = None

    def seed(self) -> bytes:
        """Bytes that depend on the two expressions and not on their order."""
        if self._seed is None:
            texts = sorted((repr(self.first), repr(self.second)))
            self._seed = hashlib.blake2b("\x00".join(texts).encode(), digest_size=16).digest()
        return self._seed

    def _evaluate(self, field: PrimeField, integers: dict[s.Symbol, int] | None = None) -> tuple[int, int]:
        self.left, self.right = Fingerprint(field, integers), Fingerprint(field, integers)
        return both(lambda: self.left.of(self.first), lambda: self.right.of(self.second))

    def _first_look(self) -> tuple[int, int]:
        try:
            return self._evaluate(FIELDS[0])
        except NoValue:
            # A division by zero, or by a multiple of the first prime; the second tells which.
            return self._evaluate(FIELDS[1])

    def equal(self) -> bool | None:
        residue, other = self._first_look()
        left, right = self.left, self.right
        if self._one_is_in_pieces() and (residue or other):
            # That some pieces agree with one analytic function says nothing of the others.
            return False
        if left.wanting or right.wanting:
            return self._equal_at_whole_values(left.wanting | right.wanting, left.small | right.small)
        if residue == other and left.atoms == right.atoms:
            return self._confirm()
        if residue != other and self._conclusive():
            return False
        return self._probe(frozenset())

    def _one_is_in_pieces(self) -> bool:
        left, right = self.left, self.right
        return (
            left.pieces != right.pieces and not (left.branches and right.branches) and not self._alternates()
        )

    def _conclusive(self) -> bool:
        """Return True if different fingerprints prove a difference."""
        left, right = self.left, self.right
        return not (left.atoms or right.atoms) and len(left.transcendentals | right.transcendentals) <= 1

    def _confirm(self) -> bool | None:
        """Make sure of an equality found at one fixed point."""
        left, right = self.left, self.right
        exact = None if left.atoms else self._exactly_equal()
        if exact is not None:
            return exact
        if left.literals + right.literals <= MAX_LITERAL_BITS:
            residue, other = self._evaluate(FIELDS[1])
            return residue == other
        for field in fields_for(self.seed()):
            residue, other = self._evaluate(field)
            if residue != other:
                return False
        return True

    def _exactly_equal(self) -> bool | None:
        from rewards.answers.values.normal_form import equal_rational_functions  # noqa: PLC0415 - as above

        left, right = self.left, self.right
        constants = {s.Constant(name) for name in left.transcendentals | right.transcendentals}
        if left.complex or right.complex:
            constants.add(s.I)
        return equal_rational_functions(self.first, self.second, left.unknowns | right.unknowns | constants)

    def _equal_at_whole_values(self, wanting: set[s.Symbol], small: set[s.Symbol]) -> bool | None:
        """Compare at whole values of the unknowns in exponents, factorials and bounds."""
        seed = self.seed()
        fields: tuple[PrimeField, ...] = FIELDS
        agreed = 0
        for attempt in range(_WHOLE_ATTEMPTS):
            if agreed == 1:
                fields = fields_for(seed)
            try:
                residue, other = self._evaluate(
                    fields[attempt % 3], whole_values(wanting, small, seed, attempt)
                )
            except NoValue:
                continue
            left, right = self.left, self.right
            small = small | left.small | right.small
            if left.wanting | right.wanting:
                wanting = wanting | left.wanting | right.wanting
                continue
            if residue != other and self._conclusive():
                return False
            if residue != other or left.atoms != right.atoms:
                break
            agreed += 1
            if agreed == _WHOLE_POINTS:
                return True
        return self._probe(frozenset(small))

    def _alternates(self) -> bool:
        """Return True if a sign alternates with a whole number, so that a closed form may have pieces too."""
        return any(
            isinstance(part, s.Power) and part.base in {s.Negate(s.Number(1)), s.Number(-1)}
            for side in (self.first, self.second)
            for part in s.walk(side)
        )

    def _probe_context(self, whole: frozenset[s.Symbol]) -> ProbeContext:
        from rewards.answers.values.probes import ProbeContext  # noqa: PLC0415 - as above

        left, right = self.left, self.right
        return ProbeContext(
            seed=self.seed,
            unknowns=frozenset(left.unknowns | right.unknowns | left.integers.keys()),
            whole=whole,
            complex=left.complex or right.complex,
            complex_names=complex_names(self.first) | complex_names(self.second),
            branches=left.branches or right.branches,
            reach=int(max(left.reach, right.reach)),
        )

    def _probe(self, whole: frozenset[s.Symbol]) -> bool | None:
        from rewards.answers.values import probes  # noqa: PLC0415 - as above

        left, right = self.left, self.right
        if left.opaque or right.opaque:
            return None
        context = self._probe_context(whole)
        readings = (None, 10) if left.bare_logarithm or right.bare_logarithm else (None,)
        verdict: bool | None = False
        for reading in readings:
            try:
                found = probes.equal_by_probing(
                    self.first, self.second, dataclasses.replace(context, logarithm=reading)
                )
            except NotComparable:
                found = None
            if found:
                return True
            verdict = None if found is None else verdict
        return verdict

    # --- proportion --------------------------------------------------------------------------------------

    def proportion(self) -> int | None:
        residue, other = self._evaluate(FIELDS[0])
        left, right = self.left, self.right
        if left.opaque or right.opaque or not (residue and other):
            return None
        if left.wanting or right.wanting:
            return self._probed_ratio()
        prime = FIELDS[0].prime
        ratio = residue * pow(other, -1, prime) % prime
        again, other_again = self._evaluate(PrimeField(prime, FIELDS[0].imaginary, b"another point"))
        if (again - ratio * other_again) % prime:
            # The constants of nature were drawn anew as well, so a ratio with pi in it is not settled here.
            settled = self._conclusive() and not self.left.transcendentals | self.right.transcendentals
            return None if settled else self._probed_ratio()
        constant = _small_fraction(ratio, prime)
        vacuous = bool(left.atoms) and equal_expressions(self.first, s.Number(0)) is not False
        if constant is not None and not vacuous:
            scaled = s.Product((s.Number(constant), self.second))
            if equal_expressions(self.first, scaled) is True:
                return 1 if constant > 0 else -1
        return self._probed_ratio()

    def _probed_ratio(self) -> int | None:
        from rewards.answers.values.probes import constant_ratio  # noqa: PLC0415 - as above

        left, right = self.left, self.right
        if equal_expressions(self.first, s.Number(0)) is not False:
            return None
        try:
            return constant_ratio(
                self.first, self.second, self._probe_context(frozenset(left.small | right.small))
            )
        except NotComparable:
            return None


def _small_fraction(residue: int, prime: int) -> s.Exact | None:
    """The fraction of small numerator and denominator that a residue stands for.

    Of all fractions with such a denominator, the nearest to `residue / prime` has the denominator sought.
    """
    limit = math.isqrt(prime // 2)
    nearest = Fraction(residue, prime).limit_denominator(limit)
    above = residue * nearest.denominator - nearest.numerator * prime
    return exact(Fraction(above, nearest.denominator)) if abs(above) <= limit else None
