"""The last resort: expressions with integrals, limits, infinite sums and matrices, by computer algebra.

SymPy bounds neither time nor memory, so nothing here may run outside a process that can be killed
(`SYMPY_GROUND_TYPES=python` keeps its integers out of GMP, which cannot be interrupted, and aborts when it is
out of memory). Objects are built node by node from the tree; no text ever reaches a parser of SymPy, because
those evaluate it as Python.

Both sides are evaluated (`doit`) and then compared by value: as constants to :data:`DIGITS` digits, else at
:data:`POINTS` points, which are fixed. A difference in digits is no proof as it is in ball arithmetic, for
the error control of SymPy is heuristic; neither is agreement.
"""

from __future__ import annotations

import sympy

from rewards.answers.notation.functions import FUNCTIONS
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import TRANSPOSE
from rewards.answers.values.evaluation import Evaluation
from rewards.answers.values.exact import MAX_BITS, NoValue, rational
from rewards.answers.values.traits import with_unknown_index

__all__ = ["DIGITS", "POINTS", "equal_by_sympy", "proportional_by_sympy"]

DIGITS = 40
"""Decimal digits to which values are computed; they agree when all but five of them do."""

POINTS = 5
"""Points at which expressions with unknowns must agree."""

_SPARE_DIGITS = 5
_ATTEMPTS = 20
_MAX_SIDE = 12


_SIDES = {0: "+-", 1: "+", -1: "-"}
"""SymPy's name for each side of a limit."""

# What SymPy raises from deep inside for input that it does not expect: it cannot say.
_SYMPY_ERRORS = (ArithmeticError, TypeError, ValueError, AttributeError, LookupError, RuntimeError)


class _UnknownError(Exception):
    """SymPy has no object for this, or no value."""


def equal_by_sympy(first: s.Expr, second: s.Expr) -> bool | None:
    """Return True if two expressions are equal; None if undecided. Only for a process that can be killed.

    >>> k, n = s.Symbol("k"), s.Number
    >>> basel = s.BigOperator("sum", s.Power(k, n(-2)), k, n(1), s.INFINITY)
    >>> equal_by_sympy(basel, s.Quotient(s.Power(s.PI, n(2)), n(6)))
    True
    """
    if first == second:
        return True
    try:
        builder = _Builder(_whole_unknowns(first) | _whole_unknowns(second))
        return _equal(_evaluated(builder.of(first)), _evaluated(builder.of(second)))
    except NoValue:
        return False
    except _UnknownError:
        return None
    except _SYMPY_ERRORS:
        return None


def proportional_by_sympy(first: s.Expr, second: s.Expr) -> int | None:
    """The sign of c in first = c * second, as :func:`~.symbols.proportional` has it."""
    try:
        builder = _Builder(_whole_unknowns(first) | _whole_unknowns(second))
        left, right = _evaluated(builder.of(first)), _evaluated(builder.of(second))
        if isinstance(left, sympy.MatrixBase) or isinstance(right, sympy.MatrixBase):
            return None
        values = [(_number(left, point), _number(right, point)) for point in _points(left, right)]
        usable = [(a, b) for a, b in values if a is not None and b is not None]
        if len(usable) < POINTS or any(a == 0 or b == 0 for a, b in usable):
            return None
        ratios = [a / b for a, b in usable]
        if not all(_close(ratios[0], ratio) for ratio in ratios):
            return None
        real, imaginary = ratios[0].as_real_imag()
        return 0 if not _close(imaginary, sympy.Integer(0)) else int(sympy.sign(real))
    except (NoValue, _UnknownError, *_SYMPY_ERRORS):
        return None


def _whole_unknowns(node: s.Expr) -> frozenset[s.Symbol]:
    """Unknowns in factorials, binomials and the bounds of sums and products."""
    places: list[s.Node] = []
    for part in s.walk(node):
        if isinstance(part, s.Factorial | s.Binomial):
            places.extend(s.children(part))
        elif isinstance(part, s.BigOperator) and part.kind in {"sum", "product"}:
            places.extend(bound for bound in (part.lower, part.upper, part.variable) if bound is not None)
        elif (
            isinstance(part, s.Power)
            and isinstance(part.base, s.Negate | s.Number)
            and part.base != part.exponent
        ):
            value = rational(part.base) if not isinstance(part.exponent, s.Number) else None
            places.extend([part.exponent] if value is not None and value < 0 else [])
    return frozenset(part for place in places for part in s.walk(place) if isinstance(part, s.Symbol))


# --- comparing ---------------------------------------------------------------------------------------------


def _evaluated(value: sympy.Basic) -> sympy.Basic:
    found = value.doit()
    if found.has(sympy.nan) or (found.has(sympy.zoo) and not isinstance(found, sympy.MatrixBase)):
        message = "an expression without a value"
        raise NoValue(message)
    return found


def _equal(left: sympy.Basic, right: sympy.Basic) -> bool | None:
    matrices = isinstance(left, sympy.MatrixBase), isinstance(right, sympy.MatrixBase)
    if any(matrices):
        return all(matrices) and left.shape == right.shape and _all_equal(left, right)
    if left == right or left.is_infinite or right.is_infinite:
        return bool(left == right)
    agreed = 0
    for point in _points(left, right):
        a, b = _number(left, point), _number(right, point)
        if a is None or b is None:
            continue
        if not _close(a, b):
            return False
        agreed += 1
        if agreed == POINTS or not (left.free_symbols | right.free_symbols):
            return True
    return True if sympy.simplify(left - right) == 0 else None


def _all_equal(left: sympy.MatrixBase, right: sympy.MatrixBase) -> bool | None:
    cells = [_equal(a, b) for a, b in zip(left, right, strict=True)]
    return False if False in cells else None if None in cells else True


def _points(left: sympy.Basic, right: sympy.Basic) -> list[dict[sympy.Symbol, sympy.Basic]]:
    unknowns = sorted(left.free_symbols | right.free_symbols, key=str)
    if not unknowns:
        return [{}]
    return [
        {
            unknown: sympy.Integer(3 + attempt + 2 * position)
            if unknown.is_integer
            else sympy.Rational((-1) ** (attempt // 2) * (10 * attempt + 7 * position + 3), 17 + 3 * position)
            for position, unknown in enumerate(unknowns)
        }
        for attempt in range(_ATTEMPTS)
    ]


def _number(value: sympy.Basic, point: dict[sympy.Symbol, sympy.Basic]) -> sympy.Basic | None:
    found = value.subs(point).doit().evalf(DIGITS)
    finite = found.is_number and not found.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo)
    return (
        found if finite and all(part.is_Float or part.is_Rational for part in found.as_real_imag()) else None
    )


def _close(left: sympy.Basic, right: sympy.Basic) -> bool:
    scale = max(abs(left), abs(right), sympy.Integer(1))
    return bool(abs(left - right) < scale * sympy.Float(10, DIGITS) ** (_SPARE_DIGITS - DIGITS))


# --- building ----------------------------------------------------------------------------------------------


class _Builder(Evaluation[sympy.Basic]):
    """SymPy objects from nodes."""

    def __init__(self, whole: frozenset[s.Symbol]) -> None:
        self.whole = whole

    def of(self, node: s.Node) -> sympy.Basic:
        """The exact value where there is one: SymPy would look for it in steps that it does not bound."""
        value = rational(node) if isinstance(node, s.Power | s.Factorial | s.Binomial | s.Apply) else None
        return super().of(node) if value is None else self.number(value)

    def outside(self, node: s.Node) -> sympy.Basic:
        raise _UnknownError(type(node))

    def number(self, value: s.Exact) -> sympy.Basic:
        return sympy.Rational(value.numerator, value.denominator)

    def constant(self, node: s.Constant) -> sympy.Basic:
        found = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "infinity": sympy.oo}.get(node.name)
        if found is None:
            raise _UnknownError
        return found

    def symbol(self, node: s.Symbol) -> sympy.Basic:
        # A name is only ever compared, so the text of a node will do where a subscript belongs to it.
        name = node.name if node == s.Symbol(node.name) else repr(node)
        if node in self.whole:
            return sympy.Symbol(name, integer=True, positive=True)
        return sympy.Symbol(name) if node.name in {"z", "w"} else sympy.Symbol(name, real=True)

    def divide(self, above: sympy.Basic, below: sympy.Basic) -> sympy.Basic:
        if below == 0:
            message = "a division by zero"
            raise NoValue(message)
        return above / below

    def power(self, node: s.Power) -> sympy.Basic:
        base, exponent = self.of(node.base), rational(node.exponent)
        if base.is_negative and exponent is not None and exponent.denominator in range(3, MAX_BITS, 2):
            return (-((-base) ** sympy.Rational(1, exponent.denominator))) ** exponent.numerator
        return base ** self.of(node.exponent)

    def factorial(self, node: s.Factorial) -> sympy.Basic:
        return (sympy.factorial if node.order == 1 else sympy.factorial2)(self.of(node.operand))

    def binomial(self, node: s.Binomial) -> sympy.Basic:
        return sympy.binomial(self.of(node.upper), self.of(node.lower))

    def absolute(self, node: s.Absolute) -> sympy.Basic:
        operand = self.of(node.operand)
        return operand.norm() if isinstance(operand, sympy.MatrixBase) else sympy.Abs(operand)

    def apply(self, node: s.Apply) -> sympy.Basic:
        arguments = [self.of(argument) for argument in node.arguments]
        row = FUNCTIONS.get(node.function)
        if row is not None and row.kind == "determinant" and isinstance(arguments[0], sympy.MatrixBase):
            return arguments[0].det()
        if row is not None and row.kind == "logarithm":
            return sympy.log(arguments[0]) / sympy.log(sympy.E if node.base is None else self.of(node.base))
        if row is None or row.sympy is None:
            return sympy.Function(f"known {node.function}")(*arguments)
        return getattr(sympy, row.sympy)(*arguments)

    def call(self, node: s.Call) -> sympy.Basic:
        if node.head == TRANSPOSE:
            raise _UnknownError  # its factors would change places
        return sympy.Function(repr(node.head))(*map(self.of, node.arguments))

    def matrix(self, node: s.Matrix) -> sympy.Basic:
        if len(node.rows) > _MAX_SIDE:
            raise _UnknownError
        matrix = sympy.Matrix([[self.of(cell) for cell in row] for row in node.rows])
        return matrix.det() if node.determinant else matrix

    def big_operator(self, node: s.BigOperator) -> sympy.Basic:
        node = with_unknown_index(node)
        if not isinstance(node.variable, s.Symbol):
            raise _UnknownError
        variable, body = self.of(node.variable), self.of(node.body)
        low, high = (None if bound is None else self.of(bound) for bound in (node.lower, node.upper))
        if node.kind == "limit" and low is not None:
            return sympy.Limit(body, variable, low, "-" if low == sympy.oo else _SIDES[node.side])
        if node.kind == "integral" and low is None and high is None:
            return sympy.Integral(body, variable)
        kind = {"integral": sympy.Integral, "sum": sympy.Sum, "product": sympy.Product}.get(node.kind)
        if kind is None or low is None or high is None:
            raise _UnknownError
        return kind(body, (variable, low, high))
