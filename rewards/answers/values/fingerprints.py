"""Fingerprints: the value of an expression at one random point of a finite field.

An unknown becomes a random residue modulo a prime of 61 bits, a rational operation is done modulo that prime,
and whatever is not rational (a root, a logarithm, a function without a definition) becomes a residue drawn
from a hash of its own fingerprint. Equal expressions of the theory of fields with uninterpreted functions
have equal fingerprints, whatever their size once expanded: `(x+1)^{3000}` costs one modular power.

* Different fingerprints prove two expressions different, as long as no *interpreted* function was met
  (:attr:`Fingerprint.atoms`: `sin 2x` and `2 sin x cos x` differ here) and at most one transcendental
  constant: evaluation is a homomorphism on the rational functions over Q(i), extended by pi or by e.
* Equal fingerprints are evidence. For rational functions of degree d the chance of an accident is at most
  d / 2^60 at each independent point and prime (Schwartz 1980; Zippel 1979), and a hash collision adds 2^-60.

It leaves out what the functions mean: that is what :mod:`~.probes` knows.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from rewards.answers.notation.functions import FUNCTIONS, Function
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import TRANSPOSE
from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import NotComparable, NoValue, ValueTooBig, rational
from rewards.answers.values.traits import (
    counts,
    holds_square,
    is_even,
    is_negative,
    may_be_complex,
    turns,
    with_unknown_index,
)

if TYPE_CHECKING:
    from rewards.answers.values.fields import PrimeField

__all__ = ["MAX_STEPS", "MAX_TERMS", "Fingerprint"]

MAX_STEPS = 20_000
"""Nodes visited in one evaluation; only sums, products and determinants can visit a node twice."""

MAX_TERMS = 400
"""Terms of a sum or product that are written out."""

_MAX_FACTORIAL = 5_000
"""Largest number whose factorial, and largest lower index whose binomial, is multiplied out."""

_MAX_SIDE = 30
"""Rows of a determinant that is evaluated."""

_MAX_MATRIX_POWER = 1_000
"""Largest power of a matrix that is worth multiplying out."""

_INFINITE = "infinite"


class Fingerprint(Evaluation[int]):
    r"""One evaluation of one expression, and the features met on the way.

    `integers` gives whole values to the unknowns that need them (in exponents, factorials, bounds); the
    unknowns that turned out to need one and had none are left in :attr:`wanting`, and the residue then means
    nothing.

    >>> from rewards.answers.values.fields import FIELDS
    >>> x = s.Symbol("x")
    >>> square = s.Power(s.Sum((x, s.Number(1))), s.Number(2))
    >>> expanded = s.Sum((s.Power(x, s.Number(2)), s.Product((s.Number(2), x)), s.Number(1)))
    >>> Fingerprint(FIELDS[0]).of(square) == Fingerprint(FIELDS[0]).of(expanded)
    True
    """

    def __init__(self, field: PrimeField, integers: dict[s.Symbol, int] | None = None) -> None:
        self.field = field
        self.prime = field.prime
        self.integers = integers or {}
        self.atoms: set[int] = set()
        """Fingerprints of the interpreted functions met: roots, logarithms, sines."""
        self.transcendentals: set[str] = set()
        self.unknowns: set[s.Symbol] = set()
        self.wanting: set[s.Symbol] = set()
        self.small: set[s.Symbol] = set()
        """Those of the unknowns in :attr:`wanting` that stand in a factorial, a binomial or a bound."""
        self.opaque = False
        """True after an operator that only computer algebra can evaluate: an integral, a limit."""
        self.bare_logarithm = False
        """A logarithm without a base was met."""
        self.complex = False
        """Values are complex: `i` was met, or a function of complex numbers."""
        self.branches = False
        """An absolute value, a maximum or the like of an unknown was met, or the root of a square: values
        need not be those of one analytic function."""
        self.pieces = False
        """The same without roots: it was written as made of pieces."""
        self.reach: s.Exact = 0
        """The largest number met: where an absolute value may change its branch."""
        self.literals = 0
        """Bits of the numbers met."""
        self.bound: dict[s.Symbol, int] = {}
        self.matrices = 0
        self.transposes = 0
        self.steps = 0

    def of(self, node: s.Node) -> int:
        """The residue of an expression.

        Raises NoValue, ValueTooBig or NotComparable; NoValue also, once in 2^60, by accident of the point.
        """
        self.steps += 1
        if self.steps > MAX_STEPS:
            message = f"more than {MAX_STEPS} steps"
            raise ValueTooBig(message)
        rule = self.rules.get(node.__class__)
        found: int = self.outside(node) if rule is None else rule(self, node)
        return found

    def outside(self, node: s.Node) -> int:
        """A residue drawn from the parts of a node without a rule."""
        if isinstance(node, s.Dots | s.PlusMinus):
            raise NotComparable(type(node).__name__)
        if isinstance(node, s.Expr):
            return self._function(
                type(node).__name__, [self.of(child) for child in s.children(node)], interpreted=True
            )
        return self.field.draw(repr(node))

    def _function(self, kind: str, arguments: list[int], *, interpreted: bool) -> int:
        residue = self.field.draw(kind, tuple(arguments))
        if interpreted:
            self.atoms.add(residue)
        return residue

    def _inverse(self, residue: int) -> int:
        if residue == 0:
            message = "a division by zero"
            raise NoValue(message)
        return pow(residue, -1, self.prime)

    # --- what is rational --------------------------------------------------------------------------------

    def number(self, value: s.Exact) -> int:
        """The residue of a number."""
        self.reach = max(self.reach, value, -value)
        if value.denominator == 1:
            self.literals += value.numerator.bit_length()
            return value.numerator % self.prime
        self.literals += value.numerator.bit_length() + value.denominator.bit_length()
        return value.numerator * self._inverse(value.denominator % self.prime) % self.prime

    def constant(self, node: s.Constant) -> int:
        if node.name == "i":
            self.complex = True
            return self.field.imaginary
        if node.name == "infinity":
            message = "an infinity"
            raise NotComparable(message)
        self.transcendentals.add(node.name)
        return self.field.draw(node.name)

    def symbol(self, node: s.Symbol) -> int:
        bound = self.bound.get(node)
        if bound is not None:
            return bound % self.prime
        self.unknowns.add(node)
        value = self.integers.get(node)
        if value is not None:
            return value % self.prime
        if not node.index:
            return self.field.draw(f"{node.name}\x01{node.mark}\x01{node.primes}")
        index = tuple(self.of(part) for part in node.index)
        return self.field.draw(f"{node.name}\x01{node.mark}\x01{node.primes}", index)

    def sum(self, node: s.Sum) -> int:
        total = 0
        for term in node.terms:
            total += self.of(term)
        return total % self.prime

    def multiply(self, left: int, right: int) -> int:
        """The product of two residues."""
        return left * right % self.prime

    def negate(self, value: int) -> int:
        """The residue with the other sign."""
        return -value % self.prime

    def divide(self, above: int, below: int) -> int:
        """The quotient of two residues."""
        return above * self._inverse(below) % self.prime

    def product(self, node: s.Product) -> int:
        total, matrices, before, transposes = 1, 0, self.matrices, self.transposes
        for factor in node.factors:
            total = total * self.of(factor) % self.prime
            matrices += self.matrices > before
            before = self.matrices
        if matrices > 1 or self.transposes > transposes:
            return self._in_order(node)
        return total

    def _in_order(self, node: s.Product) -> int:
        """A product of matrices, of which numbers alone change places."""
        self.opaque = True
        parts = _factors(node)
        numbers = math.prod(self.of(part) for part in parts if not s.holds(part, *_LINEAR))
        factors = [self.of(part) for part in parts if s.holds(part, *_LINEAR)]
        return numbers * self._function("matrix product", factors, interpreted=True) % self.prime

    def power(self, node: s.Power) -> int:
        before, pieces = self.matrices, self.pieces
        base = self.of(node.base)
        if isinstance(node.base, s.Absolute) and is_even(node.exponent):
            self.pieces = pieces
        exponent = self._whole(node.exponent, small=False)
        if self.matrices > before:
            self.opaque = True
            if exponent is not None and abs(exponent) > _MAX_MATRIX_POWER:
                message = f"a matrix to the power {exponent}"
                raise ValueTooBig(message)
        if exponent is None and (node.base == s.I or is_negative(node.base)):
            self.small |= self.wanting & {
                part for part in s.walk(node.exponent) if isinstance(part, s.Symbol)
            }
        if exponent is None or self.matrices > before:
            self.branches |= holds_square(node.base)
            return self._function("power", [base, self.of(node.exponent)], interpreted=True)
        if base == 0 and exponent <= 0:
            message = "0 to a power that is not positive"
            raise NoValue(message)
        self.steps += exponent.bit_length() // 16
        return pow(base, exponent, self.prime)

    def _whole(self, node: s.Node, *, small: bool) -> int | None:
        """The exact integer that a node stands for; the unknowns that are in the way become `wanting`."""
        if type(node) is s.Number:
            self.literals += node.value.numerator.bit_length()
            return int(node.value) if node.value.denominator == 1 else None
        value = rational(node, self.integers)
        if value is not None:
            self.literals += value.numerator.bit_length()
            return int(value) if value.denominator == 1 else None
        free = {part for part in s.walk(node) if isinstance(part, s.Symbol) and part not in self.integers}
        free -= self.bound.keys()
        self.wanting |= free
        if small:
            self.small |= free
        return None

    # --- what has a definition of its own ----------------------------------------------------------------

    def factorial(self, node: s.Factorial) -> int:
        value = self._whole(node.operand, small=True)
        if value is not None and value <= _MAX_FACTORIAL:
            if value < 0:
                message = "the factorial of a negative number"
                raise NoValue(message)
            return self._descending(value, value // node.order + value % node.order, node.order)
        return self._function(f"factorial {node.order}", [self.of(node.operand)], interpreted=True)

    def binomial(self, node: s.Binomial) -> int:
        lower = self._whole(node.lower, small=True)
        if lower is None or lower > _MAX_FACTORIAL:
            return self._function("binomial", [self.of(node.upper), self.of(node.lower)], interpreted=True)
        if lower < 0:
            return 0
        upper = self.of(node.upper)
        return self._descending(upper, lower) * self._inverse(self._descending(lower, lower)) % self.prime

    def _descending(self, start: int, factors: int, stride: int = 1) -> int:
        """`start * (start - stride) * ...`."""
        self.steps += factors // 8
        total = 1
        for step in range(factors):
            total = total * (start - step * stride) % self.prime
        return total

    def apply(self, node: s.Expr) -> int:
        try:
            value = rational(node, self.integers)
        except (NoValue, ValueTooBig):
            value = None
        if value is not None:
            return value.numerator * self._inverse(value.denominator % self.prime) % self.prime
        name, base, arguments = _parts(node)
        row = FUNCTIONS.get(name, _UNKNOWN)
        if row.pieces and any(turns(argument) for argument in arguments):
            self.branches = self.pieces = True
        if row.kind == "determinant" and len(arguments) == 1 and isinstance(arguments[0], s.Matrix):
            return self.matrix(dataclasses.replace(arguments[0], determinant=True))
        residues = [self.of(argument) for argument in arguments]
        if row.symmetric:
            residues.sort()
        if row.kind == "logarithm":
            self.branches |= holds_square(node)
            return self._logarithm(name, base, residues)
        if row.whole or (row.kind == "rounding" and counts(arguments[0])):
            for argument in arguments:
                self._whole(argument, small=True)
        self.opaque |= row.is_opaque
        self.complex |= row.complex or (isinstance(node, s.Absolute) and may_be_complex(node.operand))
        return self._function(name, residues, interpreted=True)

    absolute = apply

    def _logarithm(self, name: str, base: s.Expr | None, residues: list[int]) -> int:
        argument = self._function("ln", residues, interpreted=True)
        if name == "log" and base is None:
            self.bare_logarithm = True
        if base is None:
            return argument
        below = self._function("ln", [self.of(base)], interpreted=True)
        return argument * self._inverse(below) % self.prime

    def call(self, node: s.Call) -> int:
        head = self.of(node.head)
        self.transposes += node.head == TRANSPOSE
        return self._function(
            "call", [head, *(self.of(argument) for argument in node.arguments)], interpreted=False
        )

    def big_operator(self, node: s.BigOperator) -> int:
        node = with_unknown_index(node)
        written_out = self._written_out(node)
        if written_out is not None:
            return written_out
        self.opaque = True
        arguments = [0 if bound is None else self._with_infinity(bound) for bound in (node.lower, node.upper)]
        arguments.append(self._body(node))
        return self._function(node.kind, [*arguments, node.side], interpreted=True)

    def _body(self, node: s.BigOperator) -> int:
        """The residue of what an operator runs over; that it has pieces says nothing of the whole."""
        outer, pieces, branches = self.bound, self.pieces, self.branches
        if isinstance(node.variable, s.Symbol):
            self.bound = {**outer, node.variable: self.field.draw("bound", (len(outer),))}
        try:
            return self.of(node.body)
        finally:
            self.bound, self.pieces, self.branches = outer, pieces, branches

    def _written_out(self, node: s.BigOperator) -> int | None:
        if node.kind not in {"sum", "product"} or not isinstance(node.variable, s.Symbol):
            return None
        if node.lower is None or node.upper is None or s.INFINITY in (node.lower, node.upper):
            return None
        low, high = self._whole(node.lower, small=True), self._whole(node.upper, small=True)
        if low is None or high is None or high - low >= MAX_TERMS:
            return None
        return self.over(node, node.variable, range(low, high + 1)) % self.prime

    def _with_infinity(self, node: s.Expr) -> int:
        if node == s.INFINITY:
            return self.field.draw(_INFINITE)
        if node == s.Negate(s.INFINITY):
            return -self.field.draw(_INFINITE) % self.prime
        return self.of(node)

    def matrix(self, node: s.Matrix) -> int:
        rows = [[self.of(cell) for cell in row] for row in node.rows]
        if node.determinant:
            return self._determinant(rows)
        self.matrices += 1
        # A random linear functional: it keeps sums and multiples, and no product of two matrices reaches it.
        shape = (len(rows), len(rows[0]) if rows else 0)
        total = 0
        for down, row in enumerate(rows):
            for across, cell in enumerate(row):
                total += cell * self.field.draw("cell", (*shape, down, across))
        return total % self.prime

    def _determinant(self, rows: list[list[int]]) -> int:
        size = len(rows)
        if size > _MAX_SIDE or any(len(row) != size for row in rows):
            message = "a determinant that is not square, or too big"
            raise NoValue(message)
        self.steps += size**3
        return self.field.determinant(rows)


_LINEAR = (s.Symbol, s.Matrix)
"""What holds none of these is a number, which changes places with any factor."""


def _factors(node: s.Expr) -> list[s.Expr]:
    """The factors of a product, and of the products among them."""
    if not isinstance(node, s.Product):
        return [node]
    return [part for factor in node.factors for part in _factors(factor)]


_UNKNOWN = Function("", None, None, None, None)


def _parts(node: s.Expr) -> tuple[str, s.Expr | None, tuple[s.Node, ...]]:
    """Return the name of an applied function, the base of a logarithm, and the arguments."""
    if isinstance(node, s.Apply):
        return node.function, node.base, node.arguments
    return "abs", None, tuple(s.children(node))
