"""The strict reader: from the text of an answer to a tree in which every token has its place.

Understood or not, never half: what is left over (a word, a second value, a stray sign) makes the whole answer
:class:`Unread` with the reason. Reading takes linear time, evaluates nothing, and refuses what is too big
(:class:`Oversized`). :func:`read` remembers what it read, so that a gold is parsed once.
"""

from __future__ import annotations

import dataclasses
import traceback
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from rewards.answers.reading.brackets import turned
from rewards.answers.reading.conditions import with_symbols
from rewards.answers.reading.grammar import GRAMMAR
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.parser import Parser, ReadError
from rewards.answers.reading.phrases import read_phrase
from rewards.answers.reading.relations import answer
from rewards.answers.reading.resolve import (
    NO_USES,
    Letters,
    Uses,
    neutral_names,
    rearranged,
    resolved,
    uses_of,
    yields,
)
from rewards.answers.reading.tokens import TextTooBigError, Token, tokenize
from rewards.answers.tree.syntax import Node

__all__ = ["Oversized", "Reading", "Unread", "read", "read_pair", "tokens_of"]


@dataclasses.dataclass(frozen=True, slots=True)
class Unread:
    """A text that cannot be read."""

    reason: str
    words: bool = False
    """True if it holds words, so that it can still be compared as text."""
    token: Token | None = dataclasses.field(default=None, repr=False, compare=False)
    """The token at which reading stopped."""
    rule: str = dataclasses.field(default="", repr=False, compare=False)
    """The rule of the grammar that it did not fit."""

    def place_in(self, tokens: list[Token]) -> int:
        """Return the index of the token at which reading stopped; that of the last one if it is none of them.

        >>> reading = read("1 * / 2")
        >>> reading.place_in(tokens_of("1 * / 2")), reading.rule
        (2, 'signed_factor')
        """
        return next((place for place, token in enumerate(tokens) if token is self.token), len(tokens) - 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Oversized:
    """A text that is too big to read."""

    reason: str


Reading: TypeAlias = Node | Unread | Oversized


class _Parsed(NamedTuple):
    """A text as it reads by itself, and what it leaves to be settled by the other side."""

    reading: Reading
    neutral: Node | None = None
    """The tree with its neutral nodes, if there are any."""
    names: Uses = NO_USES
    """The names in neutral nodes, and whether they are calls by themselves."""


def read(text: str) -> Reading:
    r"""Read one answer or gold.

    >>> read(r"\dfrac{1}{2}") == read("½") == read("1/2")
    True
    >>> read("5 is wrong")
    Unread(reason='words after a number at the end', words=True)
    """
    return _parsed(text).reading


def read_pair(gold: str, answer: str) -> tuple[Reading, Reading]:
    """Read gold and answer together: the names of both settle what letters mean, and the gold decides.

    >>> read_pair("2x", "x(2)")[1] == read("x * 2"), read_pair("x(2)", "2x")[0] == read("x(2)")
    (True, True)
    """
    ours, theirs = _parsed(gold), _parsed(answer)
    if ours.neutral is None and theirs.neutral is None:
        return ours.reading, theirs.reading
    match ours.neutral, theirs.neutral:
        case Letters(word), Letters(other) if word != other and rearranged(word, other):
            return ours.reading, ours.reading
    alone = ours.neutral is None or not yields(ours.neutral)
    return ours.reading if alone else _settled(ours, answer), _settled(theirs, gold)


def _settled(parsed: _Parsed, other: str) -> Reading:
    """A text read beside another one."""
    if parsed.neutral is None:
        return parsed.reading
    uses = _uses(other)
    if isinstance(parsed.neutral, Letters) or any(
        uses.get(name, called) != called for name, called in parsed.names.items()
    ):
        return resolved(parsed.neutral, uses)
    return parsed.reading


@lru_cache(maxsize=4_096)
def _uses(text: str) -> Uses:
    reading = read(text)
    return uses_of(reading) if isinstance(reading, Node) else NO_USES


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> _Parsed:
    tokens = tokens_of(text)
    if isinstance(tokens, Oversized):
        return _Parsed(tokens)
    reader = _Reader()
    try:
        reading = reader.read(tokens)
        if not (reader.neutral and isinstance(reading, Node)):
            return _Parsed(reading)
        return _Parsed(resolved(reading), reading, neutral_names(reading))
    except TextTooBigError as error:
        return _Parsed(Oversized(str(error)))
    except RecursionError:
        return _Parsed(Oversized("nested too deep"))


@lru_cache(maxsize=1_024)
def tokens_of(text: str) -> list[Token] | Oversized:
    """The tokens of a text, for reading it and for comparing it as text; not to be changed.

    Few are kept: an answer is compared and read at once, and thousands of lists slow the collector down.
    """
    try:
        return tokenize(text)
    except TextTooBigError as error:
        return Oversized(str(error))


class _Reader:
    """Reads the tokens of one text, and of its parts."""

    __slots__ = ("neutral",)

    def __init__(self) -> None:
        self.neutral = False
        """True if something was left to be settled."""

    def read(self, tokens: list[Token]) -> Reading:
        """Read a list of tokens that ends in `eof`."""
        if len(tokens) == 1:
            return Unread("nothing is written")
        phrase = read_phrase(tokens, self.read)
        if phrase is not None:
            self.neutral = self.neutral or isinstance(phrase, Letters)
            return phrase
        parser = Parser(_settled_marks(with_symbols(tokens)), GRAMMAR)
        try:
            node = answer(parser)
        except ReadError as error:
            words = any(token.kind in _WORDS and len(token.value) > 1 for token in tokens)
            return Unread(str(error), words, error.token, _rule(error))
        self.neutral = self.neutral or parser.neutral
        return node


_WORDS: Final = frozenset([Kind.WORD, Kind.TEXT])


def _rule(error: ReadError) -> str:
    """The function of the grammar that gave up: the innermost one outside of the parser's core."""
    name = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_globals["__name__"] != Parser.__module__:
            name = frame.f_code.co_name
    return name.lstrip("_")


def _settled_marks(tokens: list[Token]) -> list[Token]:
    """The tokens without marks of layout, and with brackets that look inwards."""
    values = {value for _, value, _ in tokens}
    if "&" in values:
        tokens = _unaligned(tokens)
    return turned(tokens) if "[" in values else tokens


def _unaligned(tokens: list[Token]) -> list[Token]:
    """The tokens without the marks at which lines are put below one another: `x &= 2`."""
    return [
        token
        for place, token in enumerate(tokens)
        if token[:2] != ("op", "&") or "rel" not in {tokens[place - 1].kind, tokens[place + 1].kind}
    ]
