r"""Values proposed for golds that cannot be judged, for a person to accept.

A prose gold often holds its value: `The smallest integer k is 2022.` holds 2022. Each row of
:data:`PROPOSALS` is one way of taking a value out of prose. What it takes is proposed only where the judge
can read it, and nothing is changed by itself: a proposal may drop what matters (`moving 6 m west`).

>>> propose("The smallest integer k is 2022."), propose("Monday")
(Proposal(value='2022', reason='what the sentence says'), None)
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rewards.answers.comparing.compare import check_gold, read_gold
from rewards.answers.reading.reader import Oversized, Unread
from rewards.answers.tree.syntax import Text

__all__ = ["PROPOSALS", "Proposal", "Way", "propose"]


class Proposal(NamedTuple):
    """A value proposed for a gold."""

    value: str
    reason: str


class Way(NamedTuple):
    """A way of taking a value out of prose: what the groups of the pattern hold, joined by commas."""

    reason: str
    pattern: re.Pattern[str]
    example: tuple[str, str]
    """A gold, and the value that is proposed for it."""


def _way(reason: str, pattern: str, gold: str, value: str) -> Way:
    return Way(reason, re.compile(pattern, re.IGNORECASE | re.DOTALL), (gold, value))


_NO_BOUND: Final = (
    r"(?!.{0,400}\b(?:greater|larger|more|fewer|less|than|least|most|multiples?|divi\w+|powers?|all|any"
    r"|every|each of|even|odd|not|no|if|between|exists?|order|left|right\w*|degree)\b)"
)
"""A pattern of text without the words that make a bound, a class or a move of a number: `at least 4`."""

PROPOSALS: Final = (
    _way(
        "the parts without their labels",
        r"\s*\(?(?:a|i|1)\)[\s:]*(.{1,200}?)[\s,;]*\(?(?:b|ii|2)\)[\s:]*(.{1,200}?)"
        r"(?:[\s,;]*\(?(?:c|iii|3)\)[\s:]*(.{1,200}))?",
        "(a) 41 (b) 42",
        "41, 42",
    ),
    _way(
        "what the sentence says",
        r".{0,400}\s(?:is|are|equals?|was|were|be)(?![^\W\d_]):?\s(.{1,200})",
        "The domain of the function is [-2, 3].",
        "[-2, 3]",
    ),
    _way(
        "what stands before a note",
        r"(.{1,400}?)[\s,;.$]*(?:\((?=[^()]*[^\W\d_]{3})[^()+=-]*\)"
        r"|\b(?:where|because|since|note that)\b.*|其中.*)[.\s$]*",
        r"\sqrt{2}\ (\text{the answer is not unique})",
        r"\sqrt{2}",
    ),
    _way(
        "its only formula",
        r"[^$]{0,400}\$([^$]{1,200})\$[^$\d]{0,400}",
        "Each of the boxes holds $x + 1$ apples.",
        "x + 1",
    ),
    _way(
        "its only number",
        _NO_BOUND
        + r"(?=.{0,400}[^\W\d_]{3})[^\d$=<>^_\\]{0,400}?(-?\d{1,30}(?:[.,]\d{1,30})?)[^\d$=<>^_\\]{0,400}",
        "Mr. Jackson wants to give each student 2 glue sticks.",
        "2",
    ),
)
"""The ways, in the order in which they are tried."""

_LONGEST: Final = 2000
_EDGES: Final = " \t\r\n.,;:$"
_TEXT: Final = re.compile(r"\\(?:text|mbox|textbf|textit|textrm)\s?\{([^{}]*)\}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPACE: Final = re.compile(r"\\[ ,;:!]|\\q?quad(?![a-zA-Z])|~")
_BRACE: Final = re.compile(r"(?<!\\)[{}]")


def propose(gold: str) -> Proposal | None:
    r"""Return the value that a person may accept for a gold that cannot be judged; None where none is found.

    >>> propose(r"\frac{1}{2")
    Proposal(value='\\frac{1}{2}', reason='braces completed')
    """
    if len(gold) > _LONGEST or _CONTROL.search(gold):
        return None
    opened = _BRACE.findall(gold)
    missing = opened.count("{") - opened.count("}")
    if missing == 1 and _is_value(gold + "}"):
        return Proposal(gold + "}", "braces completed")
    plain = _SPACE.sub(" ", _TEXT.sub(r" \1 ", gold)).strip(_EDGES)
    for way in PROPOSALS:
        found = way.pattern.fullmatch(plain)
        if found is None:
            continue
        parts = [part.strip(_EDGES) for part in found.groups() if part]
        if all(map(_is_value, parts)):
            return Proposal(", ".join(parts), way.reason)
        if len(parts) > 1:
            return None
        if (inner := propose(parts[0])) is not None:
            return Proposal(inner.value, f"{way.reason}, and {inner.reason}")
    return None


def _is_value(text: str) -> bool:
    """Return True if the judge reads a text as a value, and not as words."""
    reading = read_gold(text)
    return bool(text) and not isinstance(reading, (Unread, Oversized, Text)) and check_gold(text) is None
