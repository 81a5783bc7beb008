r"""Sums, products, and the signs after an operand: powers, factorials, per cent, degrees, primes.

Factors side by side are multiplied, and `/` binds to the left like `\cdot`.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.counting import CLASSIFIERS
from rewards.answers.notation.units import UNIT_LETTERS, is_unit
from rewards.answers.reading.bases import based
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.letters import (
    circ_ahead,
    indexed,
    indexes_combinations,
    is_product_of_letters,
    marked_call,
    raised,
    stands_in_arithmetic,
    took_above,
)
from rewards.answers.reading.numerals import ORDINALS, exact, numeral, ordinal_ending
from rewards.answers.reading.parser import Binding
from rewards.answers.reading.quantities import (
    is_more_time,
    is_unit_fraction,
    is_unit_function,
    names_dimension,
)
from rewards.answers.reading.resolve import UNSEEN_FACTORS, Juxtaposed
from rewards.answers.tree import syntax as s
from rewards.answers.tree.shapes import is_literal, is_numeric, mixed_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewards.answers.reading.parser import Parser

__all__ = [
    "FACTORS",
    "FROM_ABOVE",
    "FROM_BELOW",
    "adds",
    "exponent",
    "factorial",
    "follows",
    "indexed_call",
    "indexes_call",
    "is_ordinal",
    "is_raised_ordinal",
    "juxtaposed",
    "mixed",
    "multiplies",
    "negation",
    "number",
    "ordinal",
    "percent",
    "prime",
    "product",
    "quotient",
    "raised_ordinal",
    "ring",
    "signed",
    "total",
]

_SIGNS: Final = frozenset({"+", "-", "pm", "mp"})
_CLOSERS: Final = frozenset(
    [
        Kind.EOF,
        Kind.CLOSE,
        Kind.ENDGROUP,
        Kind.SEP,
        Kind.REL,
        Kind.ROW,
        Kind.STOP,
        Kind.END,
        Kind.INFIX,
    ]
)
_AFTER: Final = "\N{RING OPERATOR}"
"""Separator of the names of functions applied one after the other."""
_NAMES: Final = frozenset([Kind.LETTER, Kind.WORD, Kind.TEXT])
"""Kinds of tokens that a name may end in."""
_GOES_ON: Final = frozenset([Kind.LETTER, Kind.FUN, Kind.CMD, Kind.WORD, Kind.CONST])
_NO_UNIT: Final = frozenset([Kind.LETTER, Kind.FUN, Kind.CONST])
"""Kinds of tokens that go on with a product and are neither a unit nor a number of their own."""
_BRACKETS_CLOSED: Final = frozenset([Kind.CLOSE, Kind.ENDGROUP])
_DEGREES: Final = ((Kind.OP, "circ"), (Kind.OP, "deg"), (Kind.TEXT, "o"))
_BRACKETS: Final = frozenset([(Kind.OPEN, "("), (Kind.OPEN, "[")])
_LONGEST_PART: Final = 20
"""Digits in a part of a fraction that makes a mixed number."""
_PAIR: Final = 2


# --- terms


def adds(parser: Parser, left: s.Node) -> bool:
    """Return True if a sign adds a term; a minus between sets takes one from the other."""
    if parser.here.value == "-" and isinstance(left, (s.SetBuilder, s.SetOf, s.Union)):
        return False
    if parser.here.value != "-" or not isinstance(left, (s.NamedSet, s.Interval)):
        return True
    return parser.ahead().kind != Kind.OPEN


def total(parser: Parser, left: s.Node) -> s.Node:
    """Terms with signs between them."""
    terms = [parser.expr(left)]
    while True:
        token = parser.here
        if token.kind == Kind.DOTS and len(terms) > 1:
            parser.take()
            terms.append(s.Dots())
        elif token.kind == Kind.OP and token.value in _SIGNS:
            parser.take()
            terms.append(s.Dots() if parser.skip(Kind.DOTS) else _term(parser, token.value))
        else:
            return s.Sum(tuple(terms))


def _term(parser: Parser, sign: str) -> s.Expr:
    """A term after its sign; apart from it, it may have a sign of its own: `2x + -3`, but no `2x +-3`."""
    second = parser.here
    if second.kind == Kind.OP and second.value in {"+", "-"}:
        if not second.gap or parser.ahead().kind == Kind.OP:
            parser.fail("two signs in a row")
        parser.take()
        return _signed(sign, _signed(second.value, parser.operand(Binding.SUM)))
    return _signed(sign, parser.operand(Binding.SUM))


def signed(parser: Parser) -> s.Node:
    """A product with one sign before it."""
    sign = parser.take().value
    if parser.here.kind == Kind.OP and parser.here.value in _SIGNS:
        parser.fail("two signs in a row")
    priced, bracketed = parser.here.kind == Kind.MONEY, parser.here.kind in {Kind.OPEN, Kind.GROUP}
    operand = parser.parse(Binding.SUM)
    if sign == "+":
        return operand
    match operand:
        case s.Quantity(amount, unit) if sign == "-" and priced:
            return s.Quantity(s.Negate(amount), unit)
        case s.Apply("mod", (s.Expr() as value, modulus)) if sign == "-" and not bracketed:
            return s.Apply("mod", (s.Negate(value), modulus))  # `-1 \bmod 2` is 1
    return _signed(sign, parser.expr(operand))


def _signed(sign: str, operand: s.Expr) -> s.Expr:
    if sign == "+":
        return operand
    if sign == "-":
        return s.Negate(operand)
    return s.PlusMinus(operand, 1 if sign == "pm" else -1)


# --- factors


def multiplies(parser: Parser, left: s.Node) -> bool:
    """Return True if what stands here is a factor, or a sign between factors."""
    return follows(parser, left, ())


def product(parser: Parser, left: s.Node) -> s.Node:
    """Factors, by a sign or side by side."""
    factors: list[s.Expr] = []
    node = left
    while follows(parser, node, factors):
        if parser.skip(Kind.OP, "/"):
            node = quotient(parser.expr(node), parser.expr(_signed_factor(parser)))
        elif parser.skip(Kind.OP, "mod"):
            value = _joined(parser, factors, node)
            factors = []
            node = s.Apply("mod", (value, parser.operand(Binding.PRODUCT)))
        else:
            node = _multiplied(parser, factors, node)
    return _joined(parser, factors, node)


def quotient(above: s.Expr, below: s.Expr) -> s.Expr:
    r"""A quotient; `\frac{dy}{dx}` is a name, whose d's do not cancel."""
    match above, below:
        case s.Product((s.Symbol("d" | "partial"), s.Symbol(name))), s.Product(
            (s.Symbol("d" | "partial"), s.Symbol(variable))
        ):
            return s.Symbol(name, (s.Symbol(variable),), "derivative")
        case _:
            return s.Quotient(above, below)


def _multiplied(parser: Parser, factors: list[s.Expr], node: s.Node) -> s.Node:
    """The last factor after one more is read; the others go to `factors`."""
    if parser.skip(Kind.OP, "*"):
        factors.append(parser.expr(node))
        return s.Dots() if parser.skip(Kind.DOTS) else _signed_factor(parser)
    if parser.here.kind == Kind.OP and parser.here.value in _OF_VECTORS:
        return _vector_product(parser, factors, node)
    begin = parser.place
    right = _beside(parser, node)
    if _are_bold_capitals(parser, begin):
        before = node.arguments if isinstance(node, s.Call) and node.head == s.ORDERED else (node,)
        return s.Call(s.ORDERED, (*before, right))
    together = mixed(parser, node, right, begin) or juxtaposed(parser, node, right, begin)
    if together is not None:
        return together
    factors.append(parser.expr(node))
    return right


_OF_VECTORS: Final = {"cross": s.CROSS, "dot": s.DOT}
_NABLA: Final = s.Symbol("nabla")


def _vector_product(parser: Parser, factors: list[s.Expr], node: s.Node) -> s.Expr:
    r"""`2\vec a \times 3\vec b`, with numbers before it; `\vec b \times \vec a` is its opposite."""
    head = _OF_VECTORS[parser.take().value]
    left, right = parser.expr(node), parser.expr(_signed_factor(parser))
    while is_numeric(right) and multiplies(parser, right):
        factors.append(right)
        right = parser.expr(parser.parse(Binding.PRODUCT))
    if _NABLA in {left, right} or repr(left) <= repr(right):
        return s.Call(head, (left, right))
    turned = s.Call(head, (right, left))
    return s.Negate(turned) if head == s.CROSS else turned


def _are_bold_capitals(parser: Parser, begin: int) -> bool:
    r"""Return True for `\mathbf{A}` beside `\mathbf{B}`, which are matrices."""
    tokens = parser.tokens
    first = begin - 1 - (tokens[begin - 1].kind == Kind.ENDGROUP)
    second = begin + 1 + (tokens[begin + 1].kind == Kind.GROUP)
    return (
        tokens[begin][:2] == _BOLD
        and tokens[first].value.isupper()
        and tokens[second].value.isupper()
        and _BOLD in {tokens[first - 1][:2], tokens[first - 2][:2]}
    )


_BOLD: Final = (Kind.MARK, "bold")


def _beside(parser: Parser, node: s.Node) -> s.Node:
    """The factor beside another without a sign; after a number, the fraction of a mixed one."""
    if parser.here.kind == Kind.DOTS:
        parser.take()
        return s.Dots()
    if isinstance(node, s.Number) and parser.here.kind == Kind.NUM and parser.ahead().value == "/":
        above = numeral(parser.take().value)
        parser.take()
        fraction = s.Quotient(above, numeral(parser.take().value))
        return percent(parser, fraction) if parser.at(Kind.OP, "%") else fraction
    return parser.parse(Binding.PRODUCT)


def _joined(parser: Parser, factors: list[s.Expr], last: s.Node) -> s.Expr:
    return s.Product((*factors, parser.expr(last))) if factors else parser.expr(last)


def _signed_factor(parser: Parser) -> s.Node:
    """A factor after an explicit sign; it may have a minus of its own."""
    if parser.skip(Kind.OP, "-"):
        if parser.at(Kind.OP, "-"):
            parser.fail("two signs in a row")
        return s.Negate(parser.operand(Binding.PRODUCT))
    return parser.parse(Binding.PRODUCT)


def follows(parser: Parser, node: s.Node, factors: Sequence[s.Expr]) -> bool:
    """Return True if the token here goes on with a product whose last factor is `node`."""
    test = FACTORS.get(parser.here.kind)
    return test is not None and test(parser, node, factors)


def _sign_follows(parser: Parser, _node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    value = parser.here.value
    if value == "_":
        return indexes_combinations(parser)
    return value in {"*", "/", "mod", "cross", "dot"} or (value in {"|", "||"} and parser.bar_opens())


def _number_follows(parser: Parser, node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    """Return True if a number may stand beside a factor: `2.9 10^{-23}`, `2 1/2`, `(n+1)2^n`."""
    if not isinstance(node, s.Number):
        following = parser.ahead()
        if following.kind in _GOES_ON:  # `\frac{1}{n}4\cos x`, `\frac{1}{2}3\sin x`, `x^2 3y`
            closed = parser.before.kind in _BRACKETS_CLOSED
            if parser.here.gap:
                return isinstance(node, s.Power) and not is_numeric(node) and following.kind in _NO_UNIT
            return closed and (not is_numeric(node) or following.kind in _NO_UNIT)
        return following[:2] in {(Kind.OP, "^"), (Kind.OP, "!")} and not circ_ahead(parser)
    above, slash, below = parser.here, parser.ahead(), parser.ahead(2)
    if not above.gap:
        return False
    if above.value == "10" and slash.value == "^":
        return True
    return (
        isinstance(node.value, int)
        and slash.value == "/"
        and below.kind == Kind.NUM
        and above.value.isdecimal()
        and below.value.isdecimal()
        and len(above.value) < _LONGEST_PART > len(below.value)
        and int(above.value) < int(below.value)
    )


def _letter_follows(parser: Parser, node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    token = parser.here
    if is_numeric(node) and is_more_time(parser):
        return False
    if isinstance(node, s.Degrees) and token.value in {"C", "F"} and _ends_after(parser):
        return False
    return not (parser.scope.integrals and token.value == "d" and parser.ahead().kind == Kind.LETTER)


def _name_follows(parser: Parser, node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    return not (is_unit_function(parser) and is_numeric(node) and _ends_after(parser))


def _command_follows(parser: Parser, _node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    return not is_unit_fraction(parser)


def _bracket_follows(parser: Parser, node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    if parser.here.value == "(" and parser.holds_condition():
        return False
    return parser.here.value != "{" or not isinstance(node, s.Expr)


def _operator_follows(parser: Parser, _node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    return parser.here.value != "union"


def _dots_follow(_parser: Parser, _node: s.Node, factors: Sequence[s.Expr]) -> bool:
    return bool(factors)


def _always(_parser: Parser, _node: s.Node, _factors: Sequence[s.Expr]) -> bool:
    return True


def _run_follows(parser: Parser, node: s.Node, factors: Sequence[s.Expr]) -> bool:
    token = parser.here
    unit = is_unit(token.value) or names_dimension(parser)
    if unit and is_numeric(node) and all(is_numeric(factor) for factor in factors):
        return False
    return _factor_in_letters(parser)


def _text_follows(parser: Parser, node: s.Node, factors: Sequence[s.Expr]) -> bool:
    value = parser.here.value
    if value in CLASSIFIERS:
        return False
    if marked_call(parser):
        return True
    unit = len(value) > 1 or value in UNIT_LETTERS
    if unit and is_numeric(node) and all(is_numeric(factor) for factor in factors):
        return False
    return _factor_in_letters(parser)


def _factor_in_letters(parser: Parser) -> bool:
    value = parser.here.value
    if parser.scope.integrals and value[0] == "d" and len(value) == _PAIR:
        return False
    return len(value) == 1 or is_product_of_letters(parser.here) or stands_in_arithmetic(parser)


def _ends_after(parser: Parser) -> bool:
    return parser.ahead().kind in _CLOSERS


FACTORS: Final[dict[str, Callable[[Parser, s.Node, Sequence[s.Expr]], bool]]] = {
    Kind.OP: _sign_follows,
    Kind.NUM: _number_follows,
    Kind.LETTER: _letter_follows,
    Kind.FUN: _name_follows,
    Kind.CMD: _command_follows,
    Kind.OPEN: _bracket_follows,
    Kind.WORD: _run_follows,
    Kind.TEXT: _text_follows,
    Kind.DOTS: _dots_follow,
    Kind.CONST: _always,
    Kind.MARK: _always,
    Kind.BIG: _operator_follows,
    Kind.BEGIN: _always,
    Kind.SET: _always,
    Kind.GROUP: _always,
}
"""For each kind of token that may go on with a product, the test of whether it does."""


def mixed(parser: Parser, whole: s.Node, part: s.Node, begin: int) -> s.Node | None:
    r"""A whole number and the fraction from `begin` on as one number; brackets around either are a product.

    Nought before a fraction without brackets is never a factor.
    """
    if not isinstance(whole, s.Number) or parser.tokens[begin].kind == Kind.OPEN:
        return None
    if parser.tokens[begin - 1].kind == Kind.CLOSE:
        return None
    together = mixed_number(whole, part)
    if together is None and whole.value == 0 and isinstance(part, s.Quotient):
        parser.fail("nought beside a fraction")
    return together


# --- a name before brackets


def juxtaposed(parser: Parser, node: s.Node, argument: s.Node, begin: int) -> s.Expr | None:
    r"""`I(0)`, `S_n(2)`, `\dot{x}(1)`, `SU(2)`, `x(y+1)`: a name before brackets, a call or a product.

    `argument` is what was read from the token at `begin` on. None where both are factors: `2(y+1)`, `(x)(2)`.
    """
    if isinstance(argument, s.Tuple) and len(argument.items) == 1:
        argument = argument.items[0]
    if not isinstance(argument, s.Expr) or not _begins_bracket(parser, begin):
        return None
    if isinstance(node, s.Symbol) and _AFTER in node.name:
        return s.Call(node, (argument,))
    power: s.Expr | None = None
    if isinstance(argument, s.Power) and parser.before.kind != Kind.CLOSE:
        power, argument = argument.exponent, argument.base
    before = parser.tokens[begin - 1].kind
    names = _callee(node) if before != Kind.CLOSE else ()
    unseen = argument in UNSEEN_FACTORS
    literal = is_literal(argument) and (power is None or unseen or is_numeric(power))
    if names and (literal or (isinstance(node, s.Symbol) and _may_take(parser, node, power, begin))):
        parser.neutral = True
        return Juxtaposed(names, argument, power)
    if literal and not names and _may_be_function(node, before, unseen=unseen):
        parser.fail("a function of a number, or a factor")
    return None


def _may_take(parser: Parser, name: s.Symbol, power: s.Expr | None, begin: int) -> bool:
    """Return True if a single letter may be a function of something in the brackets right after it."""
    if len(name.name) > 1 or parser.tokens[begin].gap:
        return False
    return parser.before.kind == Kind.CLOSE or power is not None


def _begins_bracket(parser: Parser, begin: int) -> bool:
    """Return True if the token at a place opens a bracket, maybe in braces of its own."""
    tokens = parser.tokens
    while tokens[begin].kind == Kind.GROUP:
        begin += 1
    return tokens[begin][:2] in _BRACKETS


def _callee(node: s.Node) -> tuple[s.Symbol, ...]:
    """The names before brackets, the callee last; none where something else stands there."""
    match node:
        case s.Symbol():
            return (node,)
        case s.Constant("e" | "i" as name):
            return (s.Symbol(name),)
        case s.Product(factors):
            names = tuple(factor for factor in factors if isinstance(factor, s.Symbol))
            if len(names) < len(factors):
                return ()
            return (s.Symbol("".join(_plain_names(names))),) if _plain_names(names) else names
        case _:
            return ()


def _plain_names(names: tuple[s.Symbol, ...]) -> list[str]:
    """The capital letters that spell a name together, as in `SU(2)`; none where they do not."""
    plain = [name.name for name in names if name == s.Symbol(name.name) and name.name.isupper()]
    return plain if len(plain) == len(names) else []


def _may_be_function(node: s.Node, before: str, *, unseen: bool) -> bool:
    """Return True if a factor that is no name may be a function of the number in brackets after it."""
    if unseen and before != Kind.CLOSE and not is_numeric(node):
        return True
    return (before in _NAMES and isinstance(node, s.Quotient)) or _is_inverse(node) or _is_of_functions(node)


def _is_inverse(node: s.Node) -> bool:
    match node:
        case s.Power(base, s.Negate(s.Number(1))):
            return not is_numeric(base)
        case _:
            return False


def _is_of_functions(node: s.Node) -> bool:
    r"""`f + g`, `f \circ g`: put together from functions alone."""
    names = {part for part in s.walk(node) if isinstance(part, s.Symbol)}
    return bool(names) and all(name.name in {"f", "g", "h"} for name in names)


# --- atoms, and what follows them


def number(parser: Parser) -> s.Node:
    """A numeral, maybe with its base."""
    digits = parser.take().value
    if parser.at(Kind.OP, "_") and not indexes_combinations(parser):
        return based(parser, digits)
    return numeral(digits)


def negation(parser: Parser) -> s.Node:
    r"""`\neg A`."""
    parser.take()
    return s.Call(s.Symbol("not"), (parser.nested(Binding.POSTFIX),))


FROM_ABOVE: Final = s.Symbol("+")
FROM_BELOW: Final = s.Symbol("-")
r"""The heads of the point that a limit approaches from one side: `x \to 0^+`."""


def exponent(parser: Parser, base: s.Node) -> s.Node:
    """A base with what is above it: a degree sign, or the exponent of a power."""
    parser.take()
    if took_above(parser, *_DEGREES):
        return _with_minutes(parser, s.Degrees(parser.expr(base)))
    if parser.scope.in_bound:
        for side in (FROM_ABOVE, FROM_BELOW):
            if took_above(parser, (Kind.OP, side.name)):
                return s.Call(side, (parser.expr(base),))
    return raised(parser, base)


def factorial(parser: Parser, operand: s.Node) -> s.Node:
    """`n!` and `n!!`."""
    parser.take()
    double = parser.at(Kind.OP, "!") and not parser.here.gap
    if double:
        parser.take()
    if parser.at(Kind.OP, "!"):
        parser.fail("too many factorial signs")
    return s.Factorial(parser.expr(operand), 2 if double else 1)


def percent(parser: Parser, operand: s.Node) -> s.Node:
    """`50%`."""
    parser.take()
    return s.Percent(parser.expr(operand))


def ring(parser: Parser, operand: s.Node) -> s.Node:
    r"""`37°`, and `f \circ g`."""
    sign = parser.take().value
    if sign == "circ" and isinstance(operand, s.Symbol) and parser.here.kind == Kind.LETTER:
        name = f"{operand.name}{_AFTER}{parser.take().value}"
        return s.Symbol(name, operand.index, operand.mark, operand.primes)
    return _with_minutes(parser, s.Degrees(parser.expr(operand)))


def indexes_call(_parser: Parser, left: s.Node) -> bool:
    """Return True if a subscript belongs to the name of a call: `f(x)_2`."""
    return isinstance(left, s.Call) and not left.head.index


def indexed_call(parser: Parser, left: s.Node) -> s.Node:
    """A call whose name carries a subscript."""
    if not isinstance(left, s.Call):
        parser.fail("expected a value")
    return s.Call(indexed(parser, left.head), left.arguments)


def _with_minutes(parser: Parser, degrees: s.Degrees) -> s.Node:
    r"""`37^\circ 30'` as one angle."""
    angle = degrees
    for divisor, marks in ((60, 1), (3600, 2)):
        size = _angle_part(parser, marks)
        if not size:
            break
        if not isinstance(angle.operand, s.Number):
            parser.fail("minutes after an angle that is not a number")
        part = Fraction(int(parser.here.value[:9]), divisor)
        parser.advance(size)
        angle = s.Degrees(s.Number(exact(Fraction(angle.operand.value) + part)))
    return angle


def _angle_part(parser: Parser, marks: int) -> int:
    """Return the number of tokens that `30'` or `52''` takes here, or 0."""
    if not (parser.at(Kind.NUM) and parser.here.value.isdecimal()):
        return 0
    step, written = 1, 0
    while written <= marks and (primes := _PRIME_SIGNS.get(parser.ahead(step).value)):
        written += primes
        step += 1
    return step if written == marks else 0


_PRIME_SIGNS: Final = {"'": 1, "''": 2, '"': 2}


def prime(parser: Parser, left: s.Node) -> s.Node:
    r"""`\vec{a}'`, and feet and inches: `5'10''`. One prime on a number may be minutes, or a mistake."""
    bracketed = parser.before.kind == Kind.CLOSE
    parser.take()
    if isinstance(left, s.Symbol) and not bracketed:
        return s.Symbol(left.name, left.index, left.mark, left.primes + 1)
    size = _angle_part(parser, 2)
    if not size or not isinstance(left, s.Number):
        return parser.fail("a prime on something that is no name")
    inches = Fraction(int(parser.here.value[:9]), 12)
    parser.advance(size)
    return s.Quantity(s.Number(exact(left.value + inches)), "ft")


# --- ordinal numbers


def is_ordinal(parser: Parser, left: s.Node) -> bool:
    """Return True at the letters of `12th`."""
    return isinstance(left, s.Number) and not parser.here.gap


def is_raised_ordinal(parser: Parser, left: s.Node) -> bool:
    """Return True at the letters of `3^{rd}`."""
    return (
        isinstance(left, s.Number) and parser.ahead().kind == Kind.GROUP and parser.ahead(2).value in ORDINALS
    )


def ordinal(parser: Parser, left: s.Node) -> s.Node:
    """`12th`: which one it is, with the letters that belong to the number."""
    match left:
        case s.Number(int(value)) if parser.take().value == ordinal_ending(value):
            return s.Quantity(left, "th")
        case _:
            return parser.fail("an ordinal number that is none")


def raised_ordinal(parser: Parser, left: s.Node) -> s.Node:
    """`3^{rd}`."""
    parser.advance(2)
    node = ordinal(parser, left)
    parser.expect(Kind.ENDGROUP)
    return node
