"""Values with what they are values of: units, currencies, counted things, `3 million`, `2 h 30 min`.

A known unit may follow any value; plain words only a number, and none that changes what the number says.
"""

# ruff: noqa: C901 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: RET503 - what ends in fail() does not return

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.units import POWERS, conversion, is_unit, unit_name, unit_text
from rewards.answers.notation.words import CONNECTIVES, HEDGES, NUMBER_WORDS, SCALES
from rewards.answers.reading.expressions import ExpressionParser
from rewards.answers.reading.numerals import exact
from rewards.answers.tree.shapes import is_numeric
from rewards.answers.tree.syntax import (
    Degrees,
    Expr,
    Negate,
    Node,
    Number,
    Product,
    Quantity,
    Sum,
)

if TYPE_CHECKING:
    from rewards.answers.reading.tokens import Token

__all__ = ["QuantityParser"]

_LONGEST_WORD: Final = 24
_NEGATIONS: Final = frozenset("不非无没错否或以余约数")
_MEASURED_BY: Final = frozenset({"old", "long", "tall", "wide", "high", "deep", "thick", "away", "apart"})
"""Words that may follow a unit and add nothing: `5 years old`."""

_TIME_UNITS: Final = frozenset({"s", "min", "h", "day", "week", "year", "month"})


class QuantityParser(ExpressionParser):
    """Reads a value and the unit after it."""

    def connective(self) -> bool:
        token = self.here
        if token.kind == "quant":
            return token.value == "forall"
        return token.kind in {"text", "word"} and token.value.lower() in CONNECTIVES

    def ratio_sign(self) -> bool:
        """`:`, or the word `to` as in `1 to 2`."""
        return self.at("op", ":") or (self.here.kind in {"text", "word"} and self.here.value == "to")

    def measured(self) -> Node:
        """A value, with the unit or the counted thing after it."""
        while self.in_cell and self.connective() and not self.at("eof"):
            self.take()  # `& \\text{if } x > 0`: the condition has a place of its own already
        negative = self.at("op", "-") and self.ahead().kind == "money"
        if negative:
            self.take()
        node = self.sum()
        if negative and isinstance(node, Quantity):
            node = Quantity(Negate(node.amount), node.unit)
        token = self.here
        if token.kind in {"text", "word", "money"} or self.unit_like_function():
            return self._with_unit(node)
        if token.kind == "cmd" and self.unit_fraction():
            return Quantity(self.expr(node), self._unit())
        if token.kind == "letter" and (isinstance(node, Degrees) or self.more_time()):
            return self._with_unit(node)
        return node

    def _with_unit(self, node: Node) -> Node:
        node = self._scaled(node)
        token = self.here
        if token.kind == "money":
            self.take()
            return self._rated(Quantity(self.expr(node), token.value))
        if token.kind not in {"text", "word", "letter", "fun"} or self.connective() or self.ratio_sign():
            return node
        if isinstance(node, Quantity):
            # `$18 USD`, `$5 dollars` say the same thing twice.
            if unit_name(token.value) == node.unit:
                self.take()
            return self._rated(node)
        value = self.expr(node)
        if isinstance(value, Degrees):
            if token.value.lower() in {"c", "f", "celsius", "fahrenheit"}:
                self.take()
                return Quantity(value.operand, "degC" if token.value.lower().startswith("c") else "degF")
            self.fail("an angle with a unit")
        if not is_numeric(value) and not is_unit(token.value):
            self.fail("expected the end")
        unit = self._unit()
        if self.here.kind in {"text", "word"} and self.here.value in _MEASURED_BY:
            self.take()
        quantity = Quantity(value, unit)
        return self._compound(quantity) if unit in _TIME_UNITS or unit in {"ft", "USD"} else quantity

    def _rated(self, amount: Quantity) -> Quantity:
        """Read the unit that a rate is per: `$18 per day`."""
        if self.here.kind not in {"text", "word"} or self.here.value.lower() != "per":
            return amount
        self.take()
        token = self.take()
        if token.kind not in {"text", "word"} or self._says_more(token, first=True):
            self.fail("expected a unit")
        return Quantity(amount.amount, unit_text([(amount.unit, 1), (unit_name(token.value), -1)]))

    def _scaled(self, node: Node) -> Node:
        """`3 million`."""
        token = self.here
        scale = SCALES.get(token.value.lower().rstrip("s")) if token.kind in {"text", "word"} else None
        if scale is None:
            return node
        self.take()
        if isinstance(node, Quantity) and isinstance(node.amount, Number):
            return Quantity(Number(exact(Fraction(node.amount.value) * scale)), node.unit)
        if not isinstance(node, Number):
            self.fail("a scale after something that is no number")
        return Number(exact(Fraction(node.value) * scale))

    def _unit(self) -> str:
        """A unit: a product of powers of units, or words for what is counted."""
        factors: list[tuple[str, int]] = self._fraction_of_units()
        sign = 1
        while True:
            token = self.here
            multiplier = 1
            if token.kind in {"text", "word"} and token.value.lower() in {"square", "sq", "cubic", "cu"}:
                if not is_unit(self.ahead(2 if self.ahead().kind == "stop" else 1).value):
                    return self._counted()
                multiplier = 3 if token.value.lower() in {"cubic", "cu"} else 2
                self.take()
                self.skip("stop")  # `sq. ft`
                token = self.here
            if not factors and not is_unit(token.value):
                return self._counted()
            if token.kind == "op" and token.value == "/":
                self.take()
                sign = -1
                self._expect_unit()
                continue
            if token.kind == "op" and token.value == "*" and factors:
                self.take()
                continue
            if token.kind in {"text", "word"} and token.value.lower() == "per":
                self.take()
                sign = -1
                self._expect_unit()
                continue
            if (
                token.kind == "op"
                and token.value == "-"
                and self.ahead().kind in {"text", "word"}
                and factors
            ):
                self.take()
                continue
            if token.kind not in {"text", "word", "letter", "fun"} or not (is_unit(token.value) or sign < 0):
                break
            if sign < 0 and token.value.lower() in HEDGES:
                self.fail("a word after the unit")
            self.take()
            power = multiplier * POWERS.get(token.value[:2], 1) * self._unit_power()
            name = token.value[2:] if token.value[:2] in POWERS else token.value
            factors.append((unit_name(name), sign * power))
            sign = 1
        return unit_text(factors) or "1"

    def _fraction_of_units(self) -> list[tuple[str, int]]:
        r"""`\frac{\text{km}}{\text{h}}`, where one stands here."""
        if not self.unit_fraction():
            return []
        factors = []
        self.take()
        for sign in (1, -1):
            self.expect("group")
            name = unit_name(self.take().value)
            factors.append((name, sign * self._unit_power()))
            self.expect("endgroup")
        return factors

    def _expect_unit(self) -> None:
        if self.here.kind not in {"text", "word", "letter", "fun", "group"}:
            self.fail("expected a unit")

    def _unit_power(self) -> int:
        if self.here.kind in {"text", "word"} and self.here.value.lower() in {"squared", "cubed"}:
            return 2 if self.take().value.lower() == "squared" else 3
        if not self.at("op", "^"):
            return 1
        self.take()
        exponent = self.argument()
        match exponent:
            case Number(int(value)) if 0 < value < 10:
                return value
            case Negate(Number(int(value))) if 0 < value < 10:
                return -value
            case _:
                self.fail("a power of a unit")

    def _counted(self) -> str:
        """Up to four plain words for what is counted; none that changes what the number says."""
        words: list[str] = []
        while self.here.kind in {"text", "word"} or (self.at("op", "-") and words):
            token = self.take()
            if token.kind == "op":
                continue
            if self._says_more(token, first=not words):
                self.position -= 1
                self.fail("expected the end")
            words.append(token.value)
        if not words or len(words) > 4:
            self.fail("too many words after a number")
        if self.at("op", "^") and len(words) == 1:
            return unit_text([(unit_name(words[0]), self._unit_power())])
        return " ".join([*(word.lower() for word in words[:-1]), unit_name(words[-1])])

    def _says_more(self, token: Token, *, first: bool) -> bool:
        """Return True if a number cannot count a word: it changes the number, or runs on from its digits."""
        value = token.value
        if value.lower() == "different" and self.here.kind in {"text", "word"}:
            return False  # `10 different ways`
        glued = first and token.kind == "word" and not token.gap and self.position > 1
        return (
            value.lower() in HEDGES
            or value.lower() in NUMBER_WORDS
            or not value.isalpha()
            or len(value) > _LONGEST_WORD
            or (glued and not is_unit(value))
            or not _NEGATIONS.isdisjoint(value)
        )

    def _compound(self, first: Quantity) -> Quantity:
        """`2 h 30 min`, `5 feet 6 inches`: one amount in the first unit."""
        total = first
        while True:
            step = 0
            while self.ahead(step).kind == "sep" and self.ahead(step).value in {",", "and"}:
                step += 1
            number, unit = self.ahead(step), self.ahead(step + 1)
            if number.kind != "num" or unit.kind not in {"text", "word", "letter", "fun"}:
                return total
            factor = conversion(unit_name(unit.value), first.unit) if is_unit(unit.value) else None
            if factor is None or factor >= 1 or unit_name(unit.value) in total.unit.split("+"):
                return total
            self.position += step
            amount = self.expr(self.power())
            self.take()
            total = Quantity(_added(total.amount, amount, factor), first.unit)


def _added(amount: Expr, smaller: Expr, factor: Fraction) -> Expr:
    """An amount and one in a smaller unit together; plain numbers are added up."""
    if isinstance(amount, Number) and isinstance(smaller, Number):
        return Number(exact(amount.value + smaller.value * factor))
    return Sum((amount, Product((smaller, Number(exact(factor))))))
