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
from rewards.answers.tree.shapes import is_infinite, is_numeric
from rewards.answers.tree.syntax import (
    INFINITY,
    OPERATIONS,
    BigOperator,
    Binomial,
    Call,
    Expr,
    Factorial,
    Listing,
    NamedSet,
    Negate,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    SetOf,
    Side,
    Sum,
    Symbol,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.reading.parser import Parser

__all__ = ["after_index", "big_operator", "binomial", "fraction", "function", "indexed_union", "over", "root"]

_ENDS_ARGUMENT: Final = frozenset([Kind.FUN, Kind.BIG, Kind.OPEN, Kind.NUM, Kind.DOTS, Kind.OP])
_BASES_OF_LOG: Final = frozenset({"2", "10"})
_INDEXES: Final = {"sqrt": 2, "cbrt": 3, "qdrt": 4}
_BINDS: Final = frozenset({"=", "to"})
"""Relations between the variable of an operator and its lower bound."""
_SIDES: Final[dict[Symbol, Side]] = {FROM_ABOVE: 1, FROM_BELOW: -1}
_OPENED: Final = (Kind.OPEN, "(")
_DIFFERENTIAL_LETTERS: Final = 2


# --- commands


def fraction(parser: Parser) -> Node:
    r"""`\frac{1}{2}`, `\frac12`."""
    above, below = _parts(parser)
    return _derivative(parser, above, below) or quotient(above, below)


def binomial(parser: Parser) -> Node:
    r"""`\binom{n}{k}`."""
    return Binomial(*_parts(parser))


def root(parser: Parser) -> Node:
    r"""`\sqrt{2}`, `\sqrt[3]{2}`, and the roots of Unicode."""
    index: Expr = Number(_INDEXES[parser.take().value])
    parser.deeper()
    if index == Number(2) and parser.skip(Kind.OPEN, "["):
        index = parser.expr(parser.enclosed(Kind.CLOSE, "["))
    node = Root(_radicand(parser), index)
    parser.depth -= 1
    return node


def over(parser: Parser, above: Node) -> Node:
    r"""`a \over b` and `n \choose k`, which divide all of a group."""
    build: Callable[[Expr, Expr], Expr] = Quotient if parser.take().value == "frac" else Binomial
    upper = parser.expr(above)
    return build(upper, parser.operand(Binding.OVER))


def after_index(parser: Parser) -> Node:
    """`{}_{20}C_{10}`, `^{20}C_{10}`, `_5P_2`."""
    parser.take()
    upper = Symbol(parser.take_first()) if parser.here.kind == Kind.WORD else argument(parser, indexed=False)
    if parser.here.value not in {"C", "P"}:
        parser.fail("an index of nothing")
    ordered = parser.take().value == "P"
    parser.expect(Kind.OP, "_")
    lower = argument(parser)
    if ordered:
        return Quotient(Factorial(upper), Factorial(Sum((upper, Negate(lower)))))
    return Binomial(upper, lower)


def _parts(parser: Parser) -> tuple[Expr, Expr]:
    parser.take()
    parser.deeper()
    above, below = _part(parser), _part(parser)
    parser.depth -= 1
    return above, below


def _part(parser: Parser) -> Expr:
    r"""One argument of a command: a group, or a single digit or letter of what follows."""
    token = parser.here
    if token.kind == Kind.NUM:
        return numeral(parser.take_first() if token.value.isdecimal() else parser.take().value)
    if token.kind == Kind.CONST:
        return CONSTANTS[parser.take().value]
    if token.kind == Kind.LETTER or (token.kind == Kind.WORD and token.value.isascii()):
        name = parser.take().value if token.kind == Kind.LETTER else parser.take_first()
        return LETTER_CONSTANTS.get(name) or Symbol(name)
    return argument(parser)


def _radicand(parser: Parser) -> Expr:
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


def _derivative(parser: Parser, above: Expr, below: Expr) -> Expr | None:
    r"""`\frac{d}{dx} f(x)` is `f'(x)`; of anything else the derivative stays opaque, and no factor."""
    match above, below:
        case Symbol("d" | "partial"), Product((Symbol("d" | "partial"), Symbol() as variable)):
            operand = parser.operand(Binding.SUM)
        case _:
            return None
    match operand:
        case Call(Symbol(name, index, mark, primes), (argument_,)) if argument_ == variable:
            return Call(Symbol(name, index, mark, primes + 1), (variable,))
        case Symbol(name, (), ""):
            return Symbol(name, (variable,), "derivative")
        case _:
            return Call(Symbol("d", (variable,), "derivative"), (operand,))


# --- functions


def function(parser: Parser) -> Node:
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
        return Relation((Symbol(name), arguments[0]), ("=",))
    if power == Negate(Number(1)):
        if row.inverse is None:
            parser.fail(f"the inverse of {name}, or its reciprocal")
        name, power = row.inverse, None
    node = None if power is not None and not row.power else applied(name, arguments, base)
    if node is None:
        parser.fail(f"{name} of something else")
    return node if power is None else Power(node, power)


def _base_and_power(parser: Parser, name: str) -> tuple[Expr | None, Expr | None]:
    base = _base_of_log(parser) if name == "log" else None
    power: Expr | None = None
    for _ in range(2):
        if base is None and parser.skip(Kind.OP, "_"):
            base = argument(parser)
        elif power is None and parser.skip(Kind.OP, "^"):
            power = argument(parser)
    return base, power


def _base_of_log(parser: Parser) -> Expr | None:
    """The 2 of `log2(8)`."""
    base, following = parser.here, parser.ahead()
    if base.kind != Kind.NUM or base.value not in _BASES_OF_LOG or base.gap or following.gap:
        return None
    return numeral(parser.take().value) if following[:2] == _OPENED else None


def _arguments(parser: Parser) -> tuple[Node, ...]:
    """The arguments of a function: brackets, or the factors up to the next function."""
    if parser.here.kind == Kind.OPEN and parser.here.value in {"(", "["}:
        return arguments_in_brackets(parser)
    if parser.at(Kind.OPEN, "{"):
        inner = parser.parse(Binding.POSTFIX)
        return inner.items if isinstance(inner, SetOf) else (inner,)
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
    node = factors[0] if len(factors) == 1 else Product(tuple(factors))
    return (Negate(node) if negative else node,)


# --- operators with bounds


def big_operator(parser: Parser) -> Node:
    r"""`\sum_{k=1}^n`, `\int_a^b ... dx`, `\lim_{x \to a}`."""
    kind = OPERATIONS[parser.take().value]
    parser.deeper()
    lower, upper = _bounds(parser)
    variable: Expr | None = None
    match lower:
        case Relation((name, start), (operator,)) if operator in _BINDS:
            variable, lower = parser.expr(name), start
    side: Side = 0
    match lower:
        case Call(head, (point,)) if head in _SIDES:
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
    return BigOperator(kind, body, variable, None if lower is None else parser.expr(lower), upper, side)


def _integrand(body: Expr) -> tuple[Expr, Expr] | None:
    r"""The integrand and the variable of `\int \frac{dx}{x}`, whose differential is a factor."""
    match body:
        case Product((Symbol("d"), Symbol() as variable)):
            return Number(1), variable
        case Product((*factors, Product((Symbol("d"), Symbol() as variable)))):
            return factors[0] if len(factors) == 1 else Product(tuple(factors)), variable
        case Quotient(above, below) if (found := _integrand(above)) is not None:
            return Quotient(found[0], below), found[1]
        case _:
            return None


def indexed_union(parser: Parser) -> Node:
    r"""`\bigcup_{k \in \mathbb{Z}} (2k, 2k+1)`: the set, and the range of its index as a condition."""
    parser.take()
    index, upper = _bounds(parser)
    body = parser.parse(Binding.SET)
    whole = NamedSet("Z")
    match index:
        case Relation((Symbol(), _), ("in",)):
            return Listing((body, index))
        case Symbol() as name:
            return Listing((body, Relation((name, whole), ("in",))))
        case Relation((Symbol() as name, low), ("=",)):
            last = INFINITY if upper is None else upper
            limits = [Relation((low, name, last), ("<=", "<="))]
            if last == INFINITY:
                limits = [] if is_infinite(low) else [Relation((name, low), (">=",))]
            return Listing((body, *limits, Relation((name, whole), ("in",))))
        case _:
            return parser.fail("a union over no index")


def _bounds(parser: Parser) -> tuple[Node | None, Expr | None]:
    """The lower and the upper bound, in either order."""
    lower: Node | None = None
    upper: Expr | None = None
    for _ in range(2):
        if parser.skip(Kind.OP, "_"):
            lower = _bound(parser)
        elif parser.skip(Kind.OP, "^"):
            upper = argument(parser, indexed=lower is not None)
    return lower, upper


def _bound(parser: Parser) -> Node:
    if parser.skip(Kind.GROUP):
        node = parser.within(parser.scope.enclosed()._replace(in_bound=True))
        parser.expect(Kind.ENDGROUP)
        return node
    if parser.at(Kind.NUM):
        return numeral(parser.take().value)
    return argument(parser)


def _differential(parser: Parser) -> Expr:
    token = parser.here
    if (
        token.kind in {Kind.WORD, Kind.TEXT}
        and len(token.value) == _DIFFERENTIAL_LETTERS
        and token.value[0] == "d"
    ):
        return Symbol(parser.take().value[1])
    if token.value == "d" and parser.ahead().kind == Kind.LETTER:
        parser.take()
        return Symbol(parser.take().value)
    return parser.fail("an integral without its variable")
