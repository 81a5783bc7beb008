r"""Answers stated without a box: `#### 4`, `the answer is 4`, a bold last line.

The last statement counts, up to the end of its sentence, and all of it: `the answer is 4 or 5` is no 4. A
statement that is denied (`the answer is not 4`) leaves no answer, and one that is only supposed (`if the
answer is 4`) is none.

>>> text = "So x = 3.5, and the answer is 3.5. Check: 3.5 + 1 = 4.5."
>>> found = stated_answer(text, 0)
>>> text[slice(*found.span)]
'3.5'
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rewards.answers.extraction.boxes import skip_blanks, trimmed
from rewards.answers.extraction.joints import CORRECTION
from rewards.answers.extraction.lines import line_answer

__all__ = ["STATEMENTS", "Stated", "Statement", "stated_answer"]


class Statement(NamedTuple):
    """A way of stating an answer."""

    name: str
    pattern: str
    """The words before the answer."""
    example: str
    """A completion that states 4 in this way."""


STATEMENTS: Final = (
    Statement("hashes", r"(?<![#\w])####(?!#)", "2 + 2 = 4\n#### 4"),
    Statement(
        "sentence",
        r"(?:\b(?:the|our|my)\s|(?<![\w'’])(?<![\w'’][ \t])(?:(?:so|thus|hence|therefore|and|then),?\s)?)"
        r"(?:(?:final|correct|required|exact)\s){0,2}answer"
        r"(?:\s(?:to|for)\s(?:the|this)\s(?:question|problem|equation|exercise)(?:\sabove)?)?"
        r"(?:\s(?:is|=|must be)|\**\s?[:：]\**)"
        r"(?:\s(?:therefore|thus|simply|then|indeed))?(?:\sequal to)?:?(?!\w)",
        "So the answer is 4.",
    ),
    Statement("heading", r"^[#*\s]{0,8}(?:final )?answer[*:\s]{0,8}$", "**Final answer**\n\n$4$"),
    Statement("abbreviation", r"(?:^|(?<=[.\s*]))ans\s?[:=]", "2 + 2. Ans: 4"),
    Statement("Chinese", r"(?:【答案】|答案应?该?就?(?:是|为|[:：]))[:：]?", "所以答案是4。"),
    Statement("bold last line", r"^\*\*(?=[^*\n]{1,200}\*\*[.。]?\s*\Z)", "We add them.\n\n**4**"),
)
"""The ways of stating an answer."""

_STATEMENT: Final = re.compile(
    "|".join(f"(?:{one.pattern})" for one in STATEMENTS), re.IGNORECASE | re.MULTILINE
)
_SENTENCE_END: Final = re.compile(
    r"[.!?](?=[\s*$]|\\[)\]]|\Z)|[。！？\n]|<(?=\||eoa>)|,?\s(?=(?:because|since)\b)", re.IGNORECASE
)
_SUPPOSED: Final = re.compile(
    r"\b(?:if|whether|suppose|supposing|assume|assuming|guess|unless|should|could|might|would|may)\b|如果|假设|若",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(
    r"\b(?:not|never|cannot|no one|nobody|doubt|wrong|incorrect|false|deny)\b|n['’]t\b|不|错",
    re.IGNORECASE,
)
_DENIAL: Final = re.compile(r"[\s*]{0,8}(?:not\b|never\b|不)", re.IGNORECASE)
_TAKEN_BACK: Final = re.compile(
    rf"[\s.。!*$]{{0,8}}(?:(?:or|alternatively|maybe|perhaps)\b|或|{CORRECTION})", re.IGNORECASE
)
_DISPLAYS: Final = (("\\[", "\\]"), ("$$", "$$"))
_REACH: Final = 240
"""Code points before a statement that are searched for the beginning of its sentence."""
_TRIED: Final = 64
"""Statements that are looked at, the last ones."""


class Stated(NamedTuple):
    """The last statement of an answer: its span, or None where it is denied."""

    span: tuple[int, int] | None

    @property
    def denied(self) -> bool:
        """True if the statement is denied or taken back."""
        return self.span is None


def stated_answer(text: str, start: int = 0) -> Stated | None:
    """Return the last statement of an answer in `text` from `start` on; None where there is none.

    >>> stated_answer("The answer is not 4."), stated_answer("4 apples")
    (Stated(span=None), None)
    """
    statements = [match.span() for match in _STATEMENT.finditer(text, start)]
    for at, end in statements[: -_TRIED - 1 : -1]:
        begin = _sentence_begin(text, at, start)
        first = next((one for one in statements[-_TRIED:] if begin <= one[0]), (at, end))
        before = text[begin : first[0]]
        if _SUPPOSED.search(before):
            continue
        span = _value(text, first[1])
        if span is not None:
            taken_back = _DENIED.search(before) or _DENIAL.match(text, first[1])
            return Stated(None if taken_back or _TAKEN_BACK.match(text, span[1]) else span)
    return None


def _sentence_begin(text: str, at: int, start: int) -> int:
    """Return the beginning of the sentence at `at`."""
    begin = max(start, at - _REACH)
    return max((match.end() for match in _SENTENCE_END.finditer(text, begin, at)), default=begin)


def _value(text: str, begin: int) -> tuple[int, int] | None:
    """Return the span of what is stated from `begin` on, up to the end of its sentence."""
    while repeated := _STATEMENT.match(text, skip_blanks(text, begin)):
        begin = repeated.end()
    first = skip_blanks(text, begin)
    while text.startswith("*", first):
        first = skip_blanks(text, first + 1)
    for opening, closing in _DISPLAYS:
        if text.startswith(opening, first) and (end := text.find(closing, first + 2, first + _REACH)) >= 0:
            return trimmed(text, first + 2, end)
    sentence = _SENTENCE_END.search(text, first)
    return line_answer(text, first, sentence.start() if sentence else len(text))
