"""Answers that are no mathematics but have a grammar of their own: choices, dates, times, set phrases.

Each is recognised from the tokens of the whole answer, before the mathematical grammar is tried. A sentence
is no more than its words: it is only ever compared with another sentence.
"""

# ruff: noqa: C901, PLR0911, PLR0912 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.words import (
    NUMBER_WORDS,
    PHRASES,
    SMALL_WORDS,
)
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.parts import read_parts
from rewards.answers.reading.resolve import Letters
from rewards.answers.reading.times import NAMED_TIMES, date, iso_date, may_be_half, time_of_day
from rewards.answers.tree.shapes import is_numeric
from rewards.answers.tree.syntax import (
    Choice,
    Difference,
    Expr,
    Listing,
    NamedSet,
    Node,
    SetOf,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.reading.reader import Reading
    from rewards.answers.reading.tokens import Token

__all__ = ["read_phrase", "words_of"]

_CHOICES: Final = frozenset("ABCDEFGHIJ")
_CIRCLED: Final = frozenset(map(chr, range(0x2460, 0x2474)))
_WORDS: Final = frozenset({"text", "word"})
_LETTERS: Final = frozenset({"text", "letter"})
_CHOICE_WORDS: Final = frozenset({"option", "choice", "选项", "选"})
_LONGEST_NAME: Final = 4
_YEAR_DIGITS: Final = 4
_INFERRED: Final = frozenset({"so", "thus", "hence", "therefore"})
"""Words that announce an answer and add nothing to it."""
_LABELS: Final = (
    ("the", "final", "answer", "is"),
    ("final", "answer", "is"),
    ("the", "answer", "is"),
    ("answer", "is"),
    ("final", "answer"),
    ("answer",),
    ("ans",),
    ("answers",),
    ("答案是",),
    ("答案为",),
    ("答案",),
    ("解集为",),
    ("解集是",),
)


def words_of(tokens: list[Token]) -> str:
    r"""The answer as plain words: lower case, single spaces, no marks of style.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> words_of(tokenize("\\text{The Second Player wins.}"))
    'second player wins'
    """
    words = [token.value.lower() for token in tokens if token.kind not in {Kind.EOF, Kind.QUOTE, Kind.STOP}]
    return " ".join(word for word in words if word not in {"the", "a", "an"} or len(words) == 1)


def read_phrase(tokens: list[Token], read_tokens: Callable[[list[Token]], Reading]) -> Reading | None:
    """The answer as a phrase, or None where it is (or may be) mathematics."""
    body = tokens[:-1]
    if body[0].kind in {Kind.TEXT, Kind.WORD}:
        label = _label(body)
        if label:
            return read_tokens(tokens[label:])
        if idle := _idle(body):
            return read_tokens(tokens[idle:])
        exception = _exception(body)
        if exception:
            removed = read_tokens(tokens[exception:])
            items = removed.items if isinstance(removed, (Listing, SetOf)) else (removed,)
            members = tuple(item for item in items if isinstance(item, Expr) and is_numeric(item))
            if len(members) == len(items):
                return Difference(NamedSet("R"), SetOf(members))
    if len(body) > 5 and "close" in (body[1].kind, body[2].kind):
        parts = read_parts(tokens, read_tokens)
        if parts is not None:
            return parts
    choice = _choice(body, read_tokens, tokens[-1])
    if choice is not None:
        return choice
    if len(body) == 5 and body[0].kind == Kind.NUM:
        day = iso_date(body)
        if day is not None:
            return day
    kinds = {token.kind for token in body}
    if "text" in kinds or "word" in kinds:
        if len(body) <= 5:
            found = date(body)
            if found is not None:
                return found
        found = _set_phrase(tokens)
        if found is not None:
            return found
        if len(body) == 1 and (named := NAMED_TIMES.get(body[0].value.lower())):
            return named
        if len(body) == 1 and not _mathematical(body[0]):
            value = body[0].value
            return Letters(value) if value.isascii() and value.isalpha() else Text(words_of(tokens))
    if len(body) > 1 and body[0].kind == Kind.NUM and (body[1].value == ":" or may_be_half(body[1:])):
        return time_of_day(body)
    return None


def _label(body: list[Token]) -> int:
    """Return the number of tokens of an announcement such as `The answer is`."""
    lowered = [token.value.lower() for token in body[:6]]
    if (
        lowered[0] in _INFERRED
        and body[0].value[1:].islower()
        and body[0].kind == Kind.TEXT
        and len(body) > 1
    ):
        return 2 if body[1].value == "," and len(body) > 2 else 1
    for label in _LABELS:
        size = len(label)
        if tuple(lowered[:size]) == label and len(body) > size:
            if body[size].value in {":", "="} and len(body) > size + 1:
                return size + 1
            return size if label[-1].endswith(("is", "是", "为")) else 0
    return 0


def _idle(body: list[Token]) -> int:
    """Return the number of idle words before a number: `exactly 8`, `the year 1995`."""
    words = 2 if body[0].value.lower() == "the" else 1
    if len(body) <= words or body[words].kind != Kind.NUM:
        return 0
    word, number = body[words - 1].value.lower(), body[words].value
    dated = word == "year" and len(body) == words + 1 and number.isdecimal() and len(number) == _YEAR_DIGITS
    return words if dated or (word == "exactly" and words == 1) else 0


def _exception(body: list[Token]) -> int:
    """Return the number of tokens of `all real numbers except`, after which the excluded ones follow."""
    lowered = tuple(token.value.lower() for token in body[:4])
    return 4 if lowered == ("all", "real", "numbers", "except") and len(body) > 4 else 0


def _choice(body: list[Token], read_tokens: Callable[[list[Token]], Reading], end: Token) -> Reading | None:
    """`(B)`, `B.`, `B: x+1`, `Option B`, `ABD`, `①③`."""
    first = body[0]
    if first.kind in _WORDS and first.value.lower() in _CHOICE_WORDS and len(body) > 1:
        if len(body) == 2 and body[1].value in _CHOICES:
            return Choice((body[1].value,))
        body, first = body[1:], body[1]
    if first.value in _CIRCLED:
        marks = [token.value for token in body if token.kind != Kind.SEP or token.value == "or"]
        return Choice(tuple(sorted(set(marks)))) if all(mark in _CIRCLED for mark in marks) else None
    if first.kind == Kind.OPEN:
        return _bracketed_choice(body, read_tokens, end)
    if first.kind in _LETTERS and first.value in _CHOICES:
        return _marked_choice(body, read_tokens, end)
    letters = first.value
    alphabetical = _CHOICES.issuperset(letters) and list(letters) == sorted(set(letters))
    if len(body) == 1 and first.kind in _WORDS and alphabetical:
        return Choice(tuple(letters), None, explicit=False)
    return None


def _bracketed_choice(
    body: list[Token], read_tokens: Callable[[list[Token]], Reading], end: Token
) -> Reading | None:
    """`(B)`, alone or with what it stands for."""
    if len(body) < 3 or body[0].value != "(" or body[1].kind not in _LETTERS or body[2].kind != Kind.CLOSE:
        return None
    letter, rest = body[1].value, body[3:]
    if not rest:
        return Choice((letter.upper(),)) if letter.upper() in _CHOICES else None
    if (
        letter in _CHOICES
        and rest[0].gap
        and rest[0].kind != Kind.SEP
        and rest[0].value not in {*"+-*/^", "cup", "cap"}
    ):
        return _with_content(letter, rest, read_tokens, end)
    return None


def _marked_choice(
    body: list[Token], read_tokens: Callable[[list[Token]], Reading], end: Token
) -> Reading | None:
    """`B.`, `B:` or `B)` with what it stands for; a bare letter may be a symbol."""
    if len(body) == 1:
        return None
    letter, mark, rest = body[0].value, body[1], body[2:]
    closed = mark[:2] == (Kind.CLOSE, "(")
    if not rest:
        return Choice((letter,)) if closed else None
    if rest[0].kind == Kind.SEP:
        return None
    separated = mark.kind == Kind.STOP or ((closed or mark.value == ":") and rest[0].gap)
    if separated and not (rest[0].kind == Kind.LETTER and rest[0].value.isupper()):
        return _with_content(letter, rest, read_tokens, end)
    return None


def _with_content(
    letter: str, rest: list[Token], read_tokens: Callable[[list[Token]], Reading], end: Token
) -> Reading | None:
    content = read_tokens([*rest, end])
    return (
        Choice((letter,), content) if isinstance(content, Node) else Choice((letter,), Text(words_of(rest)))
    )


def _set_phrase(tokens: list[Token]) -> Node | None:
    words = " ".join(
        token.value.lower()
        for token in tokens
        if token.kind in {Kind.TEXT, Kind.WORD, Kind.LETTER, Kind.SEP, Kind.CONST, Kind.NUM}
    )
    if len(words) > 60:
        return None
    meaning = PHRASES.get(words)
    if meaning is None or any(token.kind in {Kind.OP, Kind.REL, Kind.OPEN} for token in tokens):
        return None
    if meaning in NUMBER_SETS:
        return NamedSet(meaning)
    if meaning == "no solution":
        return SetOf(())
    return Text(meaning)


def _mathematical(token: Token) -> bool:
    """Return True if a lone run of letters is rather a product of unknowns than a word."""
    value = token.value
    if len(value) == 1 or value.lower() in NUMBER_WORDS:
        return True
    if token.kind == Kind.TEXT or value.lower() in SMALL_WORDS or not value.isascii():
        return False
    if len(value) == 2:
        return value.islower()
    return (
        value.islower()
        and len(value) <= 5
        and all(ord(after) - ord(before) == 1 for before, after in pairwise(value))
    )
