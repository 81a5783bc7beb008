r"""Reasoning as models write it: the table of their formats, and where the reasoning of a text stands.

A format is a pair of marks, an opener and a closer. Every reward that tells reasoning from the answer takes
the marks from here. The default of their setting `reasoning` is :data:`ANY`: the format in which a text is
written is that of its first mark, or, where the chat template wrote the opener, of its first closer.
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
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "ANSWER_FRAMES",
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


@dataclasses.dataclass(frozen=True, slots=True, eq=False)  # each is one, and hashed at every text
class Format:
    """The marks around the reasoning of one family of models."""

    name: str
    open: tuple[str, ...]
    """The spellings of the opener; of two that begin alike, the longer one first."""

    close: tuple[str, ...]
    """The spellings of the closer, behind which the answer stands; the longer first, as above."""

    turn_close: tuple[str, ...] = ()
    """Further marks that close the reasoning of a turn which calls a tool."""

    repeats: bool = False
    """True if reasoning may be opened again before it is closed: it comes in several messages."""

    by_name: bool = False
    """True if texts of other models hold such marks as well, words of prose for example: the format is read
    only where a setting names it, and its opener only at the beginning of a turn."""


def _messages(open_: str, end: str, begin: str, answer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the openers and closers of reasoning that is a message of its own, with and without header."""
    return (begin + open_, open_), (end + begin + answer, begin + answer, answer)


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
        # Kimi-K3
        Format(
            "kimi_k3",
            ("<|open|>think<|sep|>",),
            ("<|close|>think<|sep|><|open|>response<|sep|>", "<|close|>think<|sep|>"),
        ),
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
        # gpt-oss, decoded without special tokens
        Format(
            "harmony_text",
            ("assistantanalysis", "analysis", "assistantcommentary", "commentary"),
            ("assistantfinal",),
            by_name=True,
        ),
        # Solar Open 100B
        Format(
            "solar_open",
            *_messages("<|think|>", "<|end|>", "<|begin|>assistant", "<|content|>"),
            turn_close=("<|end|>", "<|calls|>"),
            repeats=True,
        ),
        # Inkling
        Format(
            "inkling",
            *_messages("<|content_thinking|>", "<|end_message|>", "<|message_model|>", "<|content_text|>"),
            turn_close=("<|end_message|>",),
            repeats=True,
        ),
        # Muse Glimmer
        Format(
            "muse",
            *_messages(" to=self<|message|>", "<|eom|>", _START, " to=user<|message|>"),
            turn_close=("<|eom|>", "<|eot|>"),
            repeats=True,
        ),
        # Gemma 4
        Format("gemma", ("<|channel>thought\n", "<|channel>thought", "<|channel>"), ("<channel|>",)),
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
        # PLaMo 3
        Format("plamo", ("<|plamo:begin_think:plamo|>",), ("<|plamo:end_think:plamo|>",)),
        # openPangu
        Format("pangu", ("[unused16]",), ("[unused17]",)),
        # K2-V2 and K2 Horizon, by their reasoning effort; K2-V2's highest one is `think`
        Format("think_fast", ("<think_fast>",), ("</think_fast>",)),
        Format("think_faster", ("<think_faster>",), ("</think_faster>",)),
        Format("ifm", ("<ifm|think>",), ("</ifm|think>",)),
        Format("ifm_fast", ("<ifm|think_fast>",), ("</ifm|think_fast>",)),
        Format("ifm_faster", ("<ifm|think_faster>",), ("</ifm|think_faster>",)),
        # Hunyuan 3
        Format("hunyuan", ("<think:opensource>",), ("</think:opensource>",)),
        # Sky-T1, OpenThinker, Bespoke-Stratos
        Format("open_thoughts", ("<|begin_of_thought|>",), ("<|end_of_thought|>",)),
        # EXAONE Deep; Marco-o1
        Format("thought", ("<thought>",), ("</thought>",)),
        Format("marco", ("<Thought>",), ("</Thought>",)),
        # Prompts that ask for it by these words, as in Unsloth's notebooks
        Format("thinking", ("<thinking>",), ("</thinking>",)),
        Format("reasoning", ("<reasoning>",), ("</reasoning>",)),
        Format("reason", ("<reason>",), ("</reason>",)),
        Format("working_out", ("<start_working_out>",), ("<end_working_out>",)),
        # Granite 3.2 and 3.3
        Format(
            "granite",
            ("Here is my thought process:", "Here's my thought process:"),
            ("Here is my response:", "Here's my response:"),
            by_name=True,
        ),
        # Apriel 1.5 and 1.6 Thinker
        Format(
            "apriel",
            ("Here are my reasoning steps:\n", "Here are my reasoning steps:"),
            ("[BEGIN FINAL RESPONSE]",),
            by_name=True,
        ),
        # HyperCLOVA X SEED Think 14B
        Format(
            "hyperclova",
            ("<|im_start|>assistant/think\n", "/think\n"),
            ("<|im_end|>\n<|im_start|>assistant\n", "<|im_end|>\n<|im_start|>assistant"),
            by_name=True,
        ),
        # s1
        Format("s1", ("<|im_start|>think\n",), ("<|im_start|>answer\n",), by_name=True),
    )
}
"""The formats by name. Their marks are those of the chat templates of the models named, and of the reasoning
parsers of vLLM and SGLang."""

ANSWER_FRAMES: Final = (
    ("<answer>", "</answer>"),  # Hunyuan A13B, DeepSeek-R1-Zero's prompt
    ("<response>", "</response>"),  # ERNIE 4.5
    ("<solution>", "</solution>"),
    ("<SOLUTION>", "</SOLUTION>"),  # Unsloth's notebooks
    ("<Output>", "</Output>"),  # Marco-o1
    ("<|begin_of_solution|>", "<|end_of_solution|>"),  # Sky-T1, OpenThinker
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),  # Command A Reasoning
    ("<|START_TEXT|>", "<|END_TEXT|>"),  # Command A Plus
    ("<|open|>response<|sep|>", "<|close|>response<|sep|>"),  # Kimi-K3
    ("[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]"),  # Apriel
)
"""The marks that models write around an answer, which alone are no answer."""


@functools.lru_cache(maxsize=256)
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


_ALL: Final = tuple(one for one in FORMATS.values() if not one.by_name)


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
    formats_of(given)
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


class _Table:
    """The marks of some formats, to search for; with `closers` those alone."""

    def __init__(self, formats: tuple[Format, ...], *, closers: bool = False) -> None:
        self.roles = {
            **{text: (one, True) for one in formats for text in one.open if not closers},
            **{text: (one, False) for one in formats for text in one.close},
        }
        self._longest = max(map(len, self.roles))
        longest_first = sorted(self.roles, key=len, reverse=True)
        self._patterns = patterns_of(self.roles)
        self._openers = [text for text in longest_first if self.roles[text][1]]
        self._closers = [text for text in longest_first if not self.roles[text][1]]
        opener, closer = ("|".join(map(re.escape, texts)) for texts in (self._openers, self._closers))
        self._opener, self._closer = re.compile(opener), re.compile(closer)
        self.opener_at_start = re.compile(rf"\s*({opener})").match

    def closed(self, text: str, start: int) -> int:
        """Return the end of the first closer from `start` on; -1 where there is none."""
        if len(self._closers) == 1:
            found = _find(text, self._closers[0], start)
            return found + len(self._closers[0]) if found >= 0 else -1
        match = self._closer.search(text, start)
        return match.end() if match else -1

    def openers(self, text: str, start: int) -> Iterator[re.Match[str]]:
        """Return the openers from `start` on."""
        if len(self._openers) == 1 and _find(text, self._openers[0], start) < 0:
            return iter(())
        return self._opener.finditer(text, start)

    def marks(self, text: str, start: int = 0) -> Iterator[Mark]:
        """Iterate over the marks in a text, in order.

        An opener of a format that is read by name alone counts only where white space alone precedes it.
        """
        patterns = [one for first, one in self._patterns.items() if first in text]
        blank = len(text) - len(text.lstrip())
        # Reasoning mostly opens at the beginning: no pattern is searched for far behind another's match.
        stretch = _FIRST_STRETCH
        while patterns and start < len(text):
            end = start + stretch
            found = [match for one in patterns if (match := one.search(text, start, end + self._longest))]
            first = min(found, key=re.Match.start, default=None)
            if first is None or first.start() >= end:
                start, stretch = end, 4 * stretch
                continue
            mark = Mark(*first.span(), *self.roles[first[0]])
            start, stretch = mark.end, _FIRST_STRETCH
            if not (mark.opens and mark.format.by_name and mark.start > blank):
                yield mark


def _find(text: str, mark: str, start: int) -> int:
    """Return `text.find(mark, start)`, ten times as fast in long texts with few of its first character."""
    for _ in range(len(text) >> 12):
        start = text.find(mark[0], start)
        if start < 0 or text.startswith(mark, start):
            return start
        start += 1
    return text.find(mark, start)


_FIRST_STRETCH: Final = 1024
"""Code points that are searched before the next pattern is."""


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
def _table(reasoning: Setting, *, closers: bool = False) -> _Table:
    return _Table(formats_of(reasoning), closers=closers)


@functools.lru_cache(maxsize=256)
def _table_of(one: Format) -> _Table:
    return _Table((one,))


def _first_mark(text: str, reasoning: Setting, *, prefilled: bool) -> Mark | None:
    """Return the first mark in a text; the first closer if the template opened it."""
    return next(_table(reasoning, closers=prefilled).marks(text), None)


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
    first = _first_mark(text, reasoning, prefilled=prefilled)
    one = first.format if first else formats_of(reasoning)[0]
    opened = Mark(0, 0, one, opens=True) if prefilled else None
    reopened = closed = behind = reclosed = last = None
    for mark in _table_of(one).marks(text):
        if not mark.opens:
            reclosed = reclosed or (mark if closed else None)
            behind = behind or (mark if opened else None)
            closed, last = closed or mark, mark
        elif opened is None:
            opened = mark
        elif reopened is None and (closed or not one.repeats):
            reopened = mark
    return Marks(one, opened, reopened, closed, behind, reclosed, last)


def answer_start(
    text: str,
    reasoning: Setting = ANY,
    prefilled: bool = False,  # noqa: FBT001, FBT002  # keywords take time, and every completion is read
    turns: Sequence[tuple[int, int]] | None = None,
) -> int:
    """Return the start of a text's answer part, behind all reasoning; -1 where reasoning never ends.

    The first closer ends the reasoning, as in the parsers of vLLM and SGLang; a later one is text. An opener
    behind it begins the reasoning again, unless it is quoted: in a block of code, by a quotation mark, or
    among words that neither close it nor hold TeX.

    Args:
        text: a completion.
        reasoning: the setting, see :func:`formats_of`.
        prefilled: True if the chat template wrote the opener, that of the first turn.
        turns: the spans of the policy's turns; reasoning ends with its turn, but for that of the last one,
            which has to be closed.

    >>> answer_start("<think>2 + 2</think> 4"), answer_start("[THINK]2 + 2"), answer_start("4")
    (20, -1, 0)
    >>> answer_start("<think>add() 4", turns=[(0, 12), (13, 14)])
    12
    """
    if reasoning == ANY and not may_hold_marks(text):
        return -1 if prefilled else 0
    if turns is None or len(turns) <= 1:
        return _turn_start(text, reasoning, prefilled)
    start = 0
    for at, (begin, end) in enumerate(turns):
        found = _turn_start(text[begin:end], reasoning, prefilled and at == 0)
        if found < 0 and at == len(turns) - 1:
            return -1
        start = end if found < 0 else begin + found if found else start
    return start


def _turn_start(text: str, reasoning: Setting, prefilled: bool) -> int:  # noqa: FBT001  # as above
    """Return the start of the answer part of one turn; -1 where its reasoning never ends."""
    table = _table(reasoning)
    if not prefilled and (opener := table.opener_at_start(text)):
        one, opens, start = *table.roles[opener[1]], opener.end()
    elif mark := _first_mark(text, reasoning, prefilled=prefilled):
        one, opens, start = mark.format, mark.opens, mark.end
    else:
        return -1 if prefilled else 0
    table = _table_of(one)
    if opens:
        start = table.closed(text, start)
    while start >= 0 and (again := _reopener(text, start, one, table)):
        start = table.closed(text, again.end())
    return start


def _reopener(text: str, start: int, one: Format, table: _Table) -> re.Match[str] | None:
    """Return the next opener that begins the reasoning again, behind the end of an earlier one."""
    if one.by_name:
        return None
    lines = None
    for opener in table.openers(text, start):
        lines = lines or _Lines(text, start)
        if one.repeats or not lines.quote(opener):
            return opener
    return None


class _Lines:
    """The lines of a text from `start` on, read once."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._seen = text, start
        self._blank, self._fenced = True, False

    def quote(self, mark: re.Match[str]) -> bool:
        """Return True if they quote `mark`, which stands behind that of an earlier call."""
        _, newline, line = self._text[self._seen : mark.start()].rpartition("\n")
        self._blank = (bool(newline) or self._blank) and not line.strip()
        self._fenced ^= self._text.count("```", self._seen, mark.start()) % 2 == 1
        self._seen = mark.end()
        if self._fenced or self._blank:
            return self._fenced
        if line.endswith(_QUOTES):
            return bool(_SAME_LINE.match(self._text, mark.end()))
        return line.endswith((" ", "(")) and bool(_WORDS.fullmatch(self._text, mark.end()))


_QUOTES: Final = ("`", "'", '"', "\u2018", "\u201c")
_SAME_LINE: Final = re.compile(r"[^\S\n]*\S")
_WORDS: Final = re.compile(r"[^\S\n]*\w[^<\[\\]*")
"""The rest of a text that only speaks of a mark: no further mark, and nothing that could be an answer."""


_PARTS_OF_MARKS: Final = ("<|", "|>", "think", "hought", "reason", "working_out")
"""Texts of which one is in each mark in angle brackets."""


def may_hold_marks(text: str) -> bool:
    """Return False if no mark of the table can be in a text: a cheap filter.

    >>> may_hold_marks("so [0, 1) it is"), may_hold_marks("0 < x > 5"), may_hold_marks("[THINK]")
    (False, False, True)
    """
    return (
        (">" in text and "<" in text and any(part in text for part in _PARTS_OF_MARKS))
        or ("]" in text and ("THINK]" in text or "[unused1" in text))
        or "▷" in text
    )


class Opening(NamedTuple):
    """The end of a prompt, as far as reasoning goes."""

    prefilled: bool = False
    """True if it opens the reasoning: the completion begins inside it, or `closed` ends it at once."""

    closed: str = ""
    """An empty reasoning at its end, or the closer alone, by which a template says not to think."""

    opener: str = ""
    """The opener at its end."""


_PROMPT_END: Final = 1024
"""Code points of the end of a prompt that are looked at."""


@functools.lru_cache(maxsize=256)
def _ends(formats: tuple[Format, ...]) -> tuple[str, ...]:
    """Return the ends, without blanks, of prompts that open or close reasoning."""
    return tuple(text.strip() for one in formats for text in one.open + one.close)


@functools.lru_cache(maxsize=256)
def _prompt_end(one: Format) -> re.Pattern[str]:
    """Return a pattern of what a chat template writes at the end of a prompt: opener, closer, or both.

    They stand behind a marker, a line break or a colon, or right behind a word; so a prompt may ask for them
    in prose, with a blank or a quote before them. Between them are blanks, or the words by which Seed-OSS is
    told of a budget of no tokens.
    """
    opener, closer = ("|".join(re.escape(text.strip()) for text in marks) for marks in (one.open, one.close))
    budget = r"(?:<seed:cot_budget_reflect>[^<]*</seed:cot_budget_reflect>\s*)?"
    return re.compile(
        rf"(?:(?:^|[\n>\]:\uff1a])[ \t]*|(?<=[^\s\"'`(\u2018\u201c]))"
        rf"(?:(?P<open>{opener})\s*(?:{budget}(?P<close>{closer})\s*)?|(?P<alone>{closer})\s*)\Z"
    )


def opening_of(prompt: str, reasoning: Setting = ANY) -> Opening:
    r"""Return whether the end of a prompt opens the reasoning, or opens and closes it.

    Args:
        prompt: the prompt's own text, the generation prompt of the chat template at its end.
        reasoning: the setting, see :func:`formats_of`.

    >>> opening_of("2 + 2?<|im_end|>\n<|im_start|>assistant\n<think>\n")
    Opening(prefilled=True, closed='', opener='<think>\n')
    >>> opening_of("2 + 2?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n").closed
    '<think>\n\n</think>\n\n'
    >>> opening_of("2 + 2?<|assistant|></think>")
    Opening(prefilled=True, closed='</think>', opener='')
    """
    prompt = prompt[-_PROMPT_END:]
    end = prompt.rstrip()
    formats = formats_of(reasoning)
    if not end.endswith(_ends(formats)):
        return Opening()
    for one in formats:
        if not end.endswith(_ends((one,))):
            continue
        if found := _prompt_end(one).search(prompt):
            if found["open"] is None and one.by_name:  # every turn of ChatML begins with such a closer
                return Opening()
            if found["open"] is None:
                before, alone = prompt[: found.start("alone")], prompt[found.start("alone") :]
                asked_for = before.rstrip().endswith(tuple(text.strip() for text in one.open))
                return Opening() if asked_for else Opening(prefilled=True, closed=alone)
            written = prompt[found.start("open") :]
            return (
                Opening(prefilled=True, opener=written) if found["close"] is None else Opening(closed=written)
            )
    return Opening()


def wrapped(thought: str, answer: str, reasoning: Setting = ANY) -> str:
    """Return reasoning and an answer as one text, in the first format that a setting allows.

    >>> wrapped("2 + 2", "4"), wrapped("2 + 2", "4", "magistral")
    ('<think>2 + 2</think>4', '[THINK]2 + 2[/THINK]4')
    """
    one = formats_of(reasoning)[0]
    return f"{one.open[0]}{thought}{one.close[0]}{answer}"
