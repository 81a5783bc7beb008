r"""The joints of boxes: the meaning of the words between two boxes, as one ordered table.

The text between two boxes is a *gap*. The first row of :data:`JOINTS` whose pattern is found in a gap says
what the second box is to the first: another part of one answer, an alternative, the same value once more, or
its correction.

>>> joint_of("$ or $").meaning, joint_of(". No: it is ").name
(<Meaning.OFFERS: 'offers'>, 'correction')
"""

from __future__ import annotations

import enum
import re
from typing import Final, NamedTuple

__all__ = ["CORRECTION", "JOINTS", "OR", "Joint", "Meaning", "joint_of"]


class Meaning(enum.Enum):
    """The meaning of a gap for the boxes on both sides of it."""

    REPLACES = "replaces"
    """The second box stands for the first."""
    TAKES_BACK = "takes back"
    """The second box is denied; the first stands."""
    EQUALS = "equals"
    APPROXIMATES = "approximates"
    OFFERS = "offers"
    """Two answers to choose from: right only as the list of both, or where both are equal to the gold."""
    JOINS = "joins"
    """Parts of one answer."""
    SPANS = "spans"
    """The two ends of a range."""


class Joint(NamedTuple):
    """A row of the table."""

    name: str
    pattern: re.Pattern[str]
    meaning: Meaning
    reason: str
    example: str
    """A completion with two boxes, of 4 and of 5, joined in this way."""


_SENTENCE_END: Final = r"(?:[.!?](?!\w)|[。！？\n])"
_CONNECTIVE: Final = r"(?:and|also|or|either|和|与|及|或|或者|以及)(?![^\W\d_])"
_WORD: Final = rf"(?<![^\W\d_])(?<!\\)(?!{_CONNECTIVE})(?![a-zA-Z](?![^\W\d_]))[^\W\d_]"
"""The beginning of a word that says something: no command, no name of one letter and no connective."""
_LAYOUT: Final = r"[\s$*&,:({\[\\]{0,16}"

_SECOND_THOUGHT: Final = (
    r"(?:(?:or|alternatively|maybe|perhaps|possibly|otherwise"
    r"|if (?:not|that|this|it|[^.,!?\n]{1,30},\s{0,4}(?=[$\\]|\Z))"
    r"|(?:(?:it|this|that|the answer) )?(?:could|might|may) (?:also )?be"
    r"|(?:option|answer|possibility|guess|choice)\s?\w\b)(?![a-zA-Z])"
    r"|another (?:possib\w{2,5}|option|answer|solution)|或者?|也可能|另一)"
)
"""The beginning of a sentence that offers another answer."""

OR: Final = r"(?:\b(?:or|either)\b|或|也可能)"
"""A word between two answers to choose from."""

CORRECTION: Final = (
    r"(?:\b(?:correction|wait|no|sorry|oops)\b\s{0,4}(?:[,.:;!\u2013\u2014-]|\Z)"
    r"|\bactually\b|\bor rather\b(?! than)|\bi mean[t]?\b|\bscratch that\b"
    r"|\bon second thoughts?\b|\bon reflection\b|\bmy mistake\b"
    r"|\b(?:is|was) (?:wrong|incorrect|a mistake)\b|更正|不对|错了|其实|等等|应该是)"
)
"""Words that take back what was said before them."""


def _row(name: str, meaning: Meaning, pattern: str, reason: str, example: str) -> Joint:
    return Joint(name, re.compile(pattern, re.IGNORECASE | re.DOTALL), meaning, reason, example)


JOINTS: Final = (
    _row(
        "equation",
        Meaning.EQUALS,
        r"\A(?:[\s$&]*=[\s$&]*|[^\w=]*(?:or\W+|which\W+)?(?:equivalently|equals)[^\w=]*)\Z",
        "both sides of one equation",
        r"$\boxed{4} = \boxed{5}$",
    ),
    _row(
        "approximation",
        Meaning.APPROXIMATES,
        rf"\A[\s$*&,;]*(?:\\approx|\\simeq|≈|约等于|约为"
        rf"|(?:or |which is |that is )?(?:approximately|about|roughly|numerically)){_LAYOUT}\Z",
        "an exact value, and the decimal that it is near to",
        r"$\boxed{4} \approx \boxed{5}$",
    ),
    _row(
        "range",
        Meaning.SPANS,
        r"\A[\s$*]*(?:to|through)[\s$*]*\Z",
        "the ends of a range are no list",
        r"from \boxed{4} to \boxed{5}",
    ),
    _row(
        "denial",
        Meaning.TAKES_BACK,
        rf"(?:(?<![^\W\d_])(?:not|rather than|instead of)|而不是|不是){_LAYOUT}\Z",
        "the second box is said not to be the answer",
        r"\boxed{4}, not \boxed{5}",
    ),
    _row(
        "correction",
        Meaning.REPLACES,
        CORRECTION,
        "the first box is taken back",
        r"\boxed{4} Correction: \boxed{5}",
    ),
    _row(
        "second thought",
        Meaning.OFFERS,
        rf"{_SENTENCE_END}[\s$*]{{0,8}}{_SECOND_THOUGHT}[^.!?\n。]{{0,60}}\Z",
        "a sentence that offers another answer takes nothing back",
        r"\boxed{4}. Or maybe it is \boxed{5}",
    ),
    _row(
        "sentence",
        Meaning.REPLACES,
        rf"\A(?:(?!{_SENTENCE_END}).)*+{_SENTENCE_END}(?:(?!{_WORD}).)*+{_WORD}",
        "a sentence or a line ends, and new words begin",
        "Step 1: \\boxed{4}\nSo the total is \\boxed{5}",
    ),
    _row("choice", Meaning.OFFERS, OR, "two answers to choose from", r"\boxed{4} or \boxed{5}"),
    _row(
        "conclusion",
        Meaning.REPLACES,
        r"\b(?:so|thus|therefore|hence|consequently|namely|finally|final"
        r"|gives|giving|yields|yielding|implies|implying|means|meaning|simplifies|reduces|becomes"
        r"|(?:that|which) is|in other words)\b"
        r"|\bi\.\s?e\b|\\(?:therefore|implies|Rightarrow|Longrightarrow|iff|Leftrightarrow)(?![a-zA-Z])|[⇒∴]"
        r"|所以|因此|因而|从而|于是|也就是|即|故|解得",
        "the second box is inferred from the first",
        r"\boxed{4}, so \boxed{5}",
    ),
    _row("list", Meaning.JOINS, r"\A", "parts of one answer", r"\boxed{4} and \boxed{5}"),
)
"""The joints; the first whose pattern is found in a gap counts, and the last is found in any."""


def joint_of(gap: str) -> Joint:
    """Return the joint of the boxes on both sides of `gap`.

    >>> joint_of(" and also ").meaning, joint_of(", that is, ").meaning
    (<Meaning.JOINS: 'joins'>, <Meaning.REPLACES: 'replaces'>)
    """
    return next(joint for joint in JOINTS if joint.pattern.search(gap))
