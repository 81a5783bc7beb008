"""Dates and times of day, from the tokens of a whole answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.words import MONTHS
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.numerals import ORDINALS
from rewards.answers.tree.syntax import Date, Node, Time

if TYPE_CHECKING:
    from rewards.answers.reading.tokens import Token

__all__ = ["date", "iso_date", "named_time", "time_of_day"]

_WORDS: Final = frozenset({Kind.TEXT, Kind.WORD})
_HALVES: Final = {"noon": "pm", "midnight": "am"}
"""The two times of day that have names of their own."""
_NOON: Final = 12
_MIDNIGHT: Final = 24
_LAST_DAY: Final = 31
_YEAR_DIGITS: Final = 4
_ISO: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(\d{2})")
_LONGEST: Final = 10
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?\s?(?P<half>am|pm|noon|midnight|)"
)


def date(tokens: list[Token], _: object = None) -> Node | None:
    """`March 5, 2021`, `5 March`, `March 2021`."""
    words = [token for token in tokens[:-1] if token[:2] != (Kind.SEP, ",") and token.kind != Kind.STOP]
    named = [token for token in words if token.kind in _WORDS]
    months = [MONTHS[token.value.lower()] for token in named if token.value.lower() in MONTHS]
    if len(months) != 1:
        return None
    written = [token.value for token in words if token.kind == Kind.NUM]
    suffixes = sum(token.value in ORDINALS for token in words)
    if not written or len(written) + 1 + suffixes != len(words):
        return None
    if any(not number.isdecimal() or len(number) > _YEAR_DIGITS for number in written):
        return None
    days = [int(number) for number in written if int(number) <= _LAST_DAY]
    years = [int(number) for number in written if int(number) > _LAST_DAY]
    if len(days) > 1 or len(years) > 1:
        return None
    return Date(months[0], days[0] if days else None, years[0] if years else None)


def iso_date(tokens: list[Token], _: object = None) -> Node | None:
    """`2019-03-07`, which would also read as a subtraction."""
    match = None if any(token.gap for token in tokens[1:-1]) else _ISO.fullmatch(_written(tokens))
    return Date(int(match[2]), int(match[3]), int(match[1])) if match else None


def named_time(tokens: list[Token], _: object = None) -> Node | None:
    """`noon`, `midnight`."""
    half = _HALVES.get(tokens[0].value.lower())
    return None if half is None else Time(_NOON, 0, None, half)


def time_of_day(tokens: list[Token], _: object = None) -> Node | None:
    """`3:00 PM`, `15:04`, `9:45 a.m.`, `08:32`; `2:3` and `12:34` stay ratios."""
    if tokens[1].value != ":" and tokens[1].kind not in _WORDS and tokens[1].value not in {"a", "p"}:
        return None
    match = _CLOCK.fullmatch(_written(tokens)) if len(tokens) <= _LONGEST else None
    if match is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), match["second"]
    half = match["half"]
    if half in _HALVES:
        if (hour, minute) != (_NOON, 0):
            return None
        half = _HALVES[half]
    return Time(hour, minute, int(second) if second else None, half) if _is_time(match, half) else None


def _is_time(match: re.Match[str], half: str) -> bool:
    """Return True if a clock shows it; without `am` or `pm`, only a leading zero tells it from a ratio."""
    hour = int(match["hour"])
    if half:
        return 1 <= hour <= _NOON
    written = [part for part in (match["hour"], match["minute"], match["second"]) if part]
    padded = len(written) > 1 and any(len(part) > 1 and part[0] == "0" for part in written)
    return padded and (hour < _MIDNIGHT or (hour == _MIDNIGHT and match["minute"] == "00"))


def _written(tokens: list[Token]) -> str:
    return "".join(token.value.lower() for token in tokens if token.kind not in {Kind.STOP, Kind.EOF})
