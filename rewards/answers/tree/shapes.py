"""Shapes of trees, regardless of their values: plain numbers, quantities, choices."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from rewards.answers.notation.units import is_unit, prefixed, unit_name, unit_text
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.values.exact import rational

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "as_choice",
    "as_quantity",
    "decimal_places",
    "in_base_ten",
    "is_infinite",
    "is_literal",
    "is_numeral",
    "is_numeric",
    "is_written_out",
    "mixed_number",
]


_HIGHEST_DIMENSION: Final = 9
"""Highest power of a unit; `m^{10}` is a letter's."""


_LITERAL: Final = frozenset(
    {s.Number, s.Constant, s.Negate, s.Degrees, s.Root, s.Quotient, s.Power, s.Product}
)
_NUMERIC: Final = _LITERAL | {s.BaseNumeral, s.Factorial, s.PlusMinus, s.Sum}


def is_infinite(node: s.Node) -> bool:
    """Return True if a node is infinity or minus infinity."""
    return node == s.INFINITY or (isinstance(node, s.Negate) and node.operand == s.INFINITY)


def is_numeric(node: s.Node) -> bool:
    """Return True if an expression is a number by its form: no unknown in it, so that a unit may follow."""
    return _NUMERIC.issuperset(map(type, s.walk(node)))


def in_base_ten(node: s.Expr) -> s.Expr:
    """A numeral in a base as the number that it is; other expressions as they are."""
    return s.Number(int(node.digits, node.base)) if isinstance(node, s.BaseNumeral) else node


def mixed_number(whole: s.Node, part: s.Node) -> s.Number | s.Percent | s.Degrees | None:
    r"""`2\frac12` as one number: a whole number beside a proper fraction of whole numbers."""
    if isinstance(part, (s.Percent, s.Degrees)):
        mixed = mixed_number(whole, part.operand)
        return type(part)(mixed) if isinstance(mixed, s.Number) else None
    match whole, part:
        case s.Number(int(count), places), s.Quotient(s.Number(int(above)), s.Number(int(below))) if (
            0 < above < below and count >= (places is not None)
        ):
            return s.Number(count + Fraction(above, below))
        case _:
            return None


def is_literal(node: s.Node) -> bool:
    r"""Return True if an expression is one number, not a sum of several: `2`, `-1`, `\frac12`, `3\pi`."""
    return _LITERAL.issuperset(map(type, s.walk(node)))


def is_numeral(node: s.Expr) -> bool:
    r"""Return True if an expression is a number written out, with nothing left to evaluate.

    >>> from rewards.answers.reading.reader import read
    >>> [is_numeral(read(text)) for text in ("5", "-1/2", "1.5e3", "2^{10}", "17*23", "5!", "1+2")]
    [True, True, True, True, False, False, False]
    """
    rule = _NUMERALS.get(type(node))
    return rule is not None and rule(node)


def _is_scientific(node: s.Product) -> bool:
    r"""Return True for a number times powers: `1.5e3`, `2^3 \cdot 5^2`."""
    powers = sum(isinstance(factor, s.Power) for factor in node.factors)
    return powers >= len(node.factors) - 1 and all(
        isinstance(factor, (s.Number, s.Power)) and is_numeral(factor) for factor in node.factors
    )


def _is_plain(node: s.Expr) -> bool:
    match node:
        case s.Number() | s.Negate(s.Number()) | s.Power(s.Number(), s.Number() | s.Negate(s.Number())):
            return True
        case _:
            return False


_NUMERALS: Final[dict[type[s.Expr], Callable[[Any], bool]]] = {
    s.Number: lambda _: True,
    s.BaseNumeral: lambda _: True,
    s.Negate: lambda node: not isinstance(node.operand, s.Negate) and is_numeral(node.operand),
    s.Quotient: lambda node: _is_plain(node.numerator) and _is_plain(node.denominator),
    s.Power: lambda node: _is_plain(node.base) and _is_plain(node.exponent),
    s.Product: _is_scientific,
    s.Binomial: lambda node: isinstance(node.upper, s.Number) and isinstance(node.lower, s.Number),
    s.Percent: lambda node: is_numeral(node.operand),
    s.Degrees: lambda node: is_numeral(node.operand),
}
"""The test of each kind of node that may be a number written out."""


def is_written_out(node: s.Expr) -> bool:
    """Return True if a gold is a plain number, so that its answer must be one: no power, no binomial."""
    match node:
        case s.Negate(operand) | s.Percent(operand) | s.Degrees(operand):
            return is_written_out(operand) and is_numeral(node)
        case s.Power() | s.Binomial():
            return False
        case _:
            return is_numeral(node)


def decimal_places(node: s.Expr) -> int | None:
    """The place of a decimal's last digit; None for what is exact."""
    match node:
        case s.Number(_, places):
            return places
        case s.Negate(operand) | s.Percent(operand):
            return decimal_places(operand)
        case s.Product((s.Number(_, int(places)), s.Power(s.Number(10), exponent))):
            power = rational(exponent)
            return places - power if isinstance(power, int) else None
        case _:
            return None


def _with_prefixes(factors: Sequence[s.Expr]) -> list[s.Expr]:
    r"""The factors of a product, with the two letters of `\mu m` and `k\Omega` as one."""
    found: list[s.Expr] = []
    for factor in factors:
        before = found[-1] if found else None
        unit = None
        if (
            isinstance(before, s.Symbol)
            and isinstance(factor, s.Symbol)
            and not (before.index or factor.index)
        ):
            unit = prefixed(before.name, factor.name)
        if unit is None:
            found.append(factor)
        else:
            found[-1] = s.Symbol(unit)
    return found


def as_quantity(node: s.Expr) -> s.Quantity | None:
    """`5m` and `9.8 m/s^2` read as products of symbols, as a quantity if every symbol is a unit."""
    factors: list[tuple[str, int]] = []
    amount: list[s.Expr] = []

    def collect(part: s.Expr, sign: int) -> bool:
        match part:
            case s.Symbol(name, (), "", 0) if is_unit(name):
                factors.append((unit_name(name), sign))
            case s.Power(s.Symbol(name, (), "", 0), s.Number(int(power))) if (
                is_unit(name) and power <= _HIGHEST_DIMENSION
            ):
                factors.append((unit_name(name), sign * power))
            case s.Product(parts):
                return all(collect(inner, sign) for inner in _with_prefixes(parts))
            case s.Quotient(above, below) if unknowns(part):
                return collect(above, sign) and collect(below, -sign)
            case _ if sign > 0 and not unknowns(part):
                amount.append(part)
            case _:
                return False
        return True

    if isinstance(node, s.Quantity):
        return node
    negative = isinstance(node, s.Negate)
    body = node.operand if isinstance(node, s.Negate) else node
    if not unknowns(body) or not collect(body, 1) or len(amount) != 1:
        return None
    return s.Quantity(s.Negate(amount[0]) if negative else amount[0], unit_text(factors))


def as_choice(node: s.Node) -> s.Choice | None:
    """A choice, also where it was written as plain letters: `A`, `A, C, D`."""
    match node:
        case s.Choice():
            return node
        case s.Symbol(name, (), "", 0) if len(name) == 1 and name in "ABCDEFGHIJabcd":
            return s.Choice((name.upper(),), None, explicit=False)
        case s.Listing(items, joint) if joint != "or" and all(
            isinstance(item, s.Symbol) and len(item.name) == 1 for item in items
        ):
            letters = sorted(item.name for item in items if isinstance(item, s.Symbol))
            return (
                s.Choice(tuple(letters), None, explicit=False) if set(letters) <= set("ABCDEFGHIJ") else None
            )
        case _:
            return None
