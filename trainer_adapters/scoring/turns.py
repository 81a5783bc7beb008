r"""The turns of the policy in a completion that holds text of tools, of users or of an environment too.

They are told by the best evidence that a trainer passes:

- by the roles of messages (:func:`of_messages`),
- by a mask of tokens and a decoder (:func:`of_tokens`),
- by the role markers that chat templates write, and by the tags of tools (:func:`in_text`).

The last is for trainers that pass text alone. A policy that writes a tag of a tool by itself hides what
stands in it: that never earns, and no penalty for repetition or language sees it.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from rewards.text.reasoning import ANY, Tags
from rewards.text.stop_tokens import without_stop_tokens
from trainer_adapters.scoring.rows import turn_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Spans = tuple[tuple[int, int], ...]
    Decode = Callable[[Sequence[int]], str]

__all__ = ["Turns", "in_text", "joined", "of_messages", "of_tokens", "token_mask"]


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
    "DeepSeek": "<｜(?P<role>User|Assistant)｜>",  # noqa: RUF001  # their bars
    "Cohere": r"<\|START_OF_TURN_TOKEN\|><\|(?P<role>[A-Z]+)_TOKEN\|>",
    "GLM, Phi": r"<\|(?P<role>assistant|user|system|observation|tool)\|>\n?",
    "Granite": r"<\|start_of_role\|>(?P<role>\w*)[^<]{0,99}<\|end_of_role\|>",
    "MiniMax": r"\]~b\](?P<role>\w*)[^\n\]]{0,99}\n?",
}
"""The beginning of a turn in the text of each family of chat templates; `role` says whose turn it is."""

_POLICY: Final = frozenset({"assistant", "model", "chatbot", "ai", "think", "answer"})
"""The roles of the policy; `think` and `answer` are those of s1."""

_TAGS: Final[Mapping[str, str]] = {
    "<tool_response>": "</tool_response>",  # Qwen, Hermes, GLM, Nemotron
    "<|tool_response>": "<tool_response|>",  # Gemma 4
    "[TOOL_RESULTS]": "[/TOOL_RESULTS]",  # Mistral
    "[INST]": "[/INST]",
    "<｜tool▁outputs▁begin｜>": "<｜tool▁outputs▁end｜>",  # noqa: RUF001  # DeepSeek's bars
    "<｜tool▁output▁begin｜>": "<｜tool▁output▁end｜>",  # noqa: RUF001
    "<|tool_response_start|>": "<|tool_response_end|>",  # LFM 2
    "<|START_TOOL_RESULT|>": "<|END_TOOL_RESULT|>",  # Cohere
    "<interpreter>": "</interpreter>",  # ReTool
    "<information>": "</information>",  # Search-R1
}
"""The tags around text of tools, and around a turn of a user who interrupts the policy."""

_SIGNS: Final = ("<|", "<｜", "<start_of_turn>", "]~b]", *_TAGS)  # noqa: RUF001  # DeepSeek's bar
"""The beginnings of all markers."""


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


def of_messages(completion: object, name: str = "a completion", reasoning: str | Tags = ANY) -> str | Turns:
    """Return the assistant's turns of a conversation; a single message as text, which may hold text of tools.

    Args:
        completion: a text or messages.
        name: what errors call it.
        reasoning: the format in which reasoning that a parser split off a turn is put back.

    Raises:
        InvalidCallError: neither text nor messages; see :func:`trainer_adapters.scoring.rows.turn_texts`.
    """
    texts = turn_texts(completion, name, reasoning)
    alone = isinstance(completion, str) or len(completion) == len(texts) == 1  # type: ignore[arg-type]  # a list
    return texts[0] if alone else joined(texts)


def of_tokens(ids: Sequence[int], mask: Sequence[object], decode: Decode) -> Turns:
    """Return the text of each run of tokens that a mask says are the policy's, without stop tokens."""
    runs = [
        (written, decode([token for token, _ in run]))
        for written, run in groupby(zip(ids, mask, strict=True), key=lambda pair: bool(pair[1]))
    ]
    turns = joined([without_stop_tokens(text) for written, text in runs if written])
    others = [text for at, (written, text) in enumerate(runs) if at and not written and at < len(runs) - 1]
    return turns if turns.turns is None else turns._replace(before=tuple(others))


def in_text(text: str) -> Spans | None:
    r"""Return the spans of a text that the policy wrote; None where nothing in it is anybody else's.

    >>> in_text("<tool_call>6*7</tool_call><tool_response>42</tool_response>So 42")
    ((0, 26), (59, 64))
    >>> in_text("<think>6 * 7 is 42</think> 42") is None
    True
    """
    if not any(sign in text for sign in _SIGNS):  # a hundred times faster than the pattern
        return None
    spans: list[tuple[int, int]] = []
    start: int | None = 0  # of the policy's turn; None within a turn of somebody else
    at = 0
    while mark := _MARK.search(text, at):
        at = mark.end()
        if (tag := mark["tag"]) is not None:
            if start is not None and (end := _end_of_tag(text, mark, _TAGS[tag])) is not None:
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


def token_mask(ids: Sequence[int], turns: Spans, decode: Decode) -> list[bool]:
    """Return True for each token of the policy's turns in `decode(ids)`.

    The token at which a turn begins or ends is found by bisection, from the one found before.
    """
    mask = [False] * len(ids)
    token = place = 0  # place: the position in the text at which `token` begins
    for start, end in turns:
        begin = _token_at(ids, token, start - place, decode)
        after = _token_at(ids, begin, end - start, decode)
        mask[begin:after] = [True] * (after - begin)
        token, place = after, end
    return mask


def _token_at(ids: Sequence[int], first: int, length: int, decode: Decode) -> int:
    """Return the end of the fewest tokens from `first` on whose text has at least `length` characters."""
    low, high = first, len(ids)
    while low < high:
        middle = (low + high) // 2
        if len(decode(ids[first:middle])) < length:
            low = middle + 1
        else:
            high = middle
    return low


def _role(mark: re.Match[str]) -> str:
    return next((value for name, value in mark.groupdict().items() if name != "tag" and value), "").lower()


def _end_of_tag(text: str, mark: re.Match[str], closing: str) -> int | None:
    """Return the end of what a tag opens; None where it is never closed and stands within a line."""
    end = text.find(closing, mark.end())
    if end >= 0:
        return end + len(closing)
    return len(text) if mark.start() == 0 or text[mark.start() - 1] in "\n>]" else None


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


_MARK: Final = re.compile(f"(?P<tag>{'|'.join(map(re.escape, _TAGS))})|{_numbered(_HEADERS)}")
