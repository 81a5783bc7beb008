r"""A second answer offered right beside the box: `$\boxed{8}$ or $9$`, `either $9$ or $\boxed{8}$`.

Text around a box is not read, with this exception: `or` and a number there take back what the box says. Both
are then one chain, `8 = 9`, which is right where they are the same value (`$\boxed{\frac12}$ or $0.5$`) and
wrong where they are two. Only what stands right beside the box is offered with it: `3 or 4, so it is
\boxed{8}` offers nothing.
"""

# ruff: noqa: RUF001 - full-width signs are what answers have

from __future__ import annotations

import re
from typing import Final

__all__ = ["OFFERED", "alternative", "alternative_before", "chained", "may_be_offered_before"]

OFFERED: Final = r"[\s$,(*]{0,8}+(?:or|或)"
"""A pattern of what may stand between a box and its alternative."""

_NUMBER: Final = (
    r"[-+\u2212]?(?:\\?\$)?"
    r"(?:\d{1,40}(?:,\d{3}){0,12}(?:\.\d{1,40})?(?:/\d{1,40})?|\\[dt]?frac(?:\{\d{1,40}\}\{\d{1,40}\}|\d\d)|\\sqrt\{\d{1,40}\})"
    r"(?:\\?%)?"
)
_BESIDE: Final = re.compile(
    rf"[\s$]{{0,8}}+\}}(?:\\[)\]])?{OFFERED}者?(?![a-zA-Z])[\s,]{{0,4}}+"
    r"(?:(?:maybe|perhaps|possibly|even|else)\s{1,4}+){0,2}"
    rf"[\s$]{{0,8}}+(?:\\\(\s{{0,4}}+)?({_NUMBER})[\s$]{{0,8}}+(?:\\\))?"
    r"(?=[.,;:!?)。，；！？\n]|\Z)",
    re.IGNORECASE,
)


def alternative(text: str, box_end: int) -> str | None:
    r"""The number offered beside the box whose content ends at `box_end`; None where there is none.

    >>> alternative(r"$\boxed{8}$ or maybe $9$.", 9), alternative(r"$\boxed{8}$ or 9 apples", 9)
    ('9', None)
    """
    found = _BESIDE.match(text, box_end)
    return found[1] if found else None


_REACH: Final = 240
"""Code points before a box that are searched for an alternative."""

_NEAR: Final = 32
"""Code points before a box that contain the last words before it."""
_LAYOUT: Final = " \t\r\n$*()[]{}\\,-\u2212"
_LAST_WORDS: Final = (
    *("or", "OR", "Or", "maybe", "perhaps", "possibly", "alternatively", "even", "else", "instead"),
    *("或", "者", "许", "是", "lor", "vee", "/"),
)
"""The last word before a box that has an alternative before it is one of these."""

_BETWEEN: Final = re.compile(
    r"[\s,;.*，；。]{0,8}(?:\\(?:text|mbox|mathrm|textrm)\{\s{0,4})?"
    r"(?:(?<![a-zA-Z])or(?![a-zA-Z])[\s,}]{0,4}"
    r"(?:(?:maybe|perhaps|possibly|alternatively|even|else|instead)(?![a-zA-Z])[\s,]{0,4}){0,2}"
    r"|(?:maybe|perhaps|possibly|alternatively)(?![a-zA-Z])[\s,}]{0,4}"
    r"|或(?:者|许)?是?|\\(?:lor|vee)(?![a-zA-Z])|(?P<slash>/))"
    r"[\s$*]{0,8}(?:\\[(\[])?[\s$*]{0,8}(?:[a-zA-Z]\s?=\s?)?[-\u2212]?\\(?:boxed|fbox)\s?\{[\s$]{0,8}\Z",
    re.IGNORECASE,
)
_NUMBER_BEFORE: Final = re.compile(rf"(?:\A|(?<=[\s$*(\[=:：，,])|(?<=[\u4e00-\u9fff]))({_NUMBER})\Z")
_FORMULA_BEFORE: Final = re.compile(r"(?:\$([^$]{1,120})\$|\\[(]((?:(?!\\[()]).){1,120})\\[)])\Z", re.DOTALL)
_NAME: Final = re.compile(r"\\?[a-zA-Z]{1,5}(?:_\{?\w+\}?)?(?:\([a-z]\))?")
_LETTERS: Final = re.compile(r"\\[a-zA-Z]+|[a-zA-Z]")
_OF_NUMBERS: Final = frozenset("ei") | {
    f"\\{name}"
    for name in (
        "frac",
        "dfrac",
        "tfrac",
        "sqrt",
        "pi",
        "cdot",
        "times",
        "left",
        "right",
        "binom",
        "pm",
        "log",
    )
}
"""Letters and commands that may be in an alternative that is a number."""


def may_be_offered_before(text: str, box: int) -> bool:
    """Return True if the words before the box at `box` may offer an alternative; a cheap filter."""
    last = text[max(0, box - _NEAR) : box].rstrip(_LAYOUT)
    if last.endswith("="):
        last = last[:-1].rstrip()[:-1].rstrip(_LAYOUT)
    return last.endswith(_LAST_WORDS)


def alternative_before(text: str, content: tuple[int, int]) -> str | None:
    r"""The value offered before the box that holds `content`; None where there is none.

    >>> alternative_before(r"either $8$ or $\boxed{9}$", (22, 23))
    '8'
    >>> alternative_before(r"as 8 or 9, it is $\boxed{9}$", (25, 26)) is None
    True
    """
    start = max(0, content[0] - _REACH)
    between = _BETWEEN.search(text, start, content[0])
    if between is None:
        return None
    before = text[start : between.start()].rstrip()
    if number := _NUMBER_BEFORE.search(before):
        filled_in = between["slash"] and before[: number.start()].rstrip().endswith("=")
        return None if filled_in else number[1].removeprefix("$")
    formula = _FORMULA_BEFORE.search(before)
    if formula is None or between["slash"]:
        return None
    value = (formula[1] or formula[2]).rpartition("=")[2].strip()
    if not _letters(value) or (_letters(text[slice(*content)]) and not _NAME.fullmatch(value)):
        return value
    return None


def chained(answer: str, offered: str) -> str:
    """An answer and what is offered beside it as one chain, which holds if both are the same value.

    >>> chained("8", "9"), chained("2x", "3x"), chained("x = 8", "8")
    ('8 = 9', 'y = 2x = 3x', 'x = 8')
    """
    if answer.rpartition("=")[2].strip() == offered.strip("\\$% "):
        return answer
    letters = _letters(answer) | _letters(offered)
    name = (
        ""
        if "=" in answer or not letters
        else next((f"{name} = " for name in "yzuvw" if name not in letters), "")
    )
    return f"{name}{answer} = {offered}"


def _letters(formula: str) -> set[str]:
    """The letters and commands of a formula that a number has not."""
    return set(_LETTERS.findall(formula)) - _OF_NUMBERS
