r"""Reasoning as models write it: the table of their formats, and where the reasoning of a text stands.

A format is a pair of marks, an opener and a closer. Every reward that tells reasoning from the answer takes
the marks from here. The default of their setting `reasoning` is :data:`ANY`: the format in which a text is
written is that of its first opener, or, where the chat template wrote the opener, of its first closer.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rewards.errors import InvalidParameterError
from rewards.messages import did_you_mean
from rewards.parameters import check_fields, require, usable_in_hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "ANY",
    "FORMATS",
    "Format",
    "Mark",
    "Marks",
    "Opening",
    "Tags",
    "answer_start",
    "formats_of",
    "marks_of",
    "may_hold_marks",
    "opening_of",
    "patterns_of",
    "setting_of",
    "wrapped",
]

ANY: Final = "any"
"""The setting under which a text may be written in any format of the table."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """A pair of marks of one's own, for a format that is not in the table."""

    open: str
    close: str

    def __post_init__(self) -> None:
        check_fields(self, "Tags")
        usable = bool(self.open.strip() and self.close.strip()) and self.open != self.close
        require(usable, f"reasoning has the tags {self.open!r} and {self.close!r}; give two that differ")


usable_in_hints(Tags)

Setting: TypeAlias = str | Tags


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """The marks around the reasoning of one family of models."""

    name: str
    open: tuple[str, ...]
    """The spellings of the opener; of two that begin alike, the longer one first."""

    close: tuple[str, ...]
    """The spellings of the closer, behind which the answer stands."""

    turn_close: tuple[str, ...] = ()
    """Further marks that close the reasoning of a turn which calls a tool."""

    repeats: bool = False
    """True if reasoning may be opened again before it is closed: it comes in several messages."""


_START: Final = "<|start|>assistant"
_ANALYSIS: Final = "<|channel|>analysis<|message|>"
_COMMENTARY: Final = "<|channel|>commentary"
_FINAL: Final = "<|channel|>final<|message|>"

FORMATS: Final = {
    one.name: one
    for one in (
        # DeepSeek-R1, Qwen3, QwQ, GLM-4.5, Nemotron 3, Phi-4-reasoning, Kimi-K2-Thinking, SmolLM3, Olmo 3
        Format("think", ("<think>",), ("</think>",)),
        # Magistral from 2507 on, Ministral 3 Reasoning
        Format("magistral", ("[THINK]",), ("[/THINK]",)),
        # Kimi-VL-Thinking
        Format("kimi", ("◁think▷",), ("◁/think▷",)),
        # Seed-OSS
        Format("seed", ("<seed:think>",), ("</seed:think>",)),
        # gpt-oss: reasoning and calls of tools are messages in channels, and the final channel is the answer
        Format(
            "harmony",
            (_START + _ANALYSIS, _ANALYSIS, _START + _COMMENTARY, _COMMENTARY),
            (f"<|end|>{_START}{_FINAL}", _START + _FINAL, _FINAL),
            turn_close=("<|end|>", "<|call|>"),
            repeats=True,
        ),
        # Gemma 4
        Format("gemma", ("<|channel>thought\n", "<|channel>thought"), ("<channel|>",)),
        # Command A Reasoning
        Format("command", ("<|START_THINKING|>",), ("<|END_THINKING|>",)),
        # MiniMax-M3
        Format("minimax", ("<mm:think>",), ("</mm:think>",)),
        # LongCat-Flash-Thinking
        Format("longcat", ("<longcat_think>",), ("</longcat_think>",)),
        # Solar Open 2
        Format("solar", ("<|think:start|>",), ("<|think:end|>",)),
        # Apertus
        Format("apertus", ("<|inner_prefix|>",), ("<|inner_suffix|>",)),
        # EXAONE Deep
        Format("thought", ("<thought>",), ("</thought>",)),
        # Prompts that ask for it by these words, as in Unsloth's notebooks
        Format("thinking", ("<thinking>",), ("</thinking>",)),
        Format("reasoning", ("<reasoning>",), ("</reasoning>",)),
        Format("working_out", ("<start_working_out>",), ("<end_working_out>",)),
    )
}
"""The formats by name. Their marks are those of the chat templates of the models named, and of the reasoning
parsers of vLLM."""


def formats_of(reasoning: Setting) -> tuple[Format, ...]:
    """Return the formats that a setting allows, the one to fall back on first.

    Raises:
        InvalidParameterError: a name that is not in the table.

    >>> [one.name for one in formats_of("kimi")]
    ['kimi']
    """
    if isinstance(reasoning, Tags):
        return (Format("own", (reasoning.open,), (reasoning.close,)),)
    if reasoning == ANY:
        return _ALL
    if (one := FORMATS.get(reasoning)) is not None:
        return (one,)
    known = (ANY, *FORMATS)
    message = (
        f"reasoning is {reasoning!r}, which is no known format{did_you_mean(reasoning, known)}; known are "
        f"{', '.join(known)}, or give your own tags as open and close"
    )
    raise InvalidParameterError(message)


_ALL: Final = tuple(FORMATS.values())


def setting_of(given: object) -> Setting:
    """Return the setting that a configuration file gives: a name, or own tags as a mapping.

    Raises:
        InvalidParameterError: anything else, or a name that is not in the table.

    >>> setting_of({"open": "<scratch>", "close": "</scratch>"})
    Tags(open='<scratch>', close='</scratch>')
    """
    if isinstance(given, Mapping) and set(given) == {"open", "close"}:
        given = Tags(open=given["open"], close=given["close"])
    fits = isinstance(given, (str, Tags))
    require(fits, f"reasoning is {given!r}; it must be the name of a format, or a mapping of open and close")
    formats_of(given)  # type: ignore[arg-type]  # as was just made sure
    return given  # type: ignore[return-value]


class Mark(NamedTuple):
    """A mark in a text, at `[start, end)` in code points."""

    start: int
    end: int
    format: Format
    opens: bool


class Marks(NamedTuple):
    """The marks of one format in a text, those that a reader of reasoning needs; None where there is none.

    Where the chat template wrote the opener, `opened` stands at `[0, 0)`.
    """

    format: Format
    opened: Mark | None
    reopened: Mark | None
    """The next opener that may not stand there: any further one, or, in formats whose reasoning comes in
    several messages, one behind the closer."""

    closed: Mark | None
    """The first closer."""

    closed_behind: Mark | None
    """The first closer behind the opener."""

    reclosed: Mark | None
    """The second closer."""

    last_closed: Mark | None


class _Table(NamedTuple):
    """The marks of some formats, to search for."""

    patterns: dict[str, re.Pattern[str]]
    """See :func:`patterns_of`."""

    roles: dict[str, tuple[Format, bool]]
    """The format of each mark, and True if the mark opens its reasoning."""

    longest: int
    """Code points of the longest mark."""


def _table(formats: tuple[Format, ...]) -> _Table:
    """Return the table of some formats; that of all is remembered apart, since to hash them takes a while."""
    return _table_of_all() if formats is _ALL else _table_of(formats)


@functools.cache
def _table_of_all() -> _Table:
    return _table_of(_ALL)


@functools.lru_cache(maxsize=256)
def _table_of(formats: tuple[Format, ...]) -> _Table:
    roles = {
        **{text: (one, True) for one in formats for text in one.open},
        **{text: (one, False) for one in formats for text in one.close},
    }
    return _Table(patterns_of(roles), roles, max(map(len, roles)))


def patterns_of(texts: Iterable[str]) -> dict[str, re.Pattern[str]]:
    """Return a pattern of the texts that begin with each character, the longest first.

    It is searched for at the speed of a look for that character, and what does not go on like one of the
    texts is passed over at its second character.
    """
    rests: dict[str, list[str]] = {}
    for text in sorted(texts, key=len, reverse=True):
        rests.setdefault(text[0], []).append(text[1:])
    patterns = {}
    for first, rest in rests.items():
        seconds = "".join(sorted({re.escape(text[:1]) for text in rest}))
        ahead = f"(?=[{seconds}])" if all(rest) else ""
        patterns[first] = re.compile(f"{re.escape(first)}{ahead}(?:{'|'.join(map(re.escape, rest))})")
    return patterns


@functools.lru_cache(maxsize=256)
def _closers(one: Format) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, one.close)))


_FIRST_STRETCH: Final = 1024
"""Code points that are searched at first: reasoning mostly opens at the beginning of a text."""


class _Reader:
    """A reader of the marks of some formats in a text, from any place on."""

    def __init__(self, text: str, formats: tuple[Format, ...]) -> None:
        patterns, self._roles, self._longest = _table(formats)
        self._text = text
        self._patterns = [one for first, one in patterns.items() if first in text]

    def mark(self, start: int) -> Mark | None:
        """Return the first mark at or behind `start`."""
        stretch = _FIRST_STRETCH
        while start < len(self._text):
            end = start + stretch
            found = [one.search(self._text, start, end + self._longest) for one in self._patterns]
            matches = [match for match in found if match is not None and match.start() < end]
            if matches:
                match = matches[0] if len(matches) == 1 else min(matches, key=re.Match.start)
                return Mark(match.start(), match.end(), *self._roles[match[0]])
            start, stretch = end, 4 * stretch
        return None


def _marks(text: str, formats: tuple[Format, ...]) -> Iterator[Mark]:
    """Iterate over the marks of `formats` in a text, in order."""
    reader, start = _Reader(text, formats), 0
    while mark := reader.mark(start):
        yield mark
        start = mark.end


def marks_of(text: str, reasoning: Setting = ANY, *, prefilled: bool = False) -> Marks:
    """Return the marks of the format in which a text is written.

    Args:
        text: a completion, or one turn of it.
        reasoning: the setting, see :func:`formats_of`.
        prefilled: True if the chat template wrote the opener.

    >>> marks = marks_of("[THINK]2 + 2[/THINK]4")
    >>> marks.format.name, marks.opened.end, marks.closed.start
    ('magistral', 7, 12)
    """
    formats = formats_of(reasoning)
    one = formats[0]
    if len(formats) > 1:
        one = next((mark.format for mark in _marks(text, formats) if mark.opens is not prefilled), one)
    opened = Mark(0, 0, one, opens=True) if prefilled else None
    reopened = closed = behind = reclosed = last = None
    for mark in _marks(text, (one,)):
        if not mark.opens:
            reclosed = reclosed or (mark if closed else None)
            behind = behind or (mark if opened else None)
            closed, last = closed or mark, mark
        elif opened is None:
            opened = mark
        elif reopened is None and (closed or not one.repeats):
            reopened = mark
    return Marks(one, opened, reopened, closed, behind, reclosed, last)


def answer_start(text: str, reasoning: Setting = ANY, *, prefilled: bool = False) -> int:
    """Return the start of a text's answer part, behind all reasoning; -1 where reasoning never ends.

    >>> answer_start("<think>2 + 2</think> 4"), answer_start("[THINK]2 + 2"), answer_start("4")
    (20, -1, 0)
    """
    if reasoning == ANY and not may_hold_marks(text):
        return -1 if prefilled else 0
    reader, start, at = _Reader(text, formats_of(reasoning)), 0, 0
    while mark := reader.mark(at):
        # Inside of reasoning only its own closer counts: it may speak of other marks.
        closer = _closers(mark.format).search(text, mark.end) if mark.opens else None
        if mark.opens and closer is None:
            return -1
        start = at = closer.end() if closer else mark.end
    return -1 if prefilled and not start else start


def may_hold_marks(text: str) -> bool:
    """Return False if no mark of the table can be in a text: a cheap filter.

    >>> may_hold_marks("so [0, 1) it is"), may_hold_marks("[THINK]")
    (False, True)
    """
    return ">" in text or ("]" in text and "THINK]" in text) or "▷" in text


class Opening(NamedTuple):
    """The end of a prompt, as far as reasoning goes."""

    prefilled: bool = False
    """True if it ends in an opener: the completion begins inside the reasoning."""

    closed: str = ""
    """An empty reasoning at its end, opener and closer, by which a template says not to think."""


def opening_of(prompt: str, reasoning: Setting = ANY) -> Opening:
    r"""Return whether the end of a prompt opens the reasoning, or opens and closes it.

    Args:
        prompt: the prompt's own text, the generation prompt of the chat template at its end.
        reasoning: the setting, see :func:`formats_of`.

    >>> opening_of("2 + 2?<|im_end|>\n<|im_start|>assistant\n<think>\n")
    Opening(prefilled=True, closed='')
    >>> opening_of("2 + 2?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n").closed
    '<think>\n\n</think>\n\n'
    """
    end = prompt.rstrip()
    for one in formats_of(reasoning):
        if end.endswith(tuple(text.rstrip() for text in one.open)):
            return Opening(prefilled=True)
        for close in one.close:
            if not end.endswith(close):
                continue
            before = end.removesuffix(close).rstrip()
            for text in one.open:
                if before.endswith(text.rstrip()):
                    return Opening(closed=prompt[len(before) - len(text.rstrip()) :])
    return Opening()


def wrapped(thought: str, answer: str, reasoning: Setting = ANY) -> str:
    """Return reasoning and an answer as one text, in the first format that a setting allows.

    >>> wrapped("2 + 2", "4"), wrapped("2 + 2", "4", "magistral")
    ('<think>2 + 2</think>4', '[THINK]2 + 2[/THINK]4')
    """
    one = formats_of(reasoning)[0]
    return f"{one.open[0]}{thought}{one.close[0]}{answer}"
