r"""The line that words introduce as the answer: `#### 4`, `Answer: 4`.

>>> text = "2 + 2\n#### 4"
>>> text[slice(*introduced(text, 0, ("####",)))]
'4'
"""

from __future__ import annotations

import functools
import re

from rewards.answers.extraction.boxes import boxes_in, skip_blanks, trimmed

__all__ = ["introduced", "line_answer"]


def introduced(completion: str, start: int, introductions: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the span of the answer in the last line that holds one of `introductions`; None without one."""
    pattern = _introduction_pattern(introductions)
    last, word = None, ""
    line = -1
    for match in pattern.finditer(completion, start):
        # The first introduction of a line counts: what follows it on the line is all part of the answer.
        if last is None or match.start() >= line:
            last, word = match.end(), match[0]
            end = completion.find("\n", last)
            line = end if end >= 0 else len(completion)
    if last is None:
        return None
    if word[0] == "<" and (closing := completion.find(f"</{word[1:]}", last, line)) >= 0:
        line = closing
    begin = last
    while repeated := pattern.match(completion, skip_blanks(completion, begin), line):
        begin = repeated.end()
    span = line_answer(completion, begin, line)
    if span is None and line < len(completion):
        # The words stood alone on their line: the answer is the next line that holds something.
        begin = skip_blanks(completion, line)
        end = completion.find("\n", begin)
        span = line_answer(completion, begin, end if end >= 0 else len(completion))
    return span


def line_answer(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of a line without markdown, dollar signs, a box around it all, and its last period."""
    span = trimmed(text, start, end, "*`:\uff1a")
    if span is None:
        return None
    start, end = span
    if text[end - 1] in ".。":
        end -= 1
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opening, start, end) and text.endswith(closing, start, end):
            start, end = start + 2, end - 2
    span = trimmed(text, start, end, "*`")
    if span is not None and text.startswith(("\\boxed", "\\fbox"), *span):
        boxes = boxes_in(text[: span[1]], span[0])
        if len(boxes) == 1 and boxes[0].outer == span:
            return boxes[0].inner
    return span


@functools.lru_cache(maxsize=64)
def _introduction_pattern(introductions: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(introductions, key=len, reverse=True)
    words = "|".join((r"\b" if word[0].isalnum() else "") + re.escape(word) for word in longest_first)
    return re.compile(words, re.IGNORECASE)
