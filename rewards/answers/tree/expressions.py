"""Expressions: the nodes that denote one mathematical value, perhaps with unknowns. See :mod:`~.syntax`."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import TypeAlias

__all__ = [
    "INFINITY",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_NODES",
    "PI",
    "Absolute",
    "Apply",
    "BaseNumeral",
    "BigOperator",
    "Binomial",
    "Call",
    "Constant",
    "Degrees",
    "Dots",
    "E",
    "Exact",
    "Expr",
    "Factorial",
    "I",
    "Matrix",
    "Negate",
    "Node",
    "Number",
    "Percent",
    "PlusMinus",
    "Power",
    "Product",
    "Quantity",
    "Quotient",
    "Root",
    "Rounding",
    "Sum",
    "Symbol",
]

MAX_DEPTH = 50
"""Nesting allowed in an answer; deeper ones are refused as too big."""

MAX_NODES = 8_000
"""Tokens allowed in one answer, and so about the nodes of its tree."""

MAX_DIGITS = 4_000
"""Digits allowed in one literal number; below the interpreter's own limit on int(str)."""

Exact: TypeAlias = int | Fraction
"""An exact rational; an `int` whenever it is whole."""


class Node:
    """Anything an answer can be read as."""

    __slots__ = ()


class Expr(Node):
    """An expression: one mathematical value, perhaps with unknowns."""

    __slots__ = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Number(Expr):
    r"""A literal number: `5`, `1,234.50`, `0.\overline{3}`, `4.7e-34`, `2\frac12`.

    `places` tells how a decimal was written: its last digit stands for `10**-places`. None for a whole
    number, a mixed number and a repeating decimal, which are exact.

    >>> Number(Fraction(5, 2), 2)  # written 2.50
    Number(value=Fraction(5, 2), places=2)
    """

    value: Exact
    places: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class BaseNumeral(Expr):
    r"""A numeral with its base: `1010_2`, `\mathrm{FF}_{16}`."""

    digits: str
    """Upper-case digits, as written; valid in `base`."""
    base: int
    """From 2 to 36."""


@dataclasses.dataclass(frozen=True, slots=True)
class Constant(Expr):
    """A constant that everyone reads alike: `pi`, `e`, `i`, `infinity`."""

    name: str


PI = Constant("pi")
E = Constant("e")
I = Constant("i")  # noqa: E741 - its name in mathematics
INFINITY = Constant("infinity")


@dataclasses.dataclass(frozen=True, slots=True)
class Symbol(Expr):
    r"""An unknown: `x`, `\alpha` (name `alpha`), `a_{n-1}`, `\vec{a}`, `\overline{AB}`, `f'`.

    A subscript of digits or letters is an index too: `x_1` has index `(Number(1),)`.
    """

    name: str
    index: tuple[Node, ...] = ()
    mark: str = ""
    """The mark drawn on it: `vec`, `bar`, `hat`, `tilde`, `bold`, `angle`, ... ; empty for a bare letter."""
    primes: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Sum(Expr):
    """Two or more terms; a subtracted term is a :class:`Negate`."""

    terms: tuple[Expr, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Negate(Expr):
    """`-operand`."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class PlusMinus(Expr):
    r"""`\pm operand` (or `\mp`, with `upper` -1): two values; signs of one expression go together."""

    operand: Expr
    upper: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Product(Expr):
    """Two or more factors, by a sign or side by side."""

    factors: tuple[Expr, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Quotient(Expr):
    """`numerator / denominator`, however it was drawn."""

    numerator: Expr
    denominator: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Power(Expr):
    """`base ^ exponent`."""

    base: Expr
    exponent: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Root(Expr):
    r"""`\sqrt[index]{radicand}`: the real root where there is one, else the principal one."""

    radicand: Expr
    index: Expr = Number(2)


@dataclasses.dataclass(frozen=True, slots=True)
class Factorial(Expr):
    """`operand!` (`order` 1) or `operand!!` (`order` 2)."""

    operand: Expr
    order: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Binomial(Expr):
    r"""`\binom{upper}{lower}`; `C_n^k`, `C(n,k)` and `{}_nC_k` read the same."""

    upper: Expr
    lower: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Absolute(Expr):
    """`|operand|`; of a vector or a complex number, its length."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Rounding(Expr):
    r"""`\lfloor operand \rfloor` (`direction` -1) or `\lceil operand \rceil` (+1)."""

    operand: Expr
    direction: int


@dataclasses.dataclass(frozen=True, slots=True)
class Percent(Expr):
    """`operand %`."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Degrees(Expr):
    r"""`operand^\circ`, an angle; minutes and seconds are folded into the operand."""

    operand: Expr


@dataclasses.dataclass(frozen=True, slots=True)
class Apply(Expr):
    """A function everyone knows by name, applied.

    Names: `sin cos tan cot sec csc`, `arcsin arccos arctan arccot arcsec arccsc`, `sinh cosh tanh coth sech
    csch`, `arsinh arcosh artanh`, `ln`, `log` (with an explicit `base`, or None where none was written), `lg`
    (base 10), `exp`, `gcd lcm max min mod sgn arg re im det gamma phi ...`.
    """

    function: str
    arguments: tuple[Node, ...]
    base: Expr | None = None
    """The base of a logarithm."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call(Expr):
    """A function with a name of its own, applied: `f(x)`, `f'(2)`, `g(x, y)`. Never a product."""

    head: Symbol
    arguments: tuple[Node, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class BigOperator(Expr):
    r"""`\sum`, `\prod`, `\int` or `\lim` with its bounds; opaque until the symbolic tier opens it."""

    kind: str
    """`sum`, `product`, `integral`, `limit`."""
    body: Expr
    variable: Expr | None = None
    lower: Expr | None = None
    """The lower bound; for a limit, the point approached."""
    upper: Expr | None = None
    side: int = 0
    """For a limit: -1 from below, +1 from above."""


@dataclasses.dataclass(frozen=True, slots=True)
class Matrix(Expr):
    """Rows of equal length; a column vector has rows of one. `determinant` for `vmatrix`."""

    rows: tuple[tuple[Node, ...], ...]
    determinant: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Dots(Expr):
    r"""`\ldots`: equal only to itself in the same place."""


@dataclasses.dataclass(frozen=True, slots=True)
class Quantity(Expr):
    r"""An amount with its unit, a currency included: `5 cm`, `\$20`, `2 h 30 min` (folded to one unit)."""

    amount: Expr
    unit: str
    """Canonical text of the unit, as :mod:`~.units` has it: `cm^2`, `m*s^-1`, `apple`."""
