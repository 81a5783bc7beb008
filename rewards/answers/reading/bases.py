r"""Numerals with a base: `1010_2`, `FF_{16}`, `(3A)_{16}`, `\overline{1221}_3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.words import NUMBER_WORDS
from rewards.answers.reading.kinds import Kind
from rewards.answers.tree.syntax import BaseNumeral

if TYPE_CHECKING:
    from rewards.answers.reading.parser import Parser
    from rewards.answers.tree.syntax import Node

__all__ = ["based", "bracketed_digits", "has_lettered_base", "lettered_numeral"]

_DIGITS: Final = frozenset([Kind.NUM, Kind.LETTER, Kind.WORD, Kind.TEXT])
_MOST_PARTS: Final = 12
"""Most tokens that the digits of one numeral come in."""
_DECIMAL: Final = 10
_LETTERED: Final = frozenset({11, 12, 16, 36})
"""Bases in which letters alone are taken for digits: `FF_{16}`."""
_BASES: Final = {str(base): base for base in range(2, 37)} | {
    word: base for word, base in NUMBER_WORDS.items() if 1 < base <= _DECIMAL
}


def based(parser: Parser, digits: str) -> BaseNumeral:
    """A numeral whose base stands here."""
    base, size = _base_ahead(parser, 0)
    if not _valid(digits, base):
        parser.fail(f"{digits[:20]} is no numeral of that base")
    parser.advance(size)
    return BaseNumeral(digits.upper(), base)


def has_lettered_base(parser: Parser) -> bool:
    """Return True if a numeral with letters for digits begins here: `FF_{16}`, `1C_{16}`, `A5_{11}`."""
    following = parser.ahead()
    if following.value != "_" and (following.kind not in _DIGITS or following.gap):
        return False
    digits, step = _digits_ahead(parser)
    base = _lettered_base(parser, digits, step)[0]
    return base > 0 and not digits.isdecimal() and (base in _LETTERED or not digits.isalpha())


def lettered_numeral(parser: Parser) -> Node:
    """A numeral that :func:`has_lettered_base` found."""
    digits, step = _digits_ahead(parser)
    base, size = _lettered_base(parser, digits, step)
    parser.advance(step + size)
    return BaseNumeral(digits, base)


def bracketed_digits(parser: Parser) -> BaseNumeral | None:
    """`3A)_{16}`, after its bracket."""
    digits, step = _digits_ahead(parser)
    if not step or parser.ahead(step)[:2] != (Kind.CLOSE, "("):
        return None
    base, size = _lettered_base(parser, digits, step + 1)
    if not base:
        return None
    parser.advance(step + 1 + size)
    return BaseNumeral(digits, base)


def _digits_ahead(parser: Parser) -> tuple[str, int]:
    """Digits and letters without a gap, and how many tokens they take."""
    step, digits = 0, ""
    token = parser.here
    while token.kind in _DIGITS and step < _MOST_PARTS and not (step and token.gap):
        digits += token.value
        step += 1
        token = parser.ahead(step)
    return digits, step


def _lettered_base(parser: Parser, digits: str, step: int) -> tuple[int, int]:
    """The base above ten that stands `step` tokens on, and how many tokens it takes; (0, 0) without one."""
    if not digits.isupper():
        return 0, 0
    base, size = _base_ahead(parser, step)
    return (base, size) if base > _DECIMAL and _valid(digits, base) else (0, 0)


def _base_ahead(parser: Parser, step: int) -> tuple[int, int]:
    """The base under what comes before `step` tokens on, and the tokens it takes; (0, 0) without one."""
    if parser.ahead(step)[:2] != (Kind.OP, "_"):
        return 0, 0
    first = step + 1
    grouped = parser.ahead(first).kind == Kind.GROUP
    first += grouped
    bracketed = parser.ahead(first)[:2] == (Kind.OPEN, "(")
    first += bracketed
    token, last = parser.ahead(first), first + 1
    if bracketed:
        if parser.ahead(last)[:2] != (Kind.CLOSE, "("):
            return 0, 0
        last += 1
    if grouped:
        if parser.ahead(last).kind != Kind.ENDGROUP:
            return 0, 0
        last += 1
    base = _BASES.get(token.value.lower(), 0)
    return (base, last - step) if base > 1 else (0, 0)


def _valid(digits: str, base: int) -> bool:
    return (
        base > 0
        and digits.isalnum()
        and digits.isascii()
        and all(int(digit, 36) < base for digit in digits.lower())
    )
