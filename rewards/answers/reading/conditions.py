r"""Conditions in words as the symbols that say the same: `for all real x` as `, x \in \mathbb{R}`.

A pass over the tokens, before they are parsed. Each token gets a class of one letter (an introduction, a
quantifier, a set, a letter, ...), and the rows of :data:`CONDITIONS` are patterns of these classes.
Tokens that no row matches stay as they are, and so are read, or not understood, as without this pass.
"""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise
from typing import Final, TypeAlias

from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.tokens import Token

__all__ = ["CONDITIONS", "Condition", "with_symbols"]

_MEMBER: Final = Token(Kind.REL, "in")
_SEPARATOR: Final = Token(Kind.SEP, ",")
_Claim: TypeAlias = tuple[Token, ...]
"""A relation and its right side, without the letter of which it is claimed."""
_LONGEST: Final = 9
"""Maximum number of digits of a number in a run such as `0, 1, 2, ...`."""


def _by_word(table: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in table.items() for word in words.split()}


_CLASSES: Final = _by_word(
    {
        "F": "for where with here when whenever if",
        "W": "其中 对 对于 当",
        "Q": "all every any each some forall 任意 任意的 任何 所有 一切 某个",
        "P": "arbitrary fixed",
        "A": "a",
        "H": "an the to 一个",
        "C": "is are be being denotes in belongs 为 是 取",
        "&": "and",
    }
)
"""Introductions F and W, quantifiers Q and P, articles A and H, and what joins a letter to its set, C."""
_EXISTENCE: Final = frozenset({"some", "某个"})
"""Quantifiers that claim a thing of one value of the letter, and of no more."""

_SET_WORDS: Final = _by_word(
    {
        "R": "real reals 实数",
        "Q": "rational rationals 有理数",
        "Z": "integer integers 整数",
        "N": "natural naturals 自然数",
        "C": "complex 复数",
    }
)
_SIGN_WORDS: Final = _by_word(
    {">": "positive 正", "<": "negative 负", ">=": "nonnegative 非负", "!=": "nonzero 非零"}
)
_CONSTANTS: Final = frozenset({"constant", "constants", "parameter", "parameters", "常数"})
_NUMBERS: Final = frozenset({"number", "numbers", "value", "values", "of"})
_DOMAIN_WORDS: Final = _CONSTANTS | _NUMBERS | _SET_WORDS.keys() | _SIGN_WORDS.keys()
_CHINESE: Final = re.compile(
    "|".join(
        sorted(
            (word for word in (*_CLASSES, *_DOMAIN_WORDS) if not word.isascii()),
            key=len,
            reverse=True,
        )
    )
)
_LETTERS: Final = "(?P<letters>[VA](?:(?:S&?|&)[VA]){0,5})"
_END: Final = "(?=[E.)}SF&X])"
_OPENING: Final = r"(?:S?&?\(?[FW]{1,2}|S\(?|\()"
"""Before a condition: a comma, a bracket, a word such as `where`, or several of them."""
_RUN: Final = r"\{?(?:TS)?(?:[-+]?NS){2,6}T\}?"
_QUANTIFIER: Final = r"S?&?\(?[FW]{0,2}[QP]"
_ARTICLES: Final = "[QPAH]{0,4}"


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """One way to word a condition, as a pattern of the classes of its tokens."""

    pattern: str
    """With the groups `letters` and, where it names a set, `domain` or `places`."""
    reason: str
    example: tuple[str, str]
    """Two ways to write one answer: with these words, and with symbols."""
    continues: bool = False
    """True if a relation follows that is written in symbols already."""


CONDITIONS: Final = (
    Condition(
        rf"(?:{_OPENING}|{_QUANTIFIER}){_ARTICLES}(?P<domain>D){_LETTERS}{_END}",
        "a set before its letters",
        (r"bx + c \text{ for any real constants } b, c", r"bx + c, b\in\mathbb{R}, c\in\mathbb{R}"),
    ),
    Condition(
        rf"{_OPENING}{_LETTERS}C?{_ARTICLES}(?P<domain>D){_END}",
        "letters before their set",
        (r"2k\pi \text{ where $k$ is an integer}", r"2k\pi, k\in\mathbb{Z}"),
    ),
    Condition(
        rf"{_OPENING}{_LETTERS}C?H?P{_END}",
        "letters that are arbitrary",
        (r"bx, \text{ where } b \text{ is arbitrary}", r"bx \text{ for all } b"),
    ),
    Condition(
        rf"{_QUANTIFIER}{_ARTICLES}{_LETTERS}{_END}",
        "letters with a quantifier alone",
        (r"f(x) = 2x \text{ for every } x", r"f(x) = 2x \quad \forall x"),
    ),
    Condition(
        rf"{_OPENING}(?P<letters>[VA])(?P<domain>RG)C{_ARTICLES}D?{_END}",
        "a set in symbols, and words that add nothing to it",
        (r"bx, \text{ where } b \in \mathbb{R} \text{ is arbitrary}", r"bx, b\in\mathbb{R}"),
    ),
    Condition(
        rf"(?:{_OPENING}|{_QUANTIFIER}){_ARTICLES}(?P<letters>[VA])C(?P<domain>G){_END}",
        "a set in symbols after a word for membership",
        (r"f(x) = 2x \text{ for all } x \text{ in } \mathbb{R}", r"f(x) = 2x, x\in\mathbb{R}"),
    ),
    Condition(
        rf"(?:{_OPENING}|{_QUANTIFIER}){_ARTICLES}(?P<domain>D)(?P<letters>[VA])(?=R)",
        "a set and a letter before a relation",
        (r"a_n = n \text{ for all integers } n \ge 2", r"a_n = n, n\in\mathbb{Z}, n\ge2"),
        continues=True,
    ),
    Condition(
        rf"(?:S?&?[FW]{{0,2}}[QP]{_ARTICLES}|S?W)(?P<letters>[VA])(?=R)",
        "a quantifier and a letter before a relation",
        (r"2k\pi \text{ for any } k \in \mathbb{Z}", r"2k\pi, k \in \mathbb{Z}"),
        continues=True,
    ),
    Condition(
        rf"{_OPENING}(?P<letters>[VA])(?P<places>R{_RUN}){_END}",
        "whole numbers with dots after them",
        (r"2k\pi, k = 0, \pm 1, \pm 2, \ldots", r"2k\pi, k \in \mathbb{Z}"),
    ),
)
"""The ways to word a condition; of those that match at one place, the first in this order holds."""

_BEGINS: Final = frozenset({Kind.TEXT, Kind.WORD, Kind.QUANT, Kind.DOTS, Kind.SEP, Kind.LETTER})
_TELLING: Final = _DOMAIN_WORDS | {"non", *(word for word, name in _CLASSES.items() if name in "QPC")}
_PATTERNS: Final = tuple((re.compile(condition.pattern), condition) for condition in CONDITIONS)


@dataclasses.dataclass(slots=True)
class _Piece:
    """Neighbouring tokens of one class, and what they claim of a letter where they are a set in words."""

    name: str
    tokens: list[Token]
    claims: tuple[_Claim, ...] = ()


def with_symbols(tokens: list[Token]) -> list[Token]:
    r"""The tokens with conditions in words written in symbols.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> [token.value for token in with_symbols(tokenize(r"2k, \text{ where $k$ is an integer}"))]
    ['2', 'k', ',', 'k', 'in', 'Z', '']
    """
    if not any(_may_tell(kind, value) for kind, value, _ in tokens if kind in _BEGINS):
        return tokens
    pieces = _pieces(tokens)
    classes = "".join(piece.name for piece in pieces)
    found: list[Token] = []
    first, place = _first_condition(classes, pieces)
    while place < len(pieces):
        match, symbols = _condition_at(classes, place, pieces) if found else (None, [])
        if match is None:
            found += pieces[place].tokens
            place += 1
            continue
        found += symbols[1:] if found[-1].kind == Kind.OPEN else symbols
        place = match.end() + ("(" in match[0])
    return [*found[:-1], *first, found[-1]] if first else found


def _may_tell(kind: str, value: str) -> bool:
    """Return True if a token may say what a condition says; without such a token there is none."""
    return kind in {Kind.QUANT, Kind.DOTS} or value.lower() in _TELLING or not value.isascii()


def _first_condition(classes: str, pieces: list[_Piece]) -> tuple[list[Token], int]:
    r"""The symbols of `For all real x,` before everything else, and the number of its pieces."""
    if classes[0] in {"F", "W"}:
        for pattern, condition in _PATTERNS:
            match = pattern.match(classes)
            if match is not None and classes[match.end()] == "S" and not condition.continues:
                return _symbols(condition, match, pieces), match.end() + 1
    return [], 0


def _condition_at(classes: str, place: int, pieces: list[_Piece]) -> tuple[re.Match[str] | None, list[Token]]:
    """The condition that begins at a place, and its symbols."""
    if classes[place] in "S&(FWQP":
        for pattern, condition in _PATTERNS:
            match = pattern.match(classes, place)
            if match is None or ("(" in match[0] and classes[match.end()] != ")"):
                continue
            symbols = _symbols(condition, match, pieces)
            if symbols:
                return match, symbols
    return None, []


def _symbols(condition: Condition, match: re.Match[str], pieces: list[_Piece]) -> list[Token]:
    """The tokens that claim something of each letter in turn; none where nothing is claimed."""
    claims = _claims(condition, match, pieces)
    if claims is None:
        return []
    found: list[Token] = []
    begin, end = match.span("letters")
    said = (token.value.lower() for piece in pieces[match.start() : begin] for token in piece.tokens)
    constant = _member("constants") in claims
    existence = () if constant or _EXISTENCE.isdisjoint(said) else (_member("some"),)
    for piece in pieces[begin:end]:
        if piece.name in {"V", "A"}:
            letter = [_as_letter(piece.tokens[0]), *piece.tokens[1:]]
            for claim in (*claims, *existence):
                found += [_SEPARATOR, *letter, *claim]
            if condition.continues:
                found += [_SEPARATOR, *letter]
    return found


def _as_letter(token: Token) -> Token:
    return token._replace(kind=Kind.LETTER) if token.kind in _WORDS else token


def _claims(condition: Condition, match: re.Match[str], pieces: list[_Piece]) -> tuple[_Claim, ...] | None:
    group = next((name for name in ("domain", "places") if match.groupdict().get(name)), None)
    if group is None:
        return () if condition.continues else (_member("any"),)
    begin, end = match.span(group)
    said = pieces[begin:end]
    if group == "places":
        return _run([token for piece in said for token in piece.tokens])
    if len(said) == 1 and said[0].claims:
        return said[0].claims
    tokens = [token for piece in said for token in piece.tokens]
    return (tuple(tokens if tokens[0].kind == Kind.REL else [_MEMBER, *tokens]),)


def _member(name: str) -> _Claim:
    return (_MEMBER, Token(Kind.SET, name))


def _run(tokens: list[Token]) -> tuple[_Claim, ...] | None:
    r"""`= 0, \pm 1, \pm 2` as the integers, `= 1, 2, 3` as those from 1 on; None for other runs."""
    numbers = [token.value for token in tokens if token.kind == Kind.NUM]
    signs = [token.value for token in tokens if token.kind == Kind.OP]
    braced = tokens[-1].kind == Kind.CLOSE
    whole = all(len(number) <= _LONGEST and number.isdecimal() for number in numbers)
    relation = "in" if braced else "="
    if tokens[0].value != relation or (tokens[1].kind == Kind.OPEN) != braced or not whole:
        return None
    if "pm" in signs:
        symmetric = numbers[0] == "0" and signs == ["pm"] * (len(numbers) - 1)
        return (_member("Z"),) if symmetric and _steps_by_one(list(map(int, numbers))) else None
    values = [
        -int(token.value) if before.value == "-" else int(token.value)
        for before, token in pairwise(tokens)
        if token.kind == Kind.NUM
    ]
    if not _steps_by_one(values):
        return None
    if Kind.DOTS in {tokens[1].kind, tokens[2].kind}:
        return (_member("Z"),)
    least = (Token(Kind.REL, ">="), Token(Kind.NUM, numbers[0]))
    return (_member("Z"), least) if values[0] >= 0 else None


def _steps_by_one(values: list[int]) -> bool:
    return all(after == before + 1 for before, after in pairwise(values))


def _pieces(tokens: list[Token]) -> list[_Piece]:
    found: list[_Piece] = []
    words: list[Token] = []
    place = 0
    while place < len(tokens):
        parts, length = _known_words(tokens, place)
        for part in parts:
            if part.value.lower() in _DOMAIN_WORDS:
                words.append(part)
                continue
            found += _set_in_words(words)
            found.append(_Piece(_CLASSES[part.value], [part]))
        if not parts:
            found += _set_in_words(words)
            length = _letter_length(tokens, place)
            found.append(_Piece(_class(tokens[place]), tokens[place : place + length]))
        place += length
    return found


def _known_words(tokens: list[Token], place: int) -> tuple[list[Token], int]:
    """The words about sets that begin at a place, split where they are written together, and their length."""
    token = tokens[place]
    if token.kind not in _WORDS:
        return [], 1
    word = token.value.lower()
    if word in _DOMAIN_WORDS:
        return [token], 1
    if word == "non" and place + 2 < len(tokens) and tokens[place + 1].value == "-":
        joined = f"non{tokens[place + 2].value.lower()}"
        return ([Token(Kind.TEXT, joined)], 3) if joined in _SIGN_WORDS else ([], 1)
    words = [] if word.isascii() else _CHINESE.findall(word)
    return ([Token(Kind.TEXT, part) for part in words] if "".join(words) == word else []), 1


def _set_in_words(words: list[Token]) -> list[_Piece]:
    """The set that the words collected so far name, which are used up."""
    if not words:
        return []
    values = [word.value.lower() for word in words]
    sets = {_SET_WORDS[value] for value in values if value in _SET_WORDS}
    signs = {_SIGN_WORDS[value] for value in values if value in _SIGN_WORDS}
    tokens = words.copy()
    words.clear()
    if len(sets) > 1 or len(signs) > 1:
        return [_Piece("X", tokens)]
    claims = [_member(name) for name in sets]
    claims += [(Token(Kind.REL, sign), Token(Kind.NUM, "0")) for sign in signs]
    if not claims:
        claims = [_member("constants" if values[-1] in _CONSTANTS else "any")]
    return [_Piece("D", tokens, tuple(claims))]


_WORDS: Final = frozenset({Kind.TEXT, Kind.WORD})
_SPOKEN: Final = _WORDS | {Kind.QUANT, Kind.SEP, Kind.LETTER}
_KINDS: Final[dict[str, str]] = {
    Kind.REL: "R",
    Kind.SET: "G",
    Kind.NUM: "N",
    Kind.DOTS: "T",
    Kind.STOP: ".",
    Kind.EOF: "E",
    Kind.LETTER: "V",
}
_SIGNS: Final[dict[tuple[str, str], str]] = {
    (Kind.SEP, ","): "S",
    (Kind.SEP, ";"): "S",
    (Kind.OPEN, "("): "(",
    (Kind.CLOSE, "("): ")",
    (Kind.OPEN, "{"): "{",
    (Kind.CLOSE, "{"): "}",
    (Kind.OP, "-"): "-",
    (Kind.OP, "pm"): "+",
}


def _class(token: Token) -> str:
    kind, value = token.kind, token.value.lower()
    if kind in _SPOKEN and value in _CLASSES:
        return _CLASSES[value]
    if kind in _WORDS:
        return "V" if len(value) == 1 and value.isascii() else "X"
    return _KINDS.get(kind) or _SIGNS.get((kind, token.value), "Y")


def _letter_length(tokens: list[Token], place: int) -> int:
    r"""The number of tokens of a letter or set with its index: `C_1`, `\mathbb{N}^*`; 1 for other tokens."""
    scripts = _INDEXED.get(tokens[place].kind, "")
    if not scripts or tokens[place + 1].kind != Kind.OP or tokens[place + 1].value not in scripts:
        return 1
    index = tokens[place + 2]
    if index.kind in {Kind.NUM, Kind.LETTER, Kind.OP}:
        return 3
    return 5 if index.kind == Kind.GROUP and tokens[place + 4].kind == Kind.ENDGROUP else 1


_INDEXED: Final = {Kind.LETTER: ("_",), Kind.SET: ("_", "^")}
"""The signs before an index of a letter and of a set."""
