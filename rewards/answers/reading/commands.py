r"""Commands with arguments, functions, operators with bounds: `\frac12`, `\sin x`, `\sum_{k=1}^n k`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.functions import FUNCTIONS, applied
from rewards.answers.reading.arithmetic import FROM_ABOVE, FROM_BELOW, follows, juxtaposed, mixed, quotient
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.letters import (
    CONSTANTS,
    LETTER_CONSTANTS,
    argument,
    arguments_in_brackets,
    bare_symbol,
)
from rewards.answers.reading.numerals import numeral
from rewards.answers.reading.parser import Binding
from rewards.answers.tree import syntax as s
from rewards.answers.tree.shapes import is_infinite, is_numeric

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.reading.parser import Parser

__all__ = ["after_index", "big_operator", "binomial", "fraction", "function", "indexed_union", "over", "root"]

_ENDS_ARGUMENT: Final = frozenset([Kind.FUN, Kind.BIG, Kind.OPEN, Kind.NUM, Kind.DOTS, Kind.OP])
_BASES_OF_LOG: Final = frozenset({"2", "10"})
_INDEXES: Final = {"sqrt": 2, "cbrt": 3, "qdrt": 4}
_BINDS: Final = frozenset({"=", "to"})
"""Relations between the variable of an operator and its lower bound."""
_SIDES: Final[dict[s.Symbol, s.Side]] = {FROM_ABOVE: 1, FROM_BELOW: -1}
_OPENED: Final = (Kind.OPEN, "(")
_DIFFERENTIAL_LETTERS: Final = 2


# --- commands


def fraction(parser: Parser) -> s.Node:
    r"""`\frac{1}{2}`, `\frac12`."""
    above, below = _parts(parser)
    return _derivative(parser, above, below) or quotient(above, below)


def binomial(parser: Parser) -> s.Node:
    r"""`\binom{n}{k}`."""
    return s.Binomial(*_parts(parser))


def root(parser: Parser) -> s.Node:
    r"""`\sqrt{2}`, `\sqrt[3]{2}`, and the roots of Unicode."""
    index: s.Expr = s.Number(_INDEXES[parser.take().value])
    parser.deeper()
    if index == s.Number(2) and parser.skip(Kind.OPEN, "["):
        index = parser.expr(parser.enclosed(Kind.CLOSE, "["))
    node = s.Root(_radicand(parser), index)
    parser.depth -= 1
    return node


def over(parser: Parser, above: s.Node) -> s.Node:
    r"""`a \over b` and `n \choose k`, which divide all of a group."""
    build: Callable[[s.Expr, s.Expr], s.Expr] = s.Quotient if parser.take().value == "frac" else s.Binomial
    upper = parser.expr(above)
    return build(upper, parser.operand(Binding.OVER))


def after_index(parser: Parser) -> s.Node:
    """`{}_{20}C_{10}`, `^{20}C_{10}`, `_5P_2`."""
    parser.take()
    upper = (
        s.Symbol(parser.take_first()) if parser.here.kind == Kind.WORD else argument(parser, indexed=False)
    )
    if parser.here.value not in {"C", "P"}:
        parser.fail("an index of nothing")
    ordered = parser.take().value == "P"
    parser.expect(Kind.OP, "_")
    lower = argument(parser)
    if ordered:
        return s.Quotient(s.Factorial(upper), s.Factorial(s.Sum((upper, s.Negate(lower)))))
    return s.Binomial(upper, lower)


def _parts(parser: Parser) -> tuple[s.Expr, s.Expr]:
    parser.take()
    parser.deeper()
    above, below = _part(parser), _part(parser)
    parser.depth -= 1
    return above, below


def _part(parser: Parser) -> s.Expr:
    r"""One argument of a command: a group, or a single digit or letter of what follows."""
    token = parser.here
    if token.kind == Kind.NUM:
        return numeral(parser.take_first() if token.value.isdecimal() else parser.take().value)
    if token.kind == Kind.CONST:
        return CONSTANTS[parser.take().value]
    if token.kind == Kind.LETTER or (token.kind == Kind.WORD and token.value.isascii()):
        name = parser.take().value if token.kind == Kind.LETTER else parser.take_first()
        return LETTER_CONSTANTS.get(name) or s.Symbol(name)
    return argument(parser)


def _radicand(parser: Parser) -> s.Expr:
    token = parser.here
    if token.kind == Kind.NUM:
        return numeral(parser.take().value)
    if token[:2] == _OPENED:
        return parser.operand(Binding.POSTFIX)
    if token.kind == Kind.WORD:
        return argument(parser)
    if token.kind == Kind.TEXT:
        if len(token.value) > 1:
            parser.fail("expected one symbol")
        return bare_symbol(parser, parser.take().value)
    return _part(parser)


def _derivative(parser: Parser, above: s.Expr, below: s.Expr) -> s.Expr | None:
    r"""`\frac{d}{dx} f(x)` is `f'(x)`; of anything else the derivative stays opaque, and no factor."""
    match above, below:
        case s.Symbol("d" | "partial"), s.Product((s.Symbol("d" | "partial"), s.Symbol() as variable)):
            operand = parser.operand(Binding.SUM)
        case _:
            return None
    match operand:
        case s.Call(s.Symbol(name, index, mark, primes), (argument_,)) if argument_ == variable:
            return s.Call(s.Symbol(name, index, mark, primes + 1), (variable,))
        case s.Symbol(name, (), ""):
            return s.Symbol(name, (variable,), "derivative")
        case _:
            return s.Call(s.Symbol("d", (variable,), "derivative"), (operand,))


# --- functions


def function(parser: Parser) -> s.Node:
    """A function known by name, with its base and its power, and what it applies to."""
    name = parser.take().value
    row = FUNCTIONS[name]
    parser.deeper()
    base, power = _base_and_power(parser, name)
    arguments = _arguments(parser)
    bracketed = parser.before.kind == Kind.CLOSE
    parser.depth -= 1
    if base is not None and name != "log":
        parser.fail(f"a subscript on {name}")
    if row.names_values and power is None and not bracketed and is_numeric(arguments[0]):
        return s.Relation((s.Symbol(name), arguments[0]), ("=",))
    if power == s.Negate(s.Number(1)):
        if row.inverse is None:
            parser.fail(f"the inverse of {name}, or its reciprocal")
        name, power = row.inverse, None
    node = None if power is not None and not row.power else applied(name, arguments, base)
    if node is None:
        parser.fail(f"{name} of something else")
    return node if power is None else s.Power(node, power)


def _base_and_power(parser: Parser, name: str) -> tuple[s.Expr | None, s.Expr | None]:
    base = _base_of_log(parser) if name == "log" else None
    power: s.Expr | None = None
    for _ in range(2):
        if base is None and parser.skip(Kind.OP, "_"):
            base = argument(parser)
        elif power is None and parser.skip(Kind.OP, "^"):
            power = argument(parser)
    return base, power


def _base_of_log(parser: Parser) -> s.Expr | None:
    """The 2 of `log2(8)`."""
    base, following = parser.here, parser.ahead()
    if base.kind != Kind.NUM or base.value not in _BASES_OF_LOG or base.gap or following.gap:
        return None
    return numeral(parser.take().value) if following[:2] == _OPENED else None


def _arguments(parser: Parser) -> tuple[s.Node, ...]:
    """The arguments of a function: brackets, or the factors up to the next function."""
    if parser.here.kind == Kind.OPEN and parser.here.value in {"(", "["}:
        return arguments_in_brackets(parser)
    if parser.at(Kind.OPEN, "{"):
        inner = parser.parse(Binding.POSTFIX)
        return inner.items if isinstance(inner, s.SetOf) else (inner,)
    negative = parser.skip(Kind.OP, "-")
    factors = [parser.operand(Binding.PRODUCT)]
    while parser.here.kind not in _ENDS_ARGUMENT and follows(parser, factors[-1], factors):
        begin = parser.place
        right = parser.operand(Binding.PRODUCT)
        together = mixed(parser, factors[-1], right, begin) or juxtaposed(parser, factors[-1], right, begin)
        if together is None:
            factors.append(right)
        else:
            factors[-1] = parser.expr(together)
    node = factors[0] if len(factors) == 1 else s.Product(tuple(factors))
    return (s.Negate(node) if negative else node,)


# --- operators with bounds


def big_operator(parser: Parser) -> s.Node:
    r"""`\sum_{k=1}^n`, `\int_a^b ... dx`, `\lim_{x \to a}`."""
    kind = s.OPERATIONS[parser.take().value]
    parser.deeper()
    lower, upper = _bounds(parser)
    variable: s.Expr | None = None
    match lower:
        case s.Relation((name, start), (operator,)) if operator in _BINDS:
            variable, lower = parser.expr(name), start
    side: s.Side = 0
    match lower:
        case s.Call(head, (point,)) if head in _SIDES:
            if kind != "limit":
                parser.fail("a bound from one side")
            lower, side = point, _SIDES[head]
    if kind == "integral":
        scope = parser.scope
        body = parser.expr(parser.within(scope._replace(integrals=scope.integrals + 1), Binding.UNIT))
        body, variable = _integrand(body) or (body, _differential(parser))
    else:
        body = parser.operand(Binding.SUM)
    parser.depth -= 1
    return s.BigOperator(kind, body, variable, None if lower is None else parser.expr(lower), upper, side)


def _integrand(body: s.Expr) -> tuple[s.Expr, s.Expr] | None:
    r"""The integrand and the variable of `\int \frac{dx}{x}`, whose differential is a factor."""
    match body:
        case s.Product((s.Symbol("d"), s.Symbol() as variable)):
            return s.Number(1), variable
        case s.Product((*factors, s.Product((s.Symbol("d"), s.Symbol() as variable)))):
            return factors[0] if len(factors) == 1 else s.Product(tuple(factors)), variable
        case s.Quotient(above, below) if (found := _integrand(above)) is not None:
            return s.Quotient(found[0], below), found[1]
        case _:
            return None


def indexed_union(parser: Parser) -> s.Node:
    r"""`\bigcup_{k \in \mathbb{Z}} (2k, 2k+1)`: the set, and the range of its index as a condition."""
    parser.take()
    index, upper = _bounds(parser)
    body = parser.parse(Binding.SET)
    whole = s.NamedSet("Z")
    match index:
        case s.Relation((s.Symbol(), _), ("in",)):
            return s.Listing((body, index))
        case s.Symbol() as name:
            return s.Listing((body, s.Relation((name, whole), ("in",))))
        case s.Relation((s.Symbol() as name, low), ("=",)):
            last = s.INFINITY if upper is None else upper
            limits = [s.Relation((low, name, last), ("<=", "<="))]
            if last == s.INFINITY:
                limits = [] if is_infinite(low) else [s.Relation((name, low), (">=",))]
            return s.Listing((body, *limits, s.Relation((name, whole), ("in",))))
        case _:
            return parser.fail("a union over no index")


def _bounds(parser: Parser) -> tuple[s.Node | None, s.Expr | None]:
    """The lower and the upper bound, in either order."""
    lower: s.Node | None = None
    upper: s.Expr | None = None
    for _ in range(2):
        if parser.skip(Kind.OP, "_"):
            lower = _bound(parser)
        elif parser.skip(Kind.OP, "^"):
            upper = argument(parser, indexed=lower is not None)
    return lower, upper


def _bound(parser: Parser) -> s.Node:
    if parser.skip(Kind.GROUP):
        node = parser.within(parser.scope.enclosed()._replace(in_bound=True))
        parser.expect(Kind.ENDGROUP)
        return node
    if parser.at(Kind.NUM):
        return numeral(parser.take().value)
    return argument(parser)


def _differential(parser: Parser) -> s.Expr:
    token = parser.here
    if (
        token.kind in {Kind.WORD, Kind.TEXT}
        and len(token.value) == _DIFFERENTIAL_LETTERS
        and token.value[0] == "d"
    ):
        return s.Symbol(parser.take().value[1])
    if token.value == "d" and parser.ahead().kind == Kind.LETTER:
        parser.take()
        return s.Symbol(parser.take().value)
    return parser.fail("an integral without its variable")
