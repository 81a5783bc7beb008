r"""Answers that are no mathematics but have a grammar of their own: choices, dates, times, set phrases.

Each is recognised from the tokens of the whole answer, before the mathematical grammar is tried. A sentence
is no more than its words: it is only ever compared with another sentence.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.words import NUMBER_WORDS, PHRASES, SMALL_WORDS, without_case
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.parts import read_parts
from rewards.answers.reading.resolve import Letters
from rewards.answers.reading.times import date, iso_date, named_time, time_of_day
from rewards.answers.tree.shapes import is_numeric
from rewards.answers.tree.syntax import Choice, Difference, Expr, Listing, NamedSet, Node, SetOf, Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from rewards.answers.reading.reader import Reading
    from rewards.answers.reading.tokens import Token

    Read: TypeAlias = Callable[[list[Token]], Reading]

__all__ = ["ROWS", "Phrase", "read_phrase", "words_of"]

_WORDS: Final = frozenset({Kind.TEXT, Kind.WORD})
_LETTERS: Final = frozenset({Kind.TEXT, Kind.LETTER})
_SPOKEN: Final = frozenset({Kind.TEXT, Kind.WORD, Kind.LETTER, Kind.SEP, Kind.CONST, Kind.NUM})
_CALCULATED: Final = frozenset({Kind.OP, Kind.REL, Kind.OPEN})
_ANY_LENGTH: Final = 10**6

_LONGEST_SET_PHRASE: Final = 60
_CHOICES: Final = frozenset("ABCDEFGHIJ")
_CIRCLED: Final = {chr(0x245F + number): number for number in range(1, 21)}
_STATEMENTS: Final = {str(number): mark for mark, number in _CIRCLED.items() if number < 10}  # noqa: PLR2004 - digits
"""Numbers of statements in brackets, which go on upwards: `(1)(3)(4)`."""
_OPERATORS: Final = frozenset([*"+-*/^", "cup", "cap"])
_CHOICE_WORDS: Final = frozenset({"option", "choice", "选项", "选"})
_YEAR_DIGITS: Final = 4
_CONSECUTIVE: Final = 5
"""Most letters of a run such as `abcd` that is a product."""
_INFERRED: Final = frozenset({"so", "thus", "hence", "therefore"})
"""Words that announce an answer and add nothing to it."""
_ANNOUNCEMENT: Final = re.compile(
    r"(?:the )?(?:final )?answer(?: is)?|answers|ans|(?:the )?solution(?: is)?|result|答案[是为]?|解集[是为]"
)
"""Openings; those that do not end in a verb need a colon or an equals sign."""
_LONGEST_ANNOUNCEMENT: Final = 4
_VERBS: Final = ("is", "是", "为")
_EXCEPT: Final = ("all", "real", "numbers", "except")


class Phrase(NamedTuple):
    """A form of whole answers: the kinds of its first token, its fewest and most tokens, what builds it."""

    name: str
    kinds: frozenset[str]
    sizes: tuple[int, int]
    build: Callable[[list[Token], Read], Reading | None]
    """Called with the tokens and the reader of what is left; None where the answer has another form."""
    example: str


def words_of(tokens: list[Token]) -> str:
    r"""The answer as plain words: lower case, single spaces, no marks of style.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> words_of(tokenize("\\text{The Second Player wins.}"))
    'second player wins'
    """
    words = [token.value for token in tokens if token.kind not in {Kind.EOF, Kind.QUOTE, Kind.STOP}]
    return " ".join(
        without_case(word) for word in words if word.lower() not in {"the", "a", "an"} or len(words) == 1
    )


def read_phrase(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """The answer as a phrase, or None where it is (or may be) mathematics."""
    size = len(tokens) - 1
    for row in _BY_KIND.get(tokens[0].kind, ()):
        if row.sizes[0] <= size <= row.sizes[1]:
            found = row.build(tokens, read_tokens)
            if found is not None:
                return found
    return None


# --- words before an answer


def _lowered(tokens: list[Token], size: int) -> tuple[str, ...]:
    return tuple(token.value.lower() for token in tokens[:size])


def _inferred(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`so, 5`."""
    first = tokens[0].value
    if first.lower() not in _INFERRED or not first[1:].islower():
        return None
    after_comma = tokens[1].value == "," and tokens[2].kind != Kind.EOF
    return read_tokens(tokens[2 if after_comma else 1 :])


def _announced(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`the answer is 5`, `Answer: 5`."""
    for size in range(min(_LONGEST_ANNOUNCEMENT, len(tokens) - 2), 0, -1):
        words = " ".join(_lowered(tokens, size))
        if _ANNOUNCEMENT.fullmatch(words):
            if tokens[size].value in {":", "="} and tokens[size + 1].kind != Kind.EOF:
                return read_tokens(tokens[size + 1 :])
            return read_tokens(tokens[size:]) if words.endswith(_VERBS) else None
    return None


def _idle(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`exactly 8`, `the year 1995`."""
    words = 2 if tokens[0].value.lower() == "the" else 1
    number = tokens[words] if len(tokens) > words + 1 else tokens[-1]
    if number.kind != Kind.NUM:
        return None
    word, last = tokens[words - 1].value.lower(), tokens[words + 1].kind == Kind.EOF
    dated = word == "year" and last and number.value.isdecimal() and len(number.value) == _YEAR_DIGITS
    return read_tokens(tokens[words:]) if dated or (word == "exactly" and words == 1) else None


def _exception(tokens: list[Token], read_tokens: Read) -> Node | None:
    """`all real numbers except 1 and 2`."""
    if _lowered(tokens, len(_EXCEPT)) != _EXCEPT:
        return None
    removed = read_tokens(tokens[len(_EXCEPT) :])
    items = removed.items if isinstance(removed, (Listing, SetOf)) else (removed,)
    members = tuple(item for item in items if isinstance(item, Expr) and is_numeric(item))
    return Difference(NamedSet("R"), SetOf(members)) if len(members) == len(items) else None


# --- choices


def _option(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`Option B`, `Option (B)`."""
    if tokens[0].value.lower() not in _CHOICE_WORDS:
        return None
    rest = tokens[1:]
    if rest[0].value in _CHOICES and rest[1].kind == Kind.EOF:
        return Choice((rest[0].value,))
    for build in (_circled, _letters, _bracketed, _marked):
        found = build(rest, read_tokens)
        if found is not None:
            return found
    return None


def _circled(tokens: list[Token], _: Read) -> Node | None:
    """`①③`, `① or ③`."""
    marks = [token.value for token in tokens[:-1] if token.kind != Kind.SEP or token.value == "or"]
    return Choice(tuple(sorted(set(marks)))) if marks and all(mark in _CIRCLED for mark in marks) else None


def _statements(tokens: list[Token], _: Read) -> Node | None:
    """`(1)(3)(4)`: not the product of the numbers."""
    marks = [_STATEMENTS.get(token.value, "") for token in tokens[1:-1:3]]
    brackets = {token[:2] for token in tokens[:-1:3]} | {token[:2] for token in tokens[2:-1:3]}
    if len(tokens[:-1]) != 3 * len(marks) or brackets != {(Kind.OPEN, "("), (Kind.CLOSE, "(")}:
        return None
    return Choice(tuple(marks)) if all(marks) and marks == sorted(set(marks)) else None


def _letters(tokens: list[Token], _: Read) -> Node | None:
    """`ABD`: several choices, in order."""
    letters = tokens[0].value
    alphabetical = _CHOICES.issuperset(letters) and list(letters) == sorted(set(letters))
    single = tokens[0].kind in _LETTERS and len(letters) == 1
    if single or tokens[0].kind not in _WORDS or not alphabetical or tokens[1].kind != Kind.EOF:
        return None
    return Choice(tuple(letters), None, explicit=False)


def _bracketed(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`(B)`, alone or with what it stands for."""
    if [token.kind for token in tokens[:3:2]] != [Kind.OPEN, Kind.CLOSE] or tokens[0].value != "(":
        return None
    letter, rest = tokens[1], tokens[3:]
    if letter.kind not in _LETTERS:
        return None
    if rest[0].kind == Kind.EOF:
        return Choice((letter.value.upper(),)) if letter.value.upper() in _CHOICES else None
    content = rest[0].gap and rest[0].kind != Kind.SEP and rest[0].value not in _OPERATORS
    return _with_content(letter.value, rest, read_tokens) if letter.value in _CHOICES and content else None


def _marked(tokens: list[Token], read_tokens: Read) -> Reading | None:
    """`B.`, `B:` or `B)` with what it stands for; a bare letter may be a symbol."""
    letter, mark, rest = tokens[0].value, tokens[1], tokens[2:]
    if tokens[0].kind not in _LETTERS or letter not in _CHOICES or not rest:
        return None
    closed, first = mark[:2] == (Kind.CLOSE, "("), rest[0]
    if first.kind == Kind.EOF:
        return Choice((letter,)) if closed else None
    separated = mark.kind == Kind.STOP or ((closed or mark.value == ":") and first.gap)
    content = first.kind != Kind.SEP and not (first.kind == Kind.LETTER and first.value.isupper())
    return _with_content(letter, rest, read_tokens) if separated and content else None


def _with_content(letter: str, rest: list[Token], read_tokens: Read) -> Choice:
    content = read_tokens(rest)
    return Choice((letter,), content if isinstance(content, Node) else Text(words_of(rest)))


# --- phrases


def _set_phrase(tokens: list[Token], _: Read) -> Node | None:
    """`no solution`, `all real numbers`."""
    words = " ".join(token.value.lower() for token in tokens if token.kind in _SPOKEN)
    meaning = PHRASES.get(words) if len(words) <= _LONGEST_SET_PHRASE else None
    if meaning is None or any(token.kind in _CALCULATED for token in tokens):
        return None
    if meaning in NUMBER_SETS:
        return NamedSet(meaning)
    return SetOf(()) if meaning == "no solution" else Text(meaning)


def _text(tokens: list[Token], _: Read) -> Node | None:
    """`Monday`; letters that may be unknowns side by side are settled later."""
    value = tokens[0].value
    if _mathematical(tokens[0]):
        return None
    letters = value.isascii() and value.isalpha() and not (tokens[0].kind == Kind.TEXT and value.islower())
    return Letters(value) if letters else Text(words_of(tokens))


def _mathematical(token: Token) -> bool:
    """Return True if a lone run of letters is rather a product of unknowns than a word."""
    value = token.value
    if len(value) == 1 or value.lower() in NUMBER_WORDS:
        return True
    if token.kind == Kind.TEXT or value.lower() in SMALL_WORDS or not value.isascii():
        return False
    consecutive = all(ord(after) - ord(before) == 1 for before, after in pairwise(value))
    return value.islower() and (len(value) == len("ab") or (len(value) <= _CONSECUTIVE and consecutive))


ROWS: Final = (
    Phrase("inference", frozenset({Kind.TEXT}), (2, _ANY_LENGTH), _inferred, r"\text{so } 5"),
    Phrase("announcement", _WORDS, (2, _ANY_LENGTH), _announced, r"\text{The answer is } 5"),
    Phrase("idle word", _WORDS, (2, _ANY_LENGTH), _idle, r"\text{exactly } 5"),
    Phrase("exception", _WORDS, (5, _ANY_LENGTH), _exception, r"\text{all real numbers except } 5"),
    Phrase("parts", _LETTERS | _WORDS | {Kind.NUM, Kind.OPEN}, (6, _ANY_LENGTH), read_parts, "(a) 4, (b) 9"),
    Phrase("option", _WORDS, (2, _ANY_LENGTH), _option, r"\text{Option B}"),
    Phrase("circled numbers", frozenset({Kind.TEXT}), (1, _ANY_LENGTH), _circled, "①③"),
    Phrase("statements", frozenset({Kind.OPEN}), (6, 27), _statements, "(1)(3)(4)"),
    Phrase("choice in brackets", frozenset({Kind.OPEN}), (3, _ANY_LENGTH), _bracketed, "(B)"),
    Phrase("marked choice", _LETTERS, (2, _ANY_LENGTH), _marked, "B. 5"),
    Phrase("choices", _WORDS, (1, 1), _letters, "ABD"),
    Phrase("date in digits", frozenset({Kind.NUM}), (5, 5), iso_date, "2019-03-07"),
    Phrase("date", _WORDS | {Kind.NUM}, (1, 5), date, "March 5, 2021"),
    Phrase("set phrase", _WORDS, (1, _ANY_LENGTH), _set_phrase, r"\text{no solution}"),
    Phrase("named time", _WORDS, (1, 1), named_time, "noon"),
    Phrase("text", _WORDS, (1, 1), _text, "Monday"),
    Phrase("time of day", frozenset({Kind.NUM}), (2, _ANY_LENGTH), time_of_day, "3:05 pm"),
)
"""The forms in the order in which they are tried."""

_BY_KIND: Final = {kind: rows for kind in Kind if (rows := tuple(row for row in ROWS if kind in row.kinds))}
