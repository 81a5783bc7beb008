"""Values with what they are values of: units, currencies, counted things, `3 million`, `2 h 30 min`.

A known unit may follow any value; plain words only a number, and none that changes what the number says.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.counting import counted, is_counted
from rewards.answers.notation.units import CURRENCY_CODES, POWERS, conversion, is_unit, unit_name, unit_text
from rewards.answers.notation.words import SCALES
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.letters import argument
from rewards.answers.reading.numerals import exact
from rewards.answers.reading.parser import Binding
from rewards.answers.reading.relations import compares, connects
from rewards.answers.tree import syntax as s
from rewards.answers.tree.shapes import is_numeric

if TYPE_CHECKING:
    from rewards.answers.reading.parser import Parser
    from rewards.answers.reading.tokens import Token

__all__ = [
    "has_sides",
    "is_more_time",
    "is_unit_fraction",
    "is_unit_function",
    "measured",
    "measures_letter",
    "measures_word",
    "money",
    "names_dimension",
    "sides",
    "starts_with_code",
]

_PAIR: Final = 2
_LONGEST_PRODUCT: Final = 3
_MOST_WORDS: Final = 4
_LARGEST_POWER: Final = 10
_MEASURED_BY: Final = frozenset({"old", "long", "tall", "wide", "high", "deep", "thick", "away", "apart"})
"""Words that may follow a unit and add nothing: `5 years old`."""
_PARTED: Final = frozenset({"s", "min", "h", "day", "week", "year", "month", "ft", "USD"})
"""Units after which an amount in a smaller one may follow."""
_BETWEEN_SIDES: Final = frozenset({"x", "by", "*"})
_WORDS: Final = frozenset([Kind.TEXT, Kind.WORD])
_UNITS: Final = _WORDS | {Kind.LETTER, Kind.FUN}
"""Kinds of tokens that may be a unit."""
_HOURS: Final = frozenset({"h", "m"})
_SMALLER_TIMES: Final = frozenset({"min", "m", "s", "sec", "minutes"})
_TIMES: Final = frozenset({"min", "sec"})
_FRACTION: Final = (Kind.GROUP, Kind.TEXT, Kind.ENDGROUP, Kind.GROUP, Kind.TEXT)
_SCALES_OF_DEGREES: Final = {"c": "degC", "celsius": "degC", "f": "degF", "fahrenheit": "degF"}
_DIMENSIONS: Final = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_POWERS_IN_WORDS: Final = {"squared": 2, "cubed": 3}


# --- what may be a unit here


def is_more_time(parser: Parser) -> bool:
    """Return True if the letter here is a unit with a smaller one to follow: `2 h 30 min`."""
    return (
        parser.here.value in _HOURS
        and parser.ahead().kind == Kind.NUM
        and parser.ahead(2).value in _SMALLER_TIMES
    )


def is_unit_function(parser: Parser, _left: s.Node | None = None) -> bool:
    """Return True if the function here may be a unit of time: `5 min`, `45 sec`."""
    return parser.here.kind == Kind.FUN and parser.here.value in _TIMES


def is_unit_fraction(parser: Parser, _left: s.Node | None = None) -> bool:
    r"""Return True if units over units stand here: `\frac{\text{km}}{\text{h}}`."""
    return (
        parser.here.value == "frac"
        and all(parser.ahead(step).kind == kind for step, kind in enumerate(_FRACTION, start=1))
        and is_unit(parser.ahead(2).value)
        and is_unit(parser.ahead(5).value)
    )


def measures_word(parser: Parser, _left: s.Node) -> bool:
    """Return True if the word here may measure a value, and does not connect it with something else."""
    return parser.here.value.lower().rstrip("s") in SCALES or not (connects(parser) or compares(parser))


def measures_letter(parser: Parser, left: s.Node) -> bool:
    """Return True if the letter here is a unit: `37° C`, `2 h 30 min`."""
    return isinstance(left, s.Degrees) or is_more_time(parser)


# --- money before its amount


def money(parser: Parser) -> s.Node:
    r"""`\$5`, `USD 5`, `Rs. 5`."""
    if parser.here.value == "US" and parser.ahead().kind == Kind.MONEY:
        parser.take()
    token = parser.take()
    currency = token.value if token.kind == Kind.MONEY else CURRENCY_CODES[token.value]
    parser.skip(Kind.STOP)
    negative = parser.skip(Kind.OP, "-")
    amount = parser.operand(Binding.PRODUCT)
    return s.Quantity(s.Negate(amount) if negative else amount, currency)


def starts_with_code(parser: Parser) -> bool:
    """Return True at a code before its amount: `USD 5`, `Rs. 5`, `US$5`."""
    if parser.here.value == "US" and parser.ahead()[:2] == (Kind.MONEY, "USD"):
        return True
    if parser.here.value not in CURRENCY_CODES:
        return False
    return parser.ahead(2 if parser.ahead().kind == Kind.STOP else 1).kind == Kind.NUM


# --- units after a value


def measured(parser: Parser, node: s.Node) -> s.Node:
    """A value with its unit."""
    if parser.here.kind == Kind.CMD:
        return s.Quantity(parser.expr(node), _unit(parser))
    node = _scaled(parser, node)
    token = parser.here
    if token.kind == Kind.MONEY:
        parser.take()
        return _rated(parser, s.Quantity(parser.expr(node), token.value))
    if token.kind not in _UNITS or connects(parser) or compares(parser):
        return node
    if isinstance(node, s.Quantity):
        # `$18 USD`, `$5 dollars` say the same thing twice.
        if unit_name(token.value) == node.unit:
            parser.take()
        return _rated(parser, node)
    value = parser.expr(node)
    if isinstance(value, s.Degrees):
        return _temperature(parser, value)
    if not is_numeric(value) and not is_unit(token.value):
        parser.fail("expected the end")
    if token.kind == Kind.WORD and _PAIR <= len(token.value) <= _LONGEST_PRODUCT:
        parser.neutral = True  # beside a side that has these letters for unknowns, their product
    quantity = s.Quantity(value, _unit(parser))
    if parser.here.kind in _WORDS and parser.here.value in _MEASURED_BY:
        parser.take()
    return _compound(parser, quantity) if quantity.unit in _PARTED else quantity


def has_sides(parser: Parser, left: s.Node) -> bool:
    """Return True between the lengths of two sides: `10 ft x 18 ft`, `10 ft by 18 ft`."""
    return isinstance(left, s.Quantity) and parser.ahead().kind == Kind.NUM


def sides(parser: Parser, left: s.Node) -> s.Node:
    """The sides of a figure, which are two values and no product."""
    items = [left]
    while has_sides(parser, left) and parser.here.value in _BETWEEN_SIDES:
        parser.take()
        side = parser.parse(Binding.SET)
        if not isinstance(side, s.Quantity):
            parser.fail("a side without its unit")
        items.append(side)
    return s.Listing(tuple(items))


def _temperature(parser: Parser, value: s.Degrees) -> s.Quantity:
    scale = _SCALES_OF_DEGREES.get(parser.here.value.lower())
    if scale is None:
        parser.fail("an angle with a unit")
    parser.take()
    return s.Quantity(value.operand, scale)


def _rated(parser: Parser, amount: s.Quantity) -> s.Quantity:
    """The amount with the unit that a rate is per: `$18 per day`."""
    if parser.here.kind not in _WORDS or parser.here.value.lower() != "per":
        return amount
    parser.take()
    token = parser.take()
    if token.kind not in _WORDS or not is_counted(token.value):
        parser.fail("expected a unit")
    return s.Quantity(amount.amount, unit_text([(amount.unit, 1), (unit_name(token.value), -1)]))


def _scaled(parser: Parser, node: s.Node) -> s.Node:
    """`3 million`."""
    token = parser.here
    scale = SCALES.get(token.value.lower().rstrip("s")) if token.kind in _WORDS else None
    if scale is None:
        return node
    parser.take()
    match node:
        case s.Quantity(s.Number(value), unit):
            return s.Quantity(s.Number(exact(Fraction(value) * scale)), unit)
        case s.Number(value):
            return s.Number(exact(Fraction(value) * scale))
        case _:
            return parser.fail("a scale after something that is no number")


def _unit(parser: Parser) -> str:
    """A unit: a product of powers of units, or words for what is counted."""
    factors = _fraction_of_units(parser) if is_unit_fraction(parser) else []
    sign = 1
    while True:
        if factors and (_skipped_sign(parser, "*", _UNITS) or _skipped_sign(parser, "-", _WORDS)):
            continue
        dimension = _dimension(parser)
        if dimension < 0:
            return _counted(parser)
        token = parser.here
        if not factors and not is_unit(token.value):
            return _counted(parser)
        if _skipped_per(parser):
            sign = -1
        elif token.kind in _UNITS and (sign < 0 or is_unit(token.value)):
            factors.append(_factor(parser, sign, dimension))
            sign = 1
        else:
            return unit_text(factors) or "1"


def _dimension(parser: Parser) -> int:
    """Take `square` or `cubic` and return the power it means; 1 without one, -1 where no unit follows."""
    power = _DIMENSIONS.get(parser.here.value.lower()) if parser.here.kind in _WORDS else None
    if power is None:
        return 1
    if not names_dimension(parser):
        return -1
    parser.take()
    parser.skip(Kind.STOP)  # `sq. ft`
    return power


def names_dimension(parser: Parser) -> bool:
    """Return True at `sq cm`, `sq. ft`, `cubic m`: a power of the unit that follows."""
    if parser.here.value.lower() not in _DIMENSIONS:
        return False
    return is_unit(parser.ahead(2 if parser.ahead().kind == Kind.STOP else 1).value)


def _skipped_sign(parser: Parser, sign: str, kinds: frozenset[str]) -> bool:
    """Take the sign between two units: the dot of newton metres, the hyphen of `kilowatt-hours`."""
    return parser.ahead().kind in kinds and parser.skip(Kind.OP, sign)


def _skipped_per(parser: Parser) -> bool:
    token = parser.here
    if not (parser.at(Kind.OP, "/") or (token.kind in _WORDS and token.value.lower() == "per")):
        return False
    parser.take()
    if parser.here.kind not in _UNITS and parser.here.kind != Kind.GROUP:
        parser.fail("expected a unit")
    return True


def _factor(parser: Parser, sign: int, dimension: int) -> tuple[str, int]:
    value = parser.here.value
    if sign < 0 and not is_counted(value):
        parser.fail("a word after the unit")
    parser.take()
    prefix = POWERS.get(value[:2])
    power = dimension * (prefix or 1) * _unit_power(parser)
    return unit_name(value[2:] if prefix else value), sign * power


def _fraction_of_units(parser: Parser) -> list[tuple[str, int]]:
    r"""`\frac{\text{km}}{\text{h}}`."""
    factors = []
    parser.take()
    for sign in (1, -1):
        parser.expect(Kind.GROUP)
        name = unit_name(parser.take().value)
        factors.append((name, sign * _unit_power(parser)))
        parser.expect(Kind.ENDGROUP)
    return factors


def _unit_power(parser: Parser) -> int:
    if parser.here.kind in _WORDS and (power := _POWERS_IN_WORDS.get(parser.here.value.lower())):
        parser.take()
        return power
    if not parser.skip(Kind.OP, "^"):
        return 1
    match argument(parser):
        case s.Number(int(value)) if 0 < value < _LARGEST_POWER:
            return value
        case s.Negate(s.Number(int(value))) if 0 < value < _LARGEST_POWER:
            return -value
        case _:
            return parser.fail("a power of a unit")


def _counted(parser: Parser) -> str:
    """Up to four plain words for what is counted."""
    first, words = parser.here, list[str]()
    while parser.here.kind in _WORDS or (words and parser.at(Kind.OP, "-")):
        if not parser.skip(Kind.OP, "-"):
            words.append(parser.take().value)
    thing = counted(words) if 0 < len(words) <= _MOST_WORDS else None
    if thing is None or _is_glued(first):
        return parser.fail("words after a number")
    if len(words) == 1 and parser.at(Kind.OP, "^"):
        return unit_text([(thing, _unit_power(parser))])
    return thing


def _is_glued(token: Token) -> bool:
    """Return True if a word that is no unit runs on from the digits before it."""
    return token.kind == Kind.WORD and not token.gap and not is_unit(token.value)


def _compound(parser: Parser, first: s.Quantity) -> s.Quantity:
    """`2 h 30 min`, `5 feet 6 inches`: one amount in the first unit."""
    total = first
    while True:
        step = int(parser.at(Kind.SEP, ","))
        step += parser.ahead(step)[:2] == (Kind.SEP, "and")
        number, unit = parser.ahead(step), parser.ahead(step + 1)
        if number.kind != Kind.NUM or unit.kind not in _UNITS:
            return total
        factor = conversion(unit_name(unit.value), first.unit) if is_unit(unit.value) else None
        if factor is None or factor >= 1 or unit_name(unit.value) in total.unit.split("+"):
            return total
        parser.advance(step)
        amount = parser.operand(Binding.PRODUCT)
        parser.take()
        total = s.Quantity(_added(total.amount, amount, factor), first.unit)


def _added(amount: s.Expr, smaller: s.Expr, factor: Fraction) -> s.Expr:
    """An amount and one in a smaller unit together; plain numbers are added up."""
    if isinstance(amount, s.Number) and isinstance(smaller, s.Number):
        return s.Number(exact(amount.value + smaller.value * factor))
    return s.Sum((amount, s.Product((smaller, s.Number(exact(factor))))))
