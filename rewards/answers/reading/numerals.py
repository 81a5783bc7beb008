"""Literal numbers: from their digits to their exact value. Never a float, never an expression.

:func:`plain_value` is the fast path of the judge: it reads a whole answer that is nothing but one number.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.words import NUMBER_WORDS
from rewards.answers.reading.tokens import TextTooBigError
from rewards.answers.tree.syntax import MAX_DIGITS, Number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.answers.reading.tokens import Token
    from rewards.answers.tree.syntax import Exact

__all__ = [
    "MAX_EXPONENT",
    "ORDINALS",
    "exact",
    "in_words",
    "numeral",
    "ordinal_ending",
    "plain_value",
]

MAX_EXPONENT = 2_000
"""Largest power of ten a literal may have, either way."""

_LONGEST_EXPONENT: Final = 6
_TEN: Final = 10
_TWENTY: Final = 20

ORDINALS: Final = frozenset({"st", "nd", "rd", "th"})
"""Endings of ordinal numbers; :func:`ordinal_ending` gives that of one number."""

_PLAIN: Final = re.compile(r"([+-]?)(?:(\d+)|([1-9]\d{0,2}(?:,\d{3})+))?(?:\.(\d*))?")


_FRACTION: Final = re.compile(r"(-?)(?:\\[dt]?frac\{(\d+)\}\{(\d+)\}|(\d+)/(\d+))")


def exact(value: Fraction) -> Exact:
    """The same number, as an `int` if it is whole."""
    return value.numerator if value.denominator == 1 else value


def plain_value(text: str) -> Exact | None:
    r"""The value of a text that is one plain number or one fraction of two whole ones; None for all else.

    >>> plain_value("-1,234.50"), plain_value("5."), plain_value("5 cm"), plain_value(".")
    (Fraction(-2469, 2), 5, None, None)
    >>> plain_value(r"-\frac{13}{3}"), plain_value("1/2"), plain_value("1/0")
    (Fraction(-13, 3), Fraction(1, 2), None)
    """
    if not (text[:1].isdecimal() or text[:1] in "+-.\\"):  # most texts, at a fifth of the price
        return None
    if len(text) > MAX_DIGITS:
        return None
    if (match := _PLAIN.fullmatch(text)) is not None:
        return _decimal(*match.groups())
    if (match := _FRACTION.fullmatch(text)) is None:
        return None
    sign, above, below, over, under = match.groups()
    bottom = int(below or under)
    if not bottom:
        return None
    value = exact(Fraction(int(above or over), bottom))
    return -value if sign else value


def _decimal(sign: str, digits: str | None, grouped: str | None, decimals: str | None) -> Exact | None:
    whole = digits or (grouped or "").replace(",", "")
    if not (whole or decimals):
        return None
    part = (decimals or "").rstrip("0")
    value = int((whole + part) or "0")
    value = -value if sign == "-" else value
    return exact(Fraction(value, 10 ** len(part))) if part else value


@lru_cache(maxsize=1_024)
def numeral(raw: str) -> Number:
    """The number a token of kind `num` says: digits, `1.5`, `6.02e23`, `0.1(6)` for a repeating decimal.

    >>> numeral("0.1(6)").value, numeral("4.7e-3")
    (Fraction(1, 6), Number(value=Fraction(47, 10000), places=4))
    """
    if raw.isdecimal():
        return Number(int(raw))
    if raw.endswith(")"):
        head, _, repeat = raw[:-1].partition("(")
        whole, _, decimals = head.partition(".")
        shift = 10 ** len(decimals)
        value = Fraction(int((whole + decimals) or "0"), shift)
        value += Fraction(int(repeat), shift * (10 ** len(repeat) - 1))
        return Number(exact(value))
    mantissa, _, exponent = raw.lower().partition("e")
    whole, _, decimals = mantissa.partition(".")
    power = _exponent(exponent) if exponent else 0
    places = len(decimals) - power
    value = Fraction(int(whole + decimals), 10 ** len(decimals)) * Fraction(10) ** power
    return Number(exact(value), places if decimals or exponent else None)


def _exponent(written: str) -> int:
    if len(written) > _LONGEST_EXPONENT or abs(int(written)) > MAX_EXPONENT:
        msg = f"an exponent of {written[:20]}"
        raise TextTooBigError(msg)
    return int(written)


def in_words(tokens: Sequence[Token], place: int) -> tuple[int, int]:
    """Return the token count of the number in words at `place`, as `twenty-one`, and the number."""
    number = NUMBER_WORDS[tokens[place].value.lower()]
    hyphen = tokens[place + 1][:2] == ("op", "-") and not tokens[place + 1].gap
    ones = tokens[min(place + 1 + hyphen, len(tokens) - 1)]
    added = NUMBER_WORDS.get(ones.value.lower(), 0) if ones.kind == "text" else 0
    if number < _TWENTY or not 1 <= added < _TEN or (hyphen and ones.gap):
        return 1, number
    return 2 + hyphen, number + added


def ordinal_ending(number: int) -> str:
    """The letters after the digits of an ordinal number.

    >>> [ordinal_ending(number) for number in (1, 2, 12, 23)]
    ['st', 'nd', 'th', 'rd']
    """
    if number % 100 in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
