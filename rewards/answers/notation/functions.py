r"""The functions that everyone knows by name: a row for each, with all that is known of it.

The tokens take its spellings from here, the reader its arguments and its inverse, the rules of unfinished
answers `looked_up`, and each evaluator its column. A new function is a new row.

>>> NAMES["tg"].name, NAMES["tan"].inverse, applied("lg", (PI,))
('tan', 'arctan', Apply(function='log', arguments=(Constant(name='pi'),), base=Number(value=10, places=None)))
"""

from __future__ import annotations

import dataclasses
import functools
import math
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any, Final, Literal

from rewards.answers.tree.syntax import (
    PI,
    Absolute,
    Apply,
    Call,
    E,
    Exact,
    Expr,
    I,
    Negate,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "GUARDED", "LETTERS", "NAMES", "Function", "applied"]


@dataclasses.dataclass(frozen=True, slots=True)
class Function:
    """One function: its name, a column for each evaluator (None where it has none), and how it is written."""

    name: str
    """Its name in the tree."""
    exact: Callable[..., Exact | None] | None
    """Its value at rational numbers; None where that is irrational or too big. Raises ValueError."""
    size: Callable[..., float] | None
    """Its value as a float. Raises ValueError for no value."""
    ball: Callable[..., Any] | None
    """Its value in ball arithmetic."""
    sympy: str | None
    """Its name in SymPy."""
    meaning: Callable[..., Expr] | None = None
    """The same in other notation, which the reader puts in its place."""

    _: dataclasses.KW_ONLY
    also: str = ""
    """Its other spellings; each is read as a command, as a marked name and as a bare word."""
    guarded: str = ""
    """Those of its spellings that say something else as well, a word or a unit or letters side by side: as
    bare words they are functions before a bracket alone."""
    letters: str = ""
    """Greek letters that are this function before a bracket, if a command marks them as a name."""
    before_letters: bool = False
    """A guarded name applies to a letter beside it, too: `Re z`."""
    before_brackets: bool = False
    """A name that a command marks applies to brackets alone: `Var(X)`."""
    runs_on: bool = False
    """It is told from letters that it runs together with: `sinx`, `xsin`."""
    arguments: tuple[int, int | None] = (1, 1)
    """The fewest and the most arguments that it takes."""
    names_values: bool = False
    """Before one number, it labels that number: `max 5, min 2`."""
    power: bool = True
    """A power may stand between it and its argument: `sin^2 x`."""
    inverse: str | None = None
    """The function that its power -1 means; without one, such a power is not understood."""

    kind: Literal["", "logarithm", "determinant", "rounding"] = ""
    """What has a base, takes a matrix or jumps at whole numbers is evaluated by rules of its own."""
    complex: bool = False
    """It tells parts of complex numbers apart, so that unknowns in it are complex."""
    real: bool = False
    """It is of real numbers only."""
    whole: bool = False
    """It is of whole numbers only."""
    domain: tuple[int | None, int | None] = (None, None)
    """The ends of a closed domain of real numbers."""
    pieces: bool = False
    """It is made of pieces: values on one side of a point say nothing of the other side."""
    symmetric: bool = False
    """The order of its arguments does not matter."""
    circular: bool = False
    """At rational parts of a turn it is algebraic: a quotient of numbers of size 2 at most."""
    looked_up: bool = False
    """Its value at a number is not left to be looked up where the gold gives it."""

    @property
    def is_free(self) -> bool:
        """Return True if nothing is known of its values, except that they are equal at equal arguments."""
        return not (self.exact or self.size or self.ball or self.meaning or self.kind)

    @property
    def is_opaque(self) -> bool:
        """Return True if its value is not told, not even where those of its arguments are."""
        return self.kind == "determinant" or self.is_free

    @property
    def spellings(self) -> tuple[str, ...]:
        """The names that it goes by, in whatever notation."""
        return (self.name, *self.also.split())


_of = methodcaller


def _written(name: str, meaning: Callable[..., Expr], **more: Any) -> Function:  # noqa: ANN401 - any column
    """A function that is short for other notation."""
    return Function(name, None, None, None, None, meaning, **more)


def _free(name: str, also: str = "", **more: Any) -> Function:  # noqa: ANN401 - any column
    """A function that nothing here evaluates."""
    guarded = f"{name} {also}"
    return Function(name, None, None, None, None, also=also, guarded=guarded, arguments=(1, None), **more)


def _circular(name: str, size: Callable[[float], float], also: str = "") -> Function:
    return Function(
        name,
        None,
        size,
        _of(name),
        name,
        also=also,
        inverse=f"arc{name}",
        runs_on=True,
        circular=True,
        looked_up=True,
    )


def _cyclometric(name: str, size: Callable[[float], float], also: str, **more: Any) -> Function:  # noqa: ANN401
    short = name.removeprefix("arc")
    return Function(
        name,
        None,
        size,
        _of(f"a{short}"),
        f"a{short}",
        also=f"a{short} {also}",
        inverse=short,
        runs_on=True,
        looked_up=True,
        **more,
    )


def _hyperbolic(name: str, size: Callable[[float], float], **more: Any) -> Function:  # noqa: ANN401 - any column
    return Function(name, None, size, _of(name), name, inverse=f"ar{name}", **more)


def _rounding(name: str, exact: Callable[[Exact], int], sympy: str, **more: Any) -> Function:  # noqa: ANN401
    kinds: Any = {"kind": "rounding", "real": True, "pieces": True, "power": False}
    return Function(name, exact, None, _of(name), sympy, **kinds, **more)


def _extremum(name: str, choose: Callable[..., Any]) -> Function:
    def ball(*values: Any) -> Any:  # noqa: ANN401 - FLINT is untyped
        return functools.reduce(lambda one, other: getattr(one, name)(other), values)

    return Function(
        name,
        choose,
        choose,
        ball,
        name.title(),
        arguments=(2, None),
        names_values=True,
        real=True,
        pieces=True,
        symmetric=True,
    )


def _divisor(name: str, exact: Callable[..., int], also: str) -> Function:
    return Function(
        name,
        lambda *values: exact(*map(int, values)),
        None,
        None,  # by its exact value alone
        name,
        also=also,
        arguments=(2, None),
        names_values=True,
        whole=True,
        symmetric=True,
    )


_MOST: Final = 1_000
"""Largest whole number at which the Gamma function is evaluated exactly."""


def _gamma(value: Exact) -> Exact | None:
    if value.denominator != 1 or value > _MOST:
        return None
    return math.factorial(int(value) - 1)


def _sign(value: float | Exact) -> int:
    return (value > 0) - (value < 0)


def _inverted(name: str) -> Callable[[Expr], Expr]:
    """The function at the reciprocal of its argument."""
    return lambda value: Apply(name, (Quotient(Number(1), value),))


def _less(whole: Expr, name: str) -> Callable[[Expr], Expr]:
    """The rest that the function leaves of something whole."""
    return lambda value: Sum((whole, Negate(Apply(name, (value,)))))


_ROWS: Final = (
    _circular("sin", math.sin),
    _circular("cos", math.cos),
    _circular("tan", math.tan, "tg"),
    _circular("cot", lambda x: 1 / math.tan(x), "ctg cotg"),
    _circular("sec", lambda x: 1 / math.cos(x)),
    _circular("csc", lambda x: 1 / math.sin(x), "cosec"),
    _cyclometric("arcsin", math.asin, "", domain=(-1, 1)),
    _cyclometric("arccos", math.acos, "", domain=(-1, 1)),
    _cyclometric("arctan", math.atan, "arctg"),
    _written("arccot", _less(Quotient(PI, Number(2)), "arctan"), also="arcctg acot", inverse="cot"),
    _written("arcsec", _inverted("arccos"), also="asec", inverse="sec"),
    _written("arccsc", _inverted("arcsin"), also="acsc arccosec", inverse="csc"),
    _hyperbolic("sinh", math.sinh, also="sh", guarded="sh", runs_on=True),
    _hyperbolic("cosh", math.cosh, also="ch", guarded="ch", runs_on=True),
    _hyperbolic("tanh", math.tanh, also="th", guarded="th", runs_on=True),
    _hyperbolic("coth", lambda x: 1 / math.tanh(x), also="cth"),
    _hyperbolic("sech", lambda x: 1 / math.cosh(x)),
    _hyperbolic("csch", lambda x: 1 / math.sinh(x), also="cosech"),
    Function("arsinh", None, math.asinh, _of("asinh"), "asinh", also="arcsinh asinh", inverse="sinh"),
    Function(
        *("arcosh", None, math.acosh, _of("acosh"), "acosh"),
        also="arccosh acosh",
        inverse="cosh",
        domain=(1, None),
    ),
    Function("artanh", None, math.atanh, _of("atanh"), "atanh", also="arctanh atanh", inverse="tanh"),
    _written("arcoth", _inverted("artanh"), also="arccoth acoth", inverse="coth"),
    _written("arsech", _inverted("arcosh"), also="arcsech asech", inverse="sech"),
    _written("arcsch", _inverted("arsinh"), also="arccsch acsch", inverse="csch"),
    Function("ln", None, math.log, _of("log"), "log", kind="logarithm", runs_on=True, looked_up=True),
    # Without a base, it is of base ten or natural.
    Function("log", None, None, _of("log"), "log", kind="logarithm", runs_on=True, looked_up=True),
    _written("lg", lambda x: Apply("log", (x,), Number(10)), runs_on=True),
    _written("exp", lambda x: Power(E, x), inverse="ln"),
    _written("cis", lambda x: Power(E, Product((I, x))), guarded="cis"),
    _written("abs", Absolute, pieces=True, power=False),
    _rounding("floor", math.floor, "floor"),
    _rounding("ceil", math.ceil, "ceiling", also="ceiling", guarded="ceiling"),
    Function("sgn", _sign, _sign, _of("sgn"), "sign", also="sign signum", guarded="sign", pieces=True),
    _divisor("gcd", math.gcd, "GCD hcf HCF gcf GCF"),
    _divisor("lcm", math.lcm, "LCM"),
    _extremum("max", max),
    _extremum("min", min),
    Function("Re", None, None, attrgetter("real"), "re", complex=True, guarded="Re", before_letters=True),
    Function("Im", None, None, attrgetter("imag"), "im", complex=True, guarded="Im", before_letters=True),
    Function(
        *("arg", None, None, _of("arg"), "arg"),
        also="Arg",
        complex=True,
        guarded="arg Arg",
        before_letters=True,
    ),
    Function("det", None, None, None, None, kind="determinant", guarded="det", before_letters=True),
    Function("erf", None, math.erf, _of("erf"), "erf", guarded="erf", looked_up=True),
    Function("erfi", None, None, _of("erfi"), "erfi", guarded="erfi", looked_up=True),
    _written("erfc", _less(Number(1), "erf"), guarded="erfc"),
    Function("Gamma", _gamma, math.gamma, _of("gamma"), "gamma", letters="Gamma gamma", looked_up=True),
    Function("zeta", None, None, _of("zeta"), "zeta", letters="zeta", looked_up=True),
    Function(
        *("Beta", None, None, lambda a, b: a.gamma() * b.gamma() * (a + b).rgamma(), "beta"),
        letters="beta",
        guarded="Beta",
        arguments=(2, 2),
        symmetric=True,
        looked_up=True,
    ),
    Function("Ei", None, None, _of("ei"), "Ei", guarded="Ei", looked_up=True),
    Function("li", None, None, _of("li"), "li", guarded="li", looked_up=True),
    Function("Si", None, None, _of("si"), "Si", guarded="Si", looked_up=True),
    Function("Ci", None, None, _of("ci"), "Ci", guarded="Ci", looked_up=True),
    _free("dim", before_letters=True),
    _free("ker", before_letters=True),
    *(_free(name) for name in ("deg", "rank", "tr")),
    *(
        _free(name, before_brackets=True)
        for name in ("Var", "Cov", "Res", "ord", "vol", "adj", "sinc", "Li", "diag", "span")
    ),
)

_UNSPELT: Final = (
    Function(
        "mod",
        None,  # by a rule of its own: the remainder of a power is told without the power
        None,
        lambda number, modulus: number - modulus * (number / modulus).floor(),
        "Mod",
        arguments=(2, 2),
        real=True,
        whole=True,
        pieces=True,
    ),
)
"""Functions that are written by other signs than a name."""

FUNCTIONS: Final = {row.name: row for row in (*_ROWS, *_UNSPELT)}
"""Each function by its name in the tree."""

LETTERS: Final = {letter: row for row in _ROWS for letter in row.letters.split()}
"""The Greek letters that name a function, and which."""

_SPELT: Final = {name: row for row in _ROWS for name in row.spellings if name not in LETTERS}
_TITLES: Final = {name.title(): row for name, row in _SPELT.items() if name.islower()}

NAMES: Final = _TITLES | _SPELT
"""The function that each name stands for; a sentence begins with a capital: `Max(a, b)`."""

GUARDED: Final = frozenset(
    [*(name for row in _ROWS for name in row.guarded.split()), *(_TITLES.keys() - _SPELT.keys())]
)
"""Names that are functions only before a bracket where no command marks them."""


def applied(name: str, arguments: tuple[Node, ...], base: Expr | None = None) -> Expr | None:
    r"""Return the tree of a function at its arguments; None where it does not take such arguments.

    One argument alone leaves open what a maximum is taken of, and a function of which nothing is known is
    like any that a question defines: both are calls.

    >>> applied("floor", (PI,)), applied("sin", (PI, PI))
    (Apply(function='floor', arguments=(Constant(name='pi'),), base=None), None)
    """
    row = FUNCTIONS[name]
    fewest, most = row.arguments
    if row.is_free or (row.names_values and len(arguments) == 1):
        return Call(Symbol(name), arguments)
    if not fewest <= len(arguments) <= (most or len(arguments)):
        return None
    if row.meaning is None:
        return Apply(name, arguments, base)
    values = [argument for argument in arguments if isinstance(argument, Expr)]
    return row.meaning(*values) if len(values) == len(arguments) else None
