r"""The turns of the policy in a completion that holds text of tools, of users or of an environment too.

In plain text they are told by the role markers that chat templates write, and by the tags of tools
(:func:`in_text`). A policy that writes a tag of a tool by itself hides what stands in it: that never earns,
and no penalty for repetition or language sees it.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from rewards.text.reasoning import ANY, Opening, Setting, marks_of, opening_of, patterns_of
from rewards.text.stop_tokens import without_stop_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Spans = tuple[tuple[int, int], ...]

__all__ = ["TOOL_TAGS", "Turns", "in_text", "joined", "of_parts", "parts_of", "with_openers"]


class Turns(NamedTuple):
    """A completion, and its spans that the policy wrote; None where that is all of it, in one turn."""

    text: str
    turns: Spans | None
    before: tuple[str, ...] = ()
    """The text right before each turn but the first, where it is known."""

    def opened(self, openers: Sequence[str]) -> Turns:
        r"""Return the same with what the template wrote before each turn but the first: its opener.

        >>> Turns("a\nb", ((0, 1), (2, 3))).opened(["<think>"])
        Turns(text='a\n<think>b', turns=((0, 1), (2, 10)), before=())
        """
        if self.turns is None or not any(openers):
            return self
        first, *later = self.turns
        parts, spans, place = [self.text[: first[1]]], [first], first[1]
        shift = 0
        for (start, end), opener in zip(later, openers, strict=True):
            parts += (self.text[place:start], opener, self.text[start:end])
            spans.append((start + shift, end + shift + len(opener)))
            shift += len(opener)
            place = end
        return Turns("".join([*parts, self.text[place:]]), tuple(spans))


_HEADERS: Final[Mapping[str, str]] = {
    "ChatML": r"<\|im_start\|>(?P<role>[\w.]*)[^\n<]{0,99}\n?",
    "Llama 3": r"<\|start_header_id\|>(?P<role>\w*)<\|end_header_id\|>\n{0,2}",
    "harmony": r"<\|start\|>(?P<role>[\w.-]+)",
    "Gemma": r"<start_of_turn>(?P<role>\w*)\n?",
    "Gemma 4": r"<\|turn>(?P<role>\w*)\n?",
    "Kimi": r"<\|im_(?P<role>user|assistant|system)\|>[^<]{0,99}<\|im_middle\|>",
    "DeepSeek": "<｜(?P<role>User|Assistant)｜>",
    "Cohere": r"<\|START_OF_TURN_TOKEN\|><\|(?P<role>[A-Z]+)_TOKEN\|>",
    "GLM, Phi": r"<\|(?P<role>assistant|user|system|observation|tool)\|>\n?",
    "Granite": r"<\|start_of_role\|>(?P<role>\w*)[^<]{0,99}<\|end_of_role\|>",
    "MiniMax": r"\]~b\](?P<role>\w*)[^\n\]]{0,99}\n?",
}
"""The beginning of a turn in the text of each family of chat templates; `role` says whose turn it is."""

_POLICY: Final = frozenset({"assistant", "model", "chatbot", "ai", "think", "answer"})
"""The roles of the policy; `think` and `answer` are those of s1."""

TOOL_TAGS: Final[Mapping[str, str]] = {
    "<tool_response>": "</tool_response>",  # Qwen, Hermes, GLM, Nemotron
    "<|tool_response>": "<tool_response|>",  # Gemma 4
    "[TOOL_RESULTS]": "[/TOOL_RESULTS]",  # Mistral
    "[INST]": "[/INST]",
    "<｜tool▁outputs▁begin｜>": "<｜tool▁outputs▁end｜>",
    "<｜tool▁output▁begin｜>": "<｜tool▁output▁end｜>",
    "<|tool_response_start|>": "<|tool_response_end|>",  # LFM 2
    "<|START_TOOL_RESULT|>": "<|END_TOOL_RESULT|>",  # Cohere
    "<interpreter>": "</interpreter>",  # ReTool
    "<information>": "</information>",  # Search-R1
}
"""The tags around text of tools, and around a turn of a user who interrupts the policy."""

_SIGNS: Final = ("<|", "<｜", "<start_of_turn>", "]~b]", *TOOL_TAGS)
"""The beginnings of all markers."""


@functools.cache
def _signs() -> dict[str, re.Pattern[str]]:
    return patterns_of(_SIGNS)


def joined(texts: Sequence[str]) -> Turns:
    r"""Return the turns of a policy in one text, with a line break between each two.

    >>> joined(["call", "4"])
    Turns(text='call\n4', turns=((0, 4), (5, 6)), before=())
    """
    if len(texts) <= 1:
        return Turns("".join(texts), None)
    ends = np.cumsum([len(text) + 1 for text in texts]).tolist()
    spans = tuple((end - len(text) - 1, end - 1) for text, end in zip(texts, ends, strict=True))
    return Turns("\n".join(texts), spans)


def with_openers(
    said: Turns, first: Opening, reasoning: Setting = ANY, again: Opening | None = None
) -> Turns:
    """Return a completion with the openers that the template wrote before each turn but the first.

    They are told by the text before a turn, where it is known.

    Args:
        said: the completion.
        first: how the template opened the first turn.
        reasoning: the format of the reasoning, see :mod:`rewards.text.reasoning`.
        again: how it opens a turn behind a tool's result; by default as the first one.
    """
    later = (said.turns or ())[1:]
    openings = [opening_of(one, reasoning) for one in said.before] or [again or first] * len(later)
    return said.opened(
        [
            _opener(said.text[start:end], opening, reasoning)
            for (start, end), opening in zip(later, openings, strict=True)
        ]
    )


def _opener(turn: str, opening: Opening, reasoning: Setting) -> str:
    """Return the opener to put before a turn: none if it has its own, or if the template wrote none."""
    own = marks_of(turn, reasoning)
    has_own = own.opened and not (own.closed and own.closed.start < own.opened.start)
    if has_own or not opening.prefilled or opening.closed:
        return ""
    return opening.opener or marks_of(turn, reasoning, prefilled=True).format.open[-1]


def of_parts(parts: Iterable[tuple[str, bool]]) -> Turns:
    """Return the text of some parts, and the spans of those that the policy wrote.

    >>> of_parts([("call", True), ("42", False), ("so 42", True)])
    Turns(text='call42so 42', turns=((0, 4), (6, 11)), before=())
    """
    given = list(parts)
    ends = list(itertools.accumulate(len(text) for text, _ in given))
    spans = [(end - len(text), end) for (text, is_own), end in zip(given, ends, strict=True) if is_own]
    return Turns("".join(text for text, _ in given), tuple(spans))


def parts_of(text: str, turns: Sequence[tuple[int, int]] | None) -> list[tuple[str, bool]]:
    """Return the parts of a text in order, each with True if the policy wrote it.

    >>> parts_of("call42so 42", ((0, 4), (6, 11)))
    [('call', True), ('42', False), ('so 42', True)]
    """
    if turns is None:
        return [(text, True)]
    parts, at = [], 0
    for start, end in turns:
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [(part, is_own) for part, is_own in (*parts, (text[at:], False)) if part or is_own]


def in_text(text: str) -> Spans | None:
    r"""Return the spans of a text that the policy wrote; None where nothing in it is anybody else's.

    >>> in_text("<tool_call>6*7</tool_call><tool_response>42</tool_response>So 42")
    ((0, 26), (59, 64))
    >>> in_text("<think>6 * 7 is 42</think> 42") is None
    True
    """
    markers = _Markers(text)
    spans: list[tuple[int, int]] = []
    start: int | None = 0  # of the policy's turn; None within a turn of somebody else
    at = 0
    while mark := markers.next(at):
        at = mark.end()
        if mark["tag"] is not None:
            if start is not None and (end := markers.end_of(mark)) is not None:
                spans.append((start, mark.start()))
                start = at = end
        elif _role(mark) not in _POLICY:
            if start is not None:
                spans.append((start, mark.start()))
            start = None
        elif start is None:
            start = at
    if not spans and start == 0:
        return None
    if start is not None:
        spans.append((start, len(text)))
    return tuple((start, _without_end(text, start, end)) for start, end in spans if start < end)


def _role(mark: re.Match[str]) -> str:
    return next((value for name, value in mark.groupdict().items() if name != "tag" and value), "").lower()


class _Markers:
    """The markers of a text, read in order, in linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._signs = [(one, one.search(text)) for first, one in _signs().items() if first in text]
        self._unclosed: set[str] = set()

    def next(self, at: int) -> re.Match[str] | None:
        """Return the first marker at or behind `at`, which may not lie before that of an earlier call."""
        while True:
            # What begins like a marker is found a hundred times as fast as by the pattern of all markers.
            self._signs = [
                (one, one.search(self._text, at) if sign.start() < at else sign)
                for one, sign in self._signs
                if sign is not None
            ]
            starts = [sign.start() for _, sign in self._signs if sign is not None]
            if not starts:
                return None
            if marker := _MARK.match(self._text, min(starts)):
                return marker
            at = min(starts) + 1

    def end_of(self, mark: re.Match[str]) -> int | None:
        """Return the end of what a tag opens; None where it is never closed and stands within a line."""
        closing = TOOL_TAGS[mark["tag"]]
        end = -1 if closing in self._unclosed else self._text.find(closing, mark.end())
        if end >= 0:
            return end + len(closing)
        self._unclosed.add(closing)
        is_first = mark.start() == 0 or self._text[mark.start() - 1] in "\n>]"
        return len(self._text) if is_first else None


def _without_end(text: str, start: int, end: int) -> int:
    """Return the end of a turn without the stop tokens and the blanks that end it."""
    turn = text[start:end].rstrip()
    kept = without_stop_tokens(turn)
    return end if kept == turn else start + len(kept)


def _numbered(patterns: Mapping[str, str]) -> str:
    """Return one pattern of several, whose groups `role` get different names."""
    return "|".join(
        pattern.replace("?P<role>", f"?P<role{number}>") for number, pattern in enumerate(patterns.values())
    )


_MARK: Final = re.compile(f"(?P<tag>{'|'.join(map(re.escape, TOOL_TAGS))})|{_numbered(_HEADERS)}")
