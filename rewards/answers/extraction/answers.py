r"""Finding the answer in a completion: the box, or the words stated as the answer.

What an answer *means* is left to the judge; here it is only cut out, in one pass over at most the last
:data:`~rewards.answers.extraction.boxes.WINDOW` code points.

**Several boxes.** The last box counts, with the boxes that belong to it by the table of
:mod:`~rewards.answers.extraction.joints`: a correction or a conclusion replaces what came before it (`First
guess \boxed{4}. On reflection it is \boxed{5}.` is 5), and boxes offered side by side are one answer. So
`\boxed{5} or \boxed{6}` is `5 or 6`: right where the gold is that list or equal to both, and wrong where it
is one of two values. So is what is offered beside a box (:mod:`~rewards.answers.extraction.alternatives`).
More than :data:`MAX_BOXES` different boxes is no answer but a search.

>>> extract(r"so \boxed{4}. No: it is \boxed{5}.").text
'5'
>>> extract(r"\boxed{5} or \boxed{6}").text
'5 or 6'
>>> extract("so we get\nA: 42", Extraction(introductions=("A:",))).text
'42'
>>> extract("The answer is 42.", Extraction(stated=True)).text
'42'
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.extraction.alternatives import BEHIND, chained, may_matter_before, offered_beside
from rewards.answers.extraction.boxes import CONTENT, WINDOW, boxes_in, trimmed, with_sign
from rewards.answers.extraction.formulas import REACH, is_operand, opened
from rewards.answers.extraction.joints import Meaning, joint_of
from rewards.answers.extraction.lines import introduced, line_answer
from rewards.answers.extraction.names import named
from rewards.answers.extraction.stated import stated_answer
from rewards.answers.extraction.surroundings import Effect, beside
from rewards.parameters import check_fields
from rewards.text.reasoning import ANY, Tags, answer_start, formats_of
from rewards.text.stop_tokens import LAST_CHARACTERS, text_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.answers.extraction.boxes import Box
    from rewards.rollout import Batch

__all__ = ["MAX_BOXES", "Answers", "Extracted", "Extraction", "extract", "extracted"]

MAX_BOXES: Final = 16
"""Maximum number of different boxes in the answer part."""

_ONLY: Final = re.compile(
    rf"(?<![-\u2212\u2013])(?<![-\u2212\u2013 \\$][ \\$])\\boxed\{{({CONTENT})\}}"
    rf"(?:(?=[\s$.]{{0,8}}+\Z)|(?!{BEHIND}))"
)
"""A box with no sign before it and no alternative behind it, least of all at the end of the text."""

_REACH: Final = 96
"""Code points on each side of an answer that are read for what they do to it."""

_EDGES: Final = frozenset(" \t\r\n$")
"""Characters that an answer does not begin or end with."""
_ENDS: Final = _EDGES | LAST_CHARACTERS
"""Characters at the end of a box of which something may have to be trimmed."""

_EMPTY_BOX: Final = re.compile(r"\\(?:boxed|fbox)\{\}")

_JOINING: Final = {
    Meaning.EQUALS: " = ",
    Meaning.APPROXIMATES: r" \approx ",
    Meaning.OFFERS: " or ",
    Meaning.JOINS: ", ",
    Meaning.SPANS: " to ",
}
"""The text between two boxes that are one answer."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Settings of answer extraction."""

    box: bool = True
    """In the last `\\boxed{}` or `\\fbox{}`."""

    introductions: tuple[str, ...] = ()
    """Words that introduce an answer (`"####"`, `"Answer:"`), in any case. Where there is no box, the
    last line that holds one of them counts, from the first of them to the end of the line."""

    inside_think: bool = False
    """True if answers inside the reasoning count too."""

    reasoning: str | Tags = ANY
    """The format of the reasoning: a name of :data:`rewards.text.reasoning.FORMATS`, `any` or own tags."""

    stated: bool = False
    """Where there is no box, the last statement of an answer counts: `#### 4`, `the answer is 4`, a bold last
    line (see :mod:`rewards.answers.extraction.stated`)."""

    tags: tuple[str, ...] = ()
    """Names of tags around an answer (`"answer"` for `<answer>…</answer>`). The last of them counts, before
    any box outside of it; a box inside of it is its answer."""

    def __post_init__(self) -> None:
        check_fields(self, "Extraction")
        formats_of(self.reasoning)


class Extracted(NamedTuple):
    """The extracted answer: `text` is None where there is none, and `reason` says why."""

    text: str | None
    start: int = 0
    end: int = 0
    hedged: bool = False
    """Too many different answers were given; `text` is None."""
    reason: str = ""


def extract(
    completion: str,
    options: Extraction = Extraction(),
    *,
    think_prefilled: bool = False,
    turns: Sequence[tuple[int, int]] | None = None,
) -> Extracted:
    r"""Return the answer that `completion` gives; `turns` are the spans of the policy's turns in it.

    >>> extract(r"<think> \boxed{1} </think> It is \boxed{ 2 }.")
    Extracted(text='2', start=41, end=42, hedged=False, reason='')
    """
    inside = options.inside_think
    start = 0 if inside else answer_start(completion, options.reasoning, think_prefilled, turns)
    return _extract(completion, options, start)


def _extract(completion: str, options: Extraction, start: int) -> Extracted:
    """Return the answer from `start` on, where the reasoning ends; -1 where it never does."""
    if start < 0:
        return Extracted(None, reason="the reasoning never ends")
    completion = completion[: text_end(completion, marks=True)]
    start = max(start, len(completion) - WINDOW)
    found = _from_tags(completion, start, options.tags) if options.tags else None
    if found is None and options.box:
        only = _only_box(completion, start)
        found = _from_boxes(completion, start) if only is None else Extracted(*only)
    if found is None and options.introductions:
        found = _cut(completion, introduced(completion, start, options.introductions))
    if found is None and options.stated:
        stated = stated_answer(completion, start)
        if stated is not None and stated.denied:
            return _TAKEN_BACK
        found = _cut(completion, stated and stated.span)
    return found or Extracted(None, reason="no answer was given")


_TAKEN_BACK: Final = Extracted(None, hedged=True, reason="the answer is taken back")
_CHANGED: Final = Extracted(None, hedged=True, reason="words beside the box make another value of it")


def _cut(text: str, span: tuple[int, int] | None) -> Extracted | None:
    return None if span is None else Extracted(text[slice(*span)], *span)


class Answers(NamedTuple):
    """The answers of a batch of completions, column by column."""

    texts: list[str | Extracted]
    """The answer of each; where there is none, the `Extracted` that says why."""

    starts: list[int]
    ends: list[int]
    """Start and end of each answer, in code points; 0 where there is none."""

    missing: list[int]
    """The rows without one."""


def extracted(batch: Batch, options: Extraction) -> Answers:
    """Return the answer of each completion of a batch; found once for all rewards that look alike."""
    return batch.derive(("extracted", options), lambda batch: _extracted(batch, options))


def _extracted(batch: Batch, options: Extraction) -> Answers:
    found = texts, starts, ends, missing = Answers([], [], [], [])
    box, inside, reasoning = options.box and not options.tags, options.inside_think, options.reasoning
    for completion, prefilled, turns in zip(
        batch.policy_texts, batch.think_prefilled, batch.columns["turns"], strict=True
    ):
        begin = 0 if inside else answer_start(completion, reasoning, prefilled, turns)
        plain = _only_box(completion, begin) if box and begin >= 0 and len(completion) <= WINDOW else None
        if plain is not None:
            text, start, end = plain
            texts.append(text)
        else:
            one = _extract(completion, options, begin)
            start, end = one.start, one.end
            if one.text is None:
                missing.append(len(texts))
            texts.append(one if one.text is None else one.text)
        starts.append(start)
        ends.append(end)
    return found


def _only_box(text: str, start: int) -> tuple[str, int, int] | None:
    """Return the content and the span of the only box, where that is plain to see, as in most completions.

    A fast path: None where it cannot tell, and otherwise what :func:`_from_boxes` finds.
    """
    at = text.find("box", start) - 1
    if at < 0 or text.find("box", at + 4) >= 0:
        return None
    only = _ONLY.match(text, at)
    if only is None or at < start or may_matter_before(text, at):
        return None
    if _says_more(*_around(text, at, only.end(), start)):
        return None
    content, (begin, end) = only[1], only.span(1)
    if not content or content[0] in _EDGES or content[-1] in _ENDS:
        inner = trimmed(text, begin, end)
        if inner is None:
            return None
        begin, end = inner
        content = text[begin:end]
    return content, begin, end


def _from_boxes(completion: str, start: int) -> Extracted | None:
    """Return the answer in the boxes from `start` on; nothing before it is looked at."""
    found = _boxed(completion[start:])
    if found is None or found.text is None:
        return found
    return found._replace(start=found.start + start, end=found.end + start)


def _boxed(text: str) -> Extracted | None:
    boxes = boxes_in(text)
    if not boxes:
        return None
    different = len({text[slice(*box.inner)] for box in boxes})
    if different > MAX_BOXES:
        return Extracted(
            None, hedged=True, reason=f"{different} different boxes; more than {MAX_BOXES} is no answer"
        )
    end = boxes[-1].outer[1]
    if "{}" in text[end : end + REACH]:
        text = text[:end] + _EMPTY_BOX.sub("", text[end:])
    return _joined(text, *_last_answer(text, boxes))


def _last_answer(text: str, boxes: list[Box]) -> tuple[list[Box], list[Meaning]]:
    """Return the last boxes that are one answer, and the joints between them."""
    last = boxes[-1:]
    joints: list[Meaning] = []
    for box in boxes[-2::-1]:
        meaning = joint_of(text[box.outer[1] : last[0].outer[0]]).meaning
        if meaning is Meaning.REPLACES:
            break
        if meaning is Meaning.TAKES_BACK:
            last, joints = [box], []
        else:
            last, joints = [box, *last], [meaning, *joints]
    return last, joints


def _joined(text: str, boxes: list[Box], joints: list[Meaning]) -> Extracted:
    """Return the answer of boxes that belong together, and of what is offered beside them."""
    first, last = boxes[0], boxes[-1]
    offered = offered_beside(text, first, last)
    words = beside(*_around(text, first.outer[0], last.outer[1]))
    if offered is None or (words is not None and words.effect is Effect.DENIES and not offered):
        return _TAKEN_BACK
    if words is not None and words.effect is Effect.CHANGES:
        return _CHANGED
    answer = opened(text, boxes)
    several = answer is not None
    if answer is None:
        answer, several = _listed(text, boxes, joints)
    if words is not None:
        answer = f"-({answer})" if words.effect is Effect.NEGATES else f"{answer} {words.word}".rstrip()
    for one in offered:
        answer = chained(answer, one)
    return Extracted(answer, first.inner[0] if several else last.inner[0], last.inner[1])


@functools.lru_cache(maxsize=4096)
def _says_more(before: str, behind: str) -> bool:
    """Return True if what stands around a box changes what it says."""
    return is_operand(before, behind) or beside(before, behind) is not None


def _around(text: str, first: int, last: int, start: int = 0) -> tuple[str, str]:
    """The texts before (from `start` on) and behind an answer: it may be an operand, denied or bounded."""
    return text[max(start, first - _REACH) : first], text[last : last + _REACH]


def _listed(text: str, boxes: list[Box], joints: list[Meaning]) -> tuple[str, bool]:
    """Return the contents of boxes as one answer, and True if they are several."""
    contents = [with_sign(text, box.outer[0], text[slice(*box.inner)]) for box in boxes]
    if len(boxes) > 1 and set(joints) == {Meaning.JOINS}:
        contents = named(text, boxes, contents)
    answer, seen = contents[0], {contents[0]}
    for content, meaning in zip(contents[1:], joints, strict=True):
        if content not in seen:
            seen.add(content)
            bare = content.removeprefix("\\approx") if meaning is Meaning.APPROXIMATES else content
            answer += _JOINING[meaning] + bare
    return answer, len(seen) > 1


def _from_tags(completion: str, start: int, tags: tuple[str, ...]) -> Extracted | None:
    """Return the answer in the last pair of tags that holds something; None where there is no such pair."""
    pairs = [(completion.rfind(f"</{tag}>", start), f"<{tag}>") for tag in tags]
    close, opener = max(pairs)
    begin = completion.rfind(opener, start, close) if close >= 0 else -1
    if begin < 0:
        return None
    begin += len(opener)
    inside = completion[:close]
    return _from_boxes(inside, begin) or _cut(inside, line_answer(inside, begin, close))
