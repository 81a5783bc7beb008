r"""Finding the answer in a completion: the box, or the line introduced as the answer.

One pass over at most the last :data:`WINDOW` code points, so that no completion, however hostile,
takes more than linear time. What an answer *means* is left to the judge; here it is only cut out.

**Several boxes.** The last box counts, with the boxes that belong to it: two neighbours belong together
unless, between them, a sentence or a line ends and new words begin, or the second is inferred from the
first (`so`, `that is`). So a correction or a conclusion replaces what came before it (`First guess
\boxed{4}. On reflection it is \boxed{5}.` is 5), and boxes offered side by side (`\boxed{5} or \boxed{6}`)
are one answer, the list `5, 6`: right where the gold is that list, and wrong where the gold is one value.
Boxes with nothing but `=` or `equivalently` between them are one equation, and so are a box and a number
offered beside it (:mod:`~.alternatives`). More than :data:`MAX_BOXES`
different boxes is no answer but a search.

>>> extract(r"so \boxed{4}. No: it is \boxed{5}.").text
'5'
>>> extract(r"\boxed{5} or \boxed{6}").text
'5, 6'
>>> extract("so we get\nA: 42", Extraction(introductions=("A:",))).text
'42'
"""

from __future__ import annotations

import dataclasses
import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from rewards.answers.extraction.alternatives import (
    OFFERED,
    alternative,
    alternative_before,
    chained,
    may_be_offered_before,
)
from rewards.parameters import check_fields
from rewards.text.reasoning import ANY, Tags, answer_start, formats_of
from rewards.text.stop_tokens import holds_only_stop_tokens, text_end

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rewards.rollout import Batch

__all__ = [
    "MAX_BOXES",
    "WINDOW",
    "Answers",
    "Box",
    "Extracted",
    "Extraction",
    "extract",
    "extracted",
    "last_box",
]

WINDOW = 1 << 20
"""Code points at the end of a completion that are searched."""

MAX_BOXES = 16
"""Maximum number of different boxes in the answer part."""

_READ = 1024
"""Number of boxes that are read, the last ones: repetition may fill a completion with a hundred thousand."""

_NAME = r"(?:boxed|fbox)(?![a-zA-Z])"
_NAMED = re.compile(r"\\(?:boxed|fbox)")
_TOKEN = re.compile(
    rf"(?P<box>\\{_NAME})"
    rf"|\\\\(?!{_NAME})"  # a line break; but `\\boxed` is a box that was escaped once too often
    r"|\\[{}]"
    r"|(?P<open>\{)"
    r"|(?P<close>\})"
)


def _balanced(depth: int) -> str:
    """A pattern of text without boxes in it and with braces nested up to `depth` times; never backtracks."""
    inner = rf"|\{{{_balanced(depth - 1)}\}}" if depth else ""
    return rf"(?:[^{{}}\\]++|\\[^{{}}]{inner})*+"


_CONTENT = re.compile(rf"\{{({_balanced(4)})\}}")
"""The braces of a box and what is in them, unless braces in it are escaped or nested more than four times."""
_PLAIN = re.compile(
    rf"(?<![-\u2212])(?<![-\u2212 \\][ \\])\\boxed\{{([^\s\\{{}}$]++)\}}(?!{OFFERED})[^\\]{{0,256}}+\Z"
)
"""The first backslash of most answer parts and the text after it: a box with one word or number in it, and no
sign before it. This fast path takes half the time of the full search."""
_EDGES = frozenset(" \t\r\n$")
"""Characters that an answer does not begin or end with."""
_BARE = re.compile(r"[ \t]*((?:[-+]?\d(?:[\d.,/]*\d)?%?|[A-Za-z])(?![\w\\{]))")
_BLANK = re.compile(r"\s*")
_PAIRED = 4096
"""Max code points of an answer whose dollar signs are counted, for boxes within boxes to cost little."""

_SENTENCE_END = re.compile(r"[.!?](?!\w)|[。\uff01\uff1f\n]")
_COMMAND_OR_WORD = re.compile(r"\\[a-zA-Z]+|[^\W\d_]+")
_CONNECTIVES = frozenset({"and", "also", "or", "either", "和", "与", "及", "或", "或者", "以及"})
_INFERENCE = re.compile(
    r"\b(?:so|thus|therefore|hence|consequently|namely|finally|final"
    r"|gives|giving|yields|yielding|implies|implying|means|meaning|simplifies|reduces|becomes"
    r"|(?:that|which) is|in other words)\b"
    r"|\bi\.\s?e\b|\\(?:therefore|implies|Rightarrow|Longrightarrow|iff|Leftrightarrow)(?![a-zA-Z])|[⇒∴]"
    r"|所以|因此|因而|从而|于是|也就是|即|故|解得",
    re.IGNORECASE,
)
_ALTERNATIVE = re.compile(r"\b(?:or|either)\b|或", re.IGNORECASE)
_BEFORE_BOX = frozenset(" \\-\u2212")
"""Characters right before a box that has a sign: the minus, or blanks and backslashes after it."""
_COMPOUND = re.compile(r"[-+=,;<>\u2212]")
_EQUALS = re.compile(
    r"[\s$&]*=[\s$&]*|[^\w=]*(?:or\W+|which\W+)?(?:equivalently|equals)[^\w=]*", re.IGNORECASE
)


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

    tags: tuple[str, ...] = ()
    """Names of tags around an answer (`"answer"` for `<answer>…</answer>`). The last of them counts, before
    any box outside of it; a box inside of it is its answer."""

    def __post_init__(self) -> None:
        check_fields(self, "Extraction")
        formats_of(self.reasoning)


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """One box of a completion; all positions are in code points."""

    outer: tuple[int, int]
    """From the backslash to behind the closing brace."""

    inner: tuple[int, int]
    """The content, without blanks around it."""


class Extracted(NamedTuple):
    """The extracted answer: `text` is None where there is none, and `reason` says why."""

    text: str | None
    start: int = 0
    end: int = 0
    hedged: bool = False
    """Too many different answers were given; `text` is None."""
    reason: str = ""


_new = tuple.__new__  # in half the time of a call with defaults


def extract(
    completion: str,
    options: Extraction = Extraction(),
    *,
    think_prefilled: bool = False,
    turns: Sequence[tuple[int, int]] | None = None,
) -> Extracted:
    r"""The answer that `completion` gives, by `options`; `turns` are the spans of the policy's turns in it.

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
    if len(completion) > WINDOW:
        start = max(start, len(completion) - WINDOW)
    found = _from_tags(completion, start, options.tags) if options.tags else None
    if found is None and options.box:
        at = completion.find("\\", start)
        if (
            at >= 0
            and (plain := _PLAIN.match(completion, at))
            and not may_be_offered_before(completion, at)
            and not holds_only_stop_tokens(plain[1])
        ):
            return _new(Extracted, (plain[1], *plain.span(1), False, ""))
        found = _only_box(completion, start) or _from_boxes(completion, start)
        if found is not None:
            beside = completion[found[2] : found[2] + 16]
            if (
                "or" in beside
                or "或" in beside
                or may_be_offered_before(completion, completion.rfind("\\", 0, found[1]))
            ):
                return _with_alternative(completion, found)
    if found is None and options.introductions:
        found = _from_lines(completion, start, options.introductions)
    return found or Extracted(None, reason="no answer was given")


def _with_alternative(completion: str, found: Extracted) -> Extracted:
    """Return the answer chained with an alternative beside its box, as if the two were equal."""
    text = found.text
    if text is None:
        return found
    for offered in (alternative(completion, found.end), alternative_before(completion, found[1:3])):
        if offered is not None:
            text = chained(text, offered)
    return found._replace(text=text)


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
    """The answer of each completion, in what the policy wrote; found once for all rewards that look alike."""
    return batch.derive(("extracted", options), lambda batch: _extracted(batch, options))


def _extracted(batch: Batch, options: Extraction) -> Answers:
    found = texts, starts, ends, missing = Answers([], [], [], [])
    box, inside = options.box and not options.tags, options.inside_think
    reasoning, match_plain = options.reasoning, _PLAIN.match
    for row, (completion, prefilled, turns) in enumerate(
        zip(batch.policy_texts, batch.think_prefilled, batch.columns["turns"], strict=True)
    ):
        begin = 0 if inside else answer_start(completion, reasoning, prefilled, turns)
        # Most completions are as plain as this: one box in the first formula behind the reasoning.
        if (
            box
            and begin >= 0
            and len(completion) <= WINDOW
            and (at := completion.find("\\", begin)) >= 0
            and (plain := match_plain(completion, at))
            and not may_be_offered_before(completion, at)
            and not holds_only_stop_tokens(plain[1])
        ):
            text, (start, end) = plain[1], plain.span(1)
        else:
            one = _extract(completion, options, begin)
            text, start, end = one[:3]
            if text is None:
                text = one
                missing.append(row)
        texts.append(text)
        starts.append(start)
        ends.append(end)
    return found


def last_box(completion: str, *, start: int = 0) -> Box | None:
    r"""The last box with something in it, from `start` on; boxes inside a box are part of it.

    >>> last_box(r"so \boxed{5}.")
    Box(outer=(3, 12), inner=(10, 11))
    """
    start = max(start, len(completion) - WINDOW)
    only = _only_content(completion, start)
    if only is not None and (inner := _trimmed(completion, *only.span(1))) is not None:
        return Box((only.start() - len("\\boxed"), only.end()), inner)
    boxes = _boxes(completion, start)
    return boxes[-1] if boxes else None


def _boxes(text: str, start: int) -> list[Box]:
    """The outermost boxes with something in them, in order; no more than the last `_READ`."""
    named = [match.start() for match in _NAMED.finditer(text, start)][-_READ:]
    if not named:
        return []
    boxes: list[Box] = []
    open_braces: list[int | None] = []  # for each, where the box that it opens begins
    box, due = 0, -1  # the box named last, and where its brace is due
    for token in _TOKEN.finditer(text, named[0]):
        at = token.start()
        if token["box"]:
            box, due = at, _skip_blanks(text, token.end())
            if bare := _BARE.match(text, token.end()):
                boxes.append(Box((box, bare.end()), bare.span(1)))
        elif token["open"]:
            open_braces.append(box if at == due else None)
        elif token["close"] and open_braces and (begin := open_braces.pop()) is not None:
            inner = _trimmed(text, text.index("{", begin) + 1, at)
            if inner is None:
                continue
            while boxes and boxes[-1].outer[0] > begin:
                inside = boxes.pop()
                if inside.outer == inner:  # a box around nothing but a box
                    inner = inside.inner
            boxes.append(Box((begin, token.end()), inner))
    return boxes


def _only_content(text: str, start: int) -> re.Match[str] | None:
    """The braces of the only box, where that is plain to see: what most completions hold, found fast."""
    at = text.find("\\boxed", start)
    if at < 0 or text.find("\\boxed", at + 1) >= 0 or text.find("\\fbox", start) >= 0:
        return None
    return _CONTENT.match(text, at + len("\\boxed"))


def _only_box(text: str, start: int) -> Extracted | None:
    """Return the content of the only box; None if there are several, or if the fast path cannot tell."""
    content = _only_content(text, start)
    if content is None:
        return None
    answer, (begin, end) = content[1], content.span(1)
    if not answer or answer[0] in _EDGES or answer[-1] in _EDGES or holds_only_stop_tokens(answer):
        inner = _trimmed(text, begin, end)
        if inner is None:
            return None
        begin, end = inner
        answer = text[begin:end]
    at = content.start() - len("\\boxed")
    if at > 0 and text[at - 1] in _BEFORE_BOX:
        answer = _with_sign(text, at, answer)
    return _new(Extracted, (answer, begin, end, False, ""))


def _skip_blanks(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _trimmed(text: str, start: int, end: int, markup: str = "") -> tuple[int, int] | None:
    r"""`[start, end)` without blanks, dollar signs and `markup` around it; None where nothing is left.

    Dollar signs stay where more of them stand inside, as in `50 $\mathrm{cm}$`: there they come in pairs.
    Stop and padding tokens alone are nothing.
    """
    span = _stripped(text, start, end, " \t\r\n" + markup)
    if span is None:
        return None
    if span[1] - span[0] <= _PAIRED and holds_only_stop_tokens(text[slice(*span)].strip(" $")):
        return None
    if text[span[0]] != "$" and text[span[1] - 1] != "$":
        return span
    inner = _stripped(text, *span, " \t\r\n$" + markup)
    if inner is None or inner[1] - inner[0] > _PAIRED:
        return inner
    return span if text.count("$", *inner) > text.count("\\$", *inner) else inner


def _stripped(text: str, start: int, end: int, marks: str) -> tuple[int, int] | None:
    while start < end and text[start] in marks:
        start += 1
    while end > start and text[end - 1] in marks and text[end - 2 : end] not in ("\\$", "\\ "):
        end -= 1
    return (start, end) if start < end else None


def _from_boxes(completion: str, start: int) -> Extracted | None:
    boxes = _boxes(completion, start)
    if not boxes:
        return None
    texts = [completion[slice(*box.inner)] for box in boxes]
    if len(set(texts)) > MAX_BOXES:
        reason = f"{len(set(texts))} different boxes; more than {MAX_BOXES} is no answer"
        return Extracted(None, hedged=True, reason=reason)
    first = len(boxes) - 1
    joints: dict[str, str] = {}  # each different text, and what stands before it
    while first > 0:
        joint = _joint(completion[boxes[first - 1].outer[1] : boxes[first].outer[0]])
        if joint is None:
            break
        joints[texts[first]] = joint
        first -= 1
    joints.pop(texts[first], None)
    if not joints:
        return Extracted(_with_sign(completion, boxes[-1].outer[0], texts[first]), *boxes[-1].inner)
    others = "".join(joint + text for text, joint in reversed(joints.items()))
    return Extracted(texts[first] + others, boxes[first].inner[0], boxes[-1].inner[1])


def _with_sign(text: str, box: int, content: str) -> str:
    r"""Return the content of a box, with the minus sign before it, as in `x = -\boxed{3}`."""
    if not _minus_before(text, box):
        return content
    return f"-({content})" if _COMPOUND.search(content) else f"-{content}"


def _minus_before(text: str, box: int) -> bool:
    r"""Return True if a minus sign belongs to a box: after `=` or an opening `$`, not a dash in prose."""
    sign = box - 1
    while sign > 0 and text[sign] in " \\":
        sign -= 1
    if sign < 1 or text[sign] not in "-\u2212":
        return False
    if text[max(0, sign - 16) : sign].rstrip().endswith(("=", "\\(", "\\[")):
        return True
    return text[sign - 1] == "$" and text.count("$", 0, sign) % 2 == 1


def _joint(gap: str) -> str | None:
    """Return the joint of the boxes on both sides of `gap`; None where the second replaces the first."""
    if _EQUALS.fullmatch(gap):
        return " = "
    end = _SENTENCE_END.search(gap)
    if end is not None and any(True for _ in _words(gap, end.end())):
        return None
    return None if _INFERENCE.search(gap) and not _ALTERNATIVE.search(gap) else ", "


def _words(text: str, start: int) -> Iterator[str]:
    """The words from `start` on that say something: no labels, unknowns or connectives."""
    for match in _COMMAND_OR_WORD.finditer(text, start):
        word = match[0]
        if word[0] == "\\" or (len(word) == 1 and word.isascii()) or word.lower() in _CONNECTIVES:
            continue
        yield word


def _from_tags(completion: str, start: int, tags: tuple[str, ...]) -> Extracted | None:
    """Return the answer in the last pair of tags that holds something; None where there is no such pair."""
    pairs = [(completion.rfind(f"</{tag}>", start), f"<{tag}>") for tag in tags]
    close, opener = max(pairs)
    begin = completion.rfind(opener, start, close) if close >= 0 else -1
    if begin < 0:
        return None
    begin += len(opener)
    inside = completion[:close]
    if found := _from_boxes(inside, begin):
        return found
    span = _line_answer(inside, begin, close)
    return None if span is None else Extracted(completion[slice(*span)], *span)


@functools.lru_cache(maxsize=64)
def _introduction_pattern(introductions: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(introductions, key=len, reverse=True)
    words = "|".join((r"\b" if word[0].isalnum() else "") + re.escape(word) for word in longest_first)
    return re.compile(words, re.IGNORECASE)


def _from_lines(completion: str, start: int, introductions: tuple[str, ...]) -> Extracted | None:
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
    while repeated := pattern.match(completion, _skip_blanks(completion, begin), line):
        begin = repeated.end()
    span = _line_answer(completion, begin, line)
    if span is None and line < len(completion):
        # The words stood alone on their line: the answer is the next line that holds something.
        begin = _skip_blanks(completion, line)
        end = completion.find("\n", begin)
        span = _line_answer(completion, begin, end if end >= 0 else len(completion))
    if span is None:
        return None
    return Extracted(completion[slice(*span)], *span)


def _line_answer(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The line without markdown, dollar signs, a box around it all, and its last period."""
    span = _trimmed(text, start, end, "*`:\uff1a")
    if span is None:
        return None
    start, end = span
    if text[end - 1] in ".。":
        end -= 1
    for opening, closing in (("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opening, start, end) and text.endswith(closing, start, end):
            start, end = start + 2, end - 2
    span = _trimmed(text, start, end, "*`")
    if span is not None and text.startswith(("\\boxed", "\\fbox"), *span):
        boxes = _boxes(text[: span[1]], span[0])
        if len(boxes) == 1 and boxes[0].outer == span:
            return boxes[0].inner
    return span
