r"""Amounts with units: one conversion, and one rule for a unit that only one side states.

Percent and degree are units like any other (:mod:`~rewards.answers.notation.units`): the hundredth of a
number, and `\pi/180` of a radian. The row of a unit names the policy that lets a side leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from rewards.answers.notation.units import factor, unit_of
from rewards.answers.reading.numerals import exact
from rewards.answers.tree import syntax as s
from rewards.answers.tree.rewriting import unknowns
from rewards.answers.tree.shapes import as_quantity
from rewards.answers.values.magnitudes import magnitude

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.comparing.amounts import Comparison

__all__ = ["by_measure", "measure"]

_WHOLE_OF: Final = {"cent": "USD"}
"""The units that a gold without one may be in, where an answer is in parts of them: `50 cents` for 0.5."""
_ORDINAL: Final = "th"
"""`6th` is a place, and no answer to a gold that counts."""
_Measured: TypeAlias = "tuple[s.Expr, s.Quantity | None]"
"""An expression, and its amount and unit."""


def measure(node: s.Expr) -> s.Quantity | None:
    r"""The amount and the unit of an expression, or None for a bare one.

    >>> from rewards.answers.reading.reader import read
    >>> [found and found.unit for found in map(measure, map(read, ("5 cm", "5\\%", "60^\\circ - x", "5")))]
    ['cm', '%', 'deg', None]
    """
    form = _FORMS.get(node.__class__)
    return form(node) if form is not None else None


def _sum(node: s.Sum) -> s.Quantity | None:
    r"""A sum in degrees, whose unknowns are angles in degrees, too: `180^\circ - 2x`."""
    found = [measure(term) for term in node.terms]
    if not any(found) or any(one is not None and one.unit != "deg" for one in found):
        return None
    amounts = [term if one is None else one.amount for term, one in zip(node.terms, found, strict=True)]
    if any(one is None and not unknowns(term) for term, one in zip(node.terms, found, strict=True)):
        return None
    return s.Quantity(s.Sum(tuple(amounts)), "deg")


def _product(node: s.Product) -> s.Quantity | None:
    r"""A number of degrees that is a product: `2x^\circ`, which holds for its last factor."""
    last = node.factors[-1]
    found = measure(last) if isinstance(last, (s.Degrees, s.Quotient)) else None
    return None if found is None else s.Quantity(s.Product((*node.factors[:-1], found.amount)), found.unit)


def _quotient(node: s.Quotient) -> s.Quantity | None:
    r"""`\pi/6^\circ`, whose sign is for all of it; but `360^\circ/24^\circ` is a number."""
    match node:
        case s.Quotient(above, s.Degrees(below)) if not s.holds(above, s.Degrees):
            return s.Quantity(s.Quotient(above, below), "deg")
        case s.Quotient(s.Degrees(above), below) if not s.holds(below, s.Degrees):
            return s.Quantity(s.Quotient(above, below), "deg")
        case _:
            return None


def _negative(node: s.Negate) -> s.Quantity | None:
    found = measure(node.operand)
    return None if found is None else s.Quantity(s.Negate(found.amount), found.unit)


_FORMS: Final[dict[type[s.Expr], Callable[..., s.Quantity | None]]] = {
    s.Quantity: lambda node: node,
    s.Percent: lambda node: s.Quantity(node.operand, "%"),
    s.Degrees: lambda node: s.Quantity(node.operand, "deg"),
    s.Negate: _negative,
    s.Sum: _sum,
    s.Product: _product,
    s.Quotient: _quotient,
}


def by_measure(judge: Comparison, gold: s.Expr, answer: s.Expr) -> bool | None:
    """Two values, with their units where they have some."""
    ours, theirs = measure(gold), measure(answer)
    if ours is None and theirs is None:
        return judge.expressions(gold, answer)
    if ours is None and isinstance(answer, s.Quantity):
        ours = as_quantity(gold)
    if theirs is None and isinstance(gold, s.Quantity):
        theirs = as_quantity(answer)
    verdict = _measured(judge, (gold, ours), (answer, theirs))
    if verdict is False and (isinstance(gold, s.Sum) or isinstance(answer, s.Sum)):
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
    return _converted(judge, ours or s.Quantity(value, unit), theirs or s.Quantity(other, unit))


def _converted(judge: Comparison, gold: s.Quantity, answer: s.Quantity) -> bool | None:
    """Two amounts with their units, which must measure the same."""
    ratio = factor(answer.unit, gold.unit)
    if ratio is None:
        return False
    number, pis = ratio
    if number == 1 and not pis:
        return judge.expressions(gold.amount, answer.amount)
    if not judge.is_worked_out(gold.amount, answer.amount):
        return False
    amount: s.Expr = s.Product((answer.amount, s.Number(exact(number))))
    if pis:
        amount = s.Product((amount, s.PI)) if pis > 0 else s.Quotient(amount, s.PI)
    return judge.expressions(gold.amount, amount, free=True)


def _may_be_left_out(judge: Comparison, quantity: s.Quantity, bare: s.Expr) -> bool:
    """Return True if the policy lets the bare side mean an amount in this unit."""
    unit = quantity.unit
    if unit == "deg" and (s.PI in s.walk(bare) or s.PI in s.walk(quantity.amount)):
        return False  # a multiple of pi is in radians
    row = unit_of(unit)
    if not getattr(judge.policy, "optional_units" if row is None else row.policy):
        return False
    if unit != "%":
        return True
    size = magnitude(bare)
    return size is not None and abs(size) > 1  # one up to 1 is a share already: 0.5 is not 0.5 %


def _unit_of_bare(judge: Comparison, unit: str, bare: s.Expr, *, stated_by_gold: bool) -> str | None:
    """The unit that a bare number is in beside one with a unit; None if it can only be in the same one."""
    if unit == "%":
        return "1"
    if unit == "deg":
        return "rad" if s.PI in s.walk(bare) else None
    if judge.policy.optional_units and not stated_by_gold:
        return _WHOLE_OF.get(unit)
    return None
