"""Ball arithmetic: the value of an expression at a point, with a proven error.

A value is an `arb` (a real interval, midpoint and radius) or, where complex numbers are in play, an `acb`;
every operation rounds outwards, so two balls that do not meet prove two values different. An expression
without a real value at a point (the logarithm of a negative number, a division by an interval with 0 in it)
is a ball that is not finite. Reading of the school: an odd root of a negative number is the negative one,
`0^0` has no value.

It leaves out integrals, limits, infinite sums and functions that have no definition here; the fingerprints of
an expression tell beforehand whether it holds one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import flint

from rewards.answers.notation.functions import FUNCTIONS, Function
from rewards.answers.tree import syntax as s
from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import NotComparable, NoValue, ValueTooBig, rational
from rewards.answers.values.fields import FIELDS
from rewards.answers.values.fingerprints import MAX_TERMS, Fingerprint
from rewards.answers.values.precision import Ball
from rewards.answers.values.traits import with_unknown_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.values.precision import Point, WorkLimit

__all__ = ["Balls"]

_MAX_COLUMN = 400
_MAX_ROOT = 10_000


class Balls(Evaluation[Ball]):
    """Evaluation at one point, at the precision in force."""

    __slots__ = ("ball", "budget", "point")

    def __init__(self, point: Point, budget: WorkLimit) -> None:
        self.point = point
        self.budget = budget
        self.integers = point.integers
        self.bound: dict[s.Symbol, int] = {}
        self.ball: Callable[..., Ball] = flint.acb if point.complex else flint.arb

    def of(self, node: s.Node) -> Ball:
        """The ball of an expression. Raises NoValue, ValueTooBig or NotComparable."""
        # Multiplication grows with the bits, functions with their square.
        bits = flint.ctx.prec
        self.budget.spend(1 + bits // 2_000 + (_WEIGHTS.get(type(node), 0) * bits * bits >> 16))
        return super().of(node)

    def outside(self, node: s.Node) -> Ball:
        """Raise NotComparable: what has no rule has no ball."""
        raise NotComparable(type(node).__name__)

    def number(self, value: s.Exact) -> Ball:
        """The ball of a rational number."""
        if value.denominator == 1:
            return self.ball(value.numerator)
        return self.ball(flint.fmpq(value.numerator, value.denominator))

    def _rational(self, node: s.Node) -> s.Exact | None:
        try:
            return rational(node, self.integers)
        except ValueTooBig:
            return None

    # --- what needs no function --------------------------------------------------------------------------

    def constant(self, node: s.Constant) -> Ball:
        if node == s.PI:
            return self.ball(flint.arb.pi())
        if node == s.E:
            return self.ball(flint.arb(1).exp())
        if node == s.I and self.point.complex:
            return flint.acb(0, 1)
        raise NotComparable(type(node).__name__)

    def symbol(self, node: s.Symbol) -> Ball:
        value = self.integers.get(node)
        if value is not None:
            return self.ball(value)
        known = self.point.known.get(node)
        if known is not None:
            return known
        key = self._key(node)
        found = self.ball(self.point.free(key))
        if self.point.complex and node.name in self.point.complex_names:
            found = flint.acb(found.real, self.point.free(key + 1))
        if not node.index:
            self.point.known[node] = found
        return found

    def _key(self, node: s.Symbol | s.Call) -> int:
        names = Fingerprint(FIELDS[0], self.integers)
        names.bound = self.bound
        return names.of(node)

    def call(self, node: s.Call) -> Ball:
        key = self._key(node)
        found = self.ball(self.point.free(key))
        if self.point.complex and node.head.name in self.point.complex_names:
            return flint.acb(found.real, self.point.free(key + 1))
        return found

    # --- powers and roots --------------------------------------------------------------------------------

    def power(self, node: s.Power) -> Ball:
        exponent = self._rational(node.exponent)
        if exponent is None:
            raised = self.of(node.exponent)
            return raised.exp() if node.base == s.E else self._general_power(self.of(node.base), raised)
        base = self.of(node.base)
        if base == 0 or exponent.denominator > _MAX_ROOT:
            return self._general_power(base, self.number(exponent))
        return self._radical(base, exponent.denominator) ** flint.fmpz(exponent.numerator)

    def _general_power(self, base: Ball, exponent: Ball) -> Ball:
        if base == 0:
            if exponent.real > 0:
                return base
            message = "0 to a power that is not positive"
            raise NoValue(message)
        return base**exponent

    def _radical(self, radicand: Ball, index: int) -> Ball:
        if index == 1:
            return radicand
        real = radicand.real if radicand.imag == 0 else None
        if index % 2 and real is not None and real < 0:
            return self.ball(-((-real).root(index)))
        if self.point.complex and (real is None or not real >= 0):
            return _root(radicand, index)
        if real is None:
            return radicand
        if not real >= 0 and real.contains(0):
            real = real.nonnegative_part()
        return self.ball(_root(real, index))

    # --- functions ---------------------------------------------------------------------------------------

    def _real(self, value: Ball) -> flint.arb:
        """The ball as a real one; where it is not, a real function has no value."""
        if value.imag == 0:
            return value.real
        message = "a real function of a number that is not real"
        raise NoValue(message)

    def factorial(self, node: s.Factorial) -> Ball:
        argument = self.of(node.operand)
        if node.order == 1:
            return (argument + 1).gamma()
        whole = self._rational(node.operand)
        if whole is None or whole.denominator != 1 or whole < 0:
            message = "a double factorial of a number that is not natural"
            raise NoValue(message)
        half = flint.arb(int(whole) // 2)
        if whole % 2 == 0:
            return self.ball((half + 1).gamma() * flint.arb(2) ** half)
        return self.ball((flint.arb(int(whole)) + 1).gamma() / ((half + 1).gamma() * flint.arb(2) ** half))

    def binomial(self, node: s.Binomial) -> Ball:
        lower = self._rational(node.lower)
        upper = self.of(node.upper)
        if lower is not None and lower.denominator == 1 and lower <= _MAX_COLUMN:
            total = self.ball(int(lower >= 0))
            for step in range(int(lower)):
                total = total * (upper - step) / (step + 1)
            return total
        below = self.of(node.lower)
        return (upper + 1).gamma() * (below + 1).rgamma() * (upper - below + 1).rgamma()

    def absolute(self, node: s.Absolute) -> Ball:
        if isinstance(node.operand, s.Matrix) and not node.operand.determinant:
            squares = [self.ball(abs(self.of(cell))) ** 2 for row in node.operand.rows for cell in row]
            return self._radical(sum(squares, self.ball(0)), 2)
        return self.ball(abs(self.of(node.operand)))

    def apply(self, node: s.Apply) -> Ball:
        row, arguments = FUNCTIONS.get(node.function), node.arguments
        if row is None:
            raise NotComparable(node.function)
        if row.kind == "determinant" and len(arguments) == 1 and isinstance(arguments[0], s.Matrix):
            return self._determinant(arguments[0])
        if row.exact is not None:
            exact = self._rational(node)
            if exact is not None:
                return self.number(exact)
        if row.ball is None:
            if row.whole:
                message = "a function of whole numbers of what is not whole"
                raise NoValue(message)
            raise NotComparable(node.function)
        if row.kind == "logarithm":
            return self._logarithm(node, row.ball(self.of(arguments[0])))
        return self.ball(row.ball(*(self._argument(row, self.of(argument)) for argument in arguments)))

    def _argument(self, row: Function, value: Ball) -> Ball:
        """An argument as a function takes it: real, complex, or cut off at the ends of its domain."""
        if row.real:
            return _whole_if_near(self._real(value)) if row.kind == "rounding" else self._real(value)
        if row.complex:
            return flint.acb(value)
        low, high = row.domain
        if isinstance(value, flint.arb) and value.is_finite():
            if low is not None and value.contains(low):
                return value.max(low)
            if high is not None and value.contains(high):
                return value.min(high)
        return value

    def _logarithm(self, node: s.Apply, value: Ball) -> Ball:
        if node.base is not None:
            return value / self.of(node.base).log()
        base = self.point.logarithm if node.function == "log" else None
        return value if base is None else value / flint.arb(base).log()

    # --- matrices and sums -------------------------------------------------------------------------------

    def matrix(self, node: s.Matrix) -> Ball:
        if node.determinant:
            return self._determinant(node)
        shape = (len(node.rows), len(node.rows[0]) if node.rows else 0)
        total = self.ball(0)
        for down, row in enumerate(node.rows):
            for across, cell in enumerate(row):
                # The same linear functional as in the fingerprints.
                total = total + self.of(cell) * FIELDS[0].draw("cell", (*shape, down, across))
        return total

    def _determinant(self, node: s.Matrix) -> Ball:
        size = len(node.rows)
        if any(len(row) != size for row in node.rows):
            message = "a determinant that is not square"
            raise NoValue(message)
        self.budget.spend(size**3)
        cells = [[flint.acb(self.of(cell)) for cell in row] for row in node.rows]
        determinant = flint.acb_mat(cells).det()
        return determinant if self.point.complex else determinant.real

    def big_operator(self, node: s.BigOperator) -> Ball:
        node = with_unknown_index(node)
        variable = node.variable
        if node.kind not in {"sum", "product"} or not isinstance(variable, s.Symbol):
            raise NotComparable(type(node).__name__)
        low, high = (None if bound is None else self._rational(bound) for bound in (node.lower, node.upper))
        if not (isinstance(low, int) and isinstance(high, int) and high - low < MAX_TERMS):
            raise NotComparable(type(node).__name__)
        return self.over(node, variable, range(low, high + 1))


def _root(radicand: Ball, index: int) -> Ball:
    return radicand.sqrt() if index == 2 else radicand.root(index)  # noqa: PLR2004 - a square root


def _whole_if_near(value: flint.arb) -> flint.arb:
    """An interval so narrow around a whole number, such as log10(1000), that it is that number."""
    nearest = (value + flint.arb(0.5)).floor()
    near = nearest.is_exact() and value.contains(nearest)
    return nearest if near and value.rad() < flint.arb(2) ** -(flint.ctx.prec // 2) else value


_GAMMA = 100
_WEIGHTS: dict[type[s.Node], int] = {
    s.Apply: 1,
    s.Power: 1,
    s.Factorial: _GAMMA,
    s.Binomial: 2 * _GAMMA,
}
