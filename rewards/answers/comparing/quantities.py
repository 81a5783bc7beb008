r"""Amounts with units: one conversion, and one rule for a unit that only one side states.

Percent and degree are units like any other (:mod:`~rewards.answers.notation.units`): the hundredth of a
number, and `\pi/180` of a radian. The row of a unit names the policy that lets a side leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.notation.units import factor, unit_of
from rewards.answers.reading.numerals import exact
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.shapes import as_quantity
from rewards.answers.tree.syntax import (
    PI,
    Degrees,
    Expr,
    Negate,
    Number,
    Percent,
    Product,
    Quantity,
    Quotient,
    Sum,
    holds,
    walk,
)
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.comparing.amounts import Comparison

__all__ = ["by_measure", "measure"]

_WHOLE_OF: Final = {"cent": "USD"}
"""The units that a gold without one may be in, where an answer is in parts of them: `50 cents` for 0.5."""
_ORDINAL: Final = "th"
"""`6th` is a place, and no answer to a gold that counts."""
_Measured: TypeAlias = "tuple[Expr, Quantity | None]"
"""An expression, and its amount and unit."""


def measure(node: Expr) -> Quantity | None:
    r"""The amount and the unit of an expression, or None for a bare one.

    >>> from rewards.answers.reading.reader import read
    >>> [found and found.unit for found in map(measure, map(read, ("5 cm", "5\\%", "60^\\circ - x", "5")))]
    ['cm', '%', 'deg', None]
    """
    form = _FORMS.get(node.__class__)
    return form(node) if form is not None else None


def _sum(node: Sum) -> Quantity | None:
    r"""A sum in degrees, whose unknowns are angles in degrees, too: `180^\circ - 2x`."""
    found = [measure(term) for term in node.terms]
    if not any(found) or any(one is not None and one.unit != "deg" for one in found):
        return None
    amounts = [term if one is None else one.amount for term, one in zip(node.terms, found, strict=True)]
    if any(one is None and not unknowns(term) for term, one in zip(node.terms, found, strict=True)):
        return None
    return Quantity(Sum(tuple(amounts)), "deg")


def _product(node: Product) -> Quantity | None:
    r"""A number of degrees that is a product: `2x^\circ`, which holds for its last factor."""
    last = node.factors[-1]
    found = measure(last) if isinstance(last, (Degrees, Quotient)) else None
    return None if found is None else Quantity(Product((*node.factors[:-1], found.amount)), found.unit)


def _quotient(node: Quotient) -> Quantity | None:
    r"""`\pi/6^\circ`, whose sign is for all of it; but `360^\circ/24^\circ` is a number."""
    match node:
        case Quotient(above, Degrees(below)) if not holds(above, Degrees):
            return Quantity(Quotient(above, below), "deg")
        case Quotient(Degrees(above), below) if not holds(below, Degrees):
            return Quantity(Quotient(above, below), "deg")
        case _:
            return None


def _negative(node: Negate) -> Quantity | None:
    found = measure(node.operand)
    return None if found is None else Quantity(Negate(found.amount), found.unit)


_FORMS: Final[dict[type[Expr], Callable[..., Quantity | None]]] = {
    Quantity: lambda node: node,
    Percent: lambda node: Quantity(node.operand, "%"),
    Degrees: lambda node: Quantity(node.operand, "deg"),
    Negate: _negative,
    Sum: _sum,
    Product: _product,
    Quotient: _quotient,
}


def by_measure(judge: Comparison, gold: Expr, answer: Expr) -> bool | None:
    """Two values, with their units where they have some."""
    ours, theirs = measure(gold), measure(answer)
    if ours is None and theirs is None:
        return judge.expressions(gold, answer)
    if ours is None and isinstance(answer, Quantity):
        ours = as_quantity(gold)
    if theirs is None and isinstance(gold, Quantity):
        theirs = as_quantity(answer)
    verdict = _measured(judge, (gold, ours), (answer, theirs))
    if verdict is False and (isinstance(gold, Sum) or isinstance(answer, Sum)):
        return judge.expressions(gold, answer)  # with unknown angles in radians
    return verdict


def _measured(judge: Comparison, gold: _Measured, answer: _Measured) -> bool | None:
    (value, ours), (other, theirs) = gold, answer
    if ours is not None and theirs is not None:
        return _converted(judge, ours, theirs)
    quantity, bare = (ours, other) if ours is not None else (theirs, value)
    if quantity is None:
        return judge.expressions(value, other)
    if _may_be_left_out(judge, quantity, bare) and not (ours is None and quantity.unit == _ORDINAL):
        same = judge.expressions(
            value if ours is None else ours.amount, other if theirs is None else theirs.amount
        )
        if same is not False:
            return same
    unit = _unit_of_bare(judge, quantity.unit, bare, stated_by_gold=ours is not None)
    if unit is None:
        return False
    return _converted(judge, ours or Quantity(value, unit), theirs or Quantity(other, unit))


def _converted(judge: Comparison, gold: Quantity, answer: Quantity) -> bool | None:
    """Two amounts with their units, which must measure the same."""
    ratio = factor(answer.unit, gold.unit)
    if ratio is None:
        return False
    number, pis = ratio
    if number == 1 and not pis:
        return judge.expressions(gold.amount, answer.amount)
    if not judge.is_worked_out(gold.amount, answer.amount):
        return False
    amount: Expr = Product((answer.amount, Number(exact(number))))
    if pis:
        amount = Product((amount, PI)) if pis > 0 else Quotient(amount, PI)
    return judge.expressions(gold.amount, amount, free=True)


def _may_be_left_out(judge: Comparison, quantity: Quantity, bare: Expr) -> bool:
    """Return True if the policy lets the bare side mean an amount in this unit."""
    unit = quantity.unit
    if unit == "deg" and (PI in walk(bare) or PI in walk(quantity.amount)):
        return False  # a multiple of pi is in radians
    row = unit_of(unit)
    if not getattr(judge.policy, "optional_units" if row is None else row.policy):
        return False
    if unit != "%":
        return True
    size = magnitude(bare)
    return size is not None and abs(size) > 1  # one up to 1 is a share already: 0.5 is not 0.5 %


def _unit_of_bare(judge: Comparison, unit: str, bare: Expr, *, stated_by_gold: bool) -> str | None:
    """The unit that a bare number is in beside one with a unit; None if it can only be in the same one."""
    if unit == "%":
        return "1"
    if unit == "deg":
        return "rad" if PI in walk(bare) else None
    if judge.policy.optional_units and not stated_by_gold:
        return _WHOLE_OF.get(unit)
    return None
