"""Dates and times of day, from the tokens of a whole answer."""

# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.words import MONTHS
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.numerals import ORDINALS
from rewards.answers.tree.syntax import Date, Node, Time

if TYPE_CHECKING:
    from rewards.answers.reading.tokens import Token

__all__ = ["NAMED_TIMES", "date", "iso_date", "may_be_half", "time_of_day"]

_HALVES: Final = {"noon": "pm", "midnight": "am"}
NAMED_TIMES: Final = {name: Time(12, 0, None, half) for name, half in _HALVES.items()}
"""The two times of day that have names of their own."""


def date(body: list[Token]) -> Node | None:
    """`March 5, 2021`, `5 March`, `March 2021`."""
    words = [token for token in body if token[:2] != (Kind.SEP, ",") and token.kind != Kind.STOP]
    months = [
        MONTHS[token.value.lower()]
        for token in words
        if token.kind in {Kind.TEXT, Kind.WORD} and token.value.lower() in MONTHS
    ]
    numbers = [
        int(token.value)
        for token in words
        if token.kind == Kind.NUM and token.value.isdecimal() and len(token.value) <= 4
    ]
    suffixes = sum(token.value in ORDINALS for token in words)
    if len(months) != 1 or len(numbers) + 1 + suffixes != len(words) or not 1 <= len(numbers) <= 2:
        return None
    days = [number for number in numbers if number <= 31]
    years = [number for number in numbers if number > 31]
    if len(days) > 1 or len(years) > 1:
        return None
    return Date(months[0], days[0] if days else None, years[0] if years else None)


def iso_date(body: list[Token]) -> Node | None:
    """`2019-03-07`, which would also read as a subtraction."""
    year, dash, month, other, day = body
    if dash[:2] != (Kind.OP, "-") or other[:2] != (Kind.OP, "-") or any(token.gap for token in body[1:]):
        return None
    if (
        [len(part.value) for part in (year, month, day)] != [4, 2, 2]
        or not month.value.isdecimal()
        or day.kind != Kind.NUM
    ):
        return None
    if not 1 <= int(month.value) <= 12 or not day.value.isdecimal() or not year.value.isdecimal():
        return None
    return Date(int(month.value), int(day.value), int(year.value))


def time_of_day(body: list[Token]) -> Node | None:
    """`3:00 PM`, `15:04`, `9:45 a.m.`; `2:3` stays a ratio."""
    numbers = []
    place = 0
    while (
        place < len(body)
        and body[place].kind == Kind.NUM
        and body[place].value.isdecimal()
        and len(body[place].value) <= 2
    ):
        numbers.append(body[place].value)
        place += 1
        if place < len(body) and body[place].value == ":":
            place += 1
        else:
            break
    rest = "".join(token.value.lower() for token in body[place:] if token.kind != Kind.STOP)
    if len(numbers) == 1 and rest:
        numbers.append("00")
    if len(numbers) not in {2, 3} or any(len(number) != 2 for number in numbers[1:]):
        return None
    if rest in _HALVES and int(numbers[0]) == 12 and numbers[1] == "00":
        rest = _HALVES[rest]
    if rest not in {"", "am", "pm"} or (not rest and not any(number[0] == "0" for number in numbers[1:])):
        return None
    hour, minute, *second = (int(number) for number in numbers)
    if hour > 24 or (hour == 24 and minute) or minute > 59 or (rest and not 1 <= hour <= 12):
        return None
    return Time(hour, minute, second[0] if second else None, rest)


def may_be_half(body: list[Token]) -> bool:
    """Return True if words, or `p.m.` in letters, come first."""
    first = body[0]
    return first.kind in {Kind.TEXT, Kind.WORD} or (
        first.value in {"a", "p"} and len(body) > 1 and body[1].kind == Kind.STOP
    )
