r"""Names of functions among the tokens: `\operatorname{tr}`, `\mathrm{tr}`, `{\rm tr}`, `\mathbf{tr}`.

A word that a command marks as a name is a function where it has something to apply to. So is a bare word
before a bracket if it is the name of a function. Neither ever falls apart into a product of its letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.functions import GUARDED, LETTERS, NAMES, Function
from rewards.answers.reading.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rewards.answers.reading.tokens import Token

__all__ = ["apply_names", "may_be_name", "without_braces"]

_ARGUMENTS: Final = frozenset(
    [
        Kind.LETTER,
        Kind.CONST,
        Kind.NUM,
        Kind.CMD,
        Kind.FUN,
        Kind.MARK,
        Kind.OPEN,
        Kind.GROUP,
        Kind.WORD,
        Kind.SET,
        Kind.BEGIN,
    ]
)
"""Kinds of tokens that begin what a function applies to."""
_WORDS: Final = frozenset([Kind.WORD, Kind.TEXT, Kind.FUN])
_OPENED: Final = (Kind.OPEN, "(")
_BETWEEN: Final = frozenset([(Kind.OP, "^"), (Kind.OP, "_"), (Kind.OP, "|")])
"""Other tokens that may follow a function: a power, a base, or the bar that opens its argument."""


def may_be_name(kind: str, value: str) -> bool:
    """Return True if a token may turn out to be the name of a function, depending on its successor."""
    if kind == Kind.LETTER:
        return len(value) > 1
    return kind in _WORDS and value in NAMES


def apply_names(tokens: list[Token], places: Iterable[int]) -> None:
    """Make functions of the words at `places` that have something to apply to."""
    for place in places:
        if place + 1 >= len(tokens):
            continue
        before, word, following = tokens[place - 1] if place else None, tokens[place], tokens[place + 1]
        if word.kind == Kind.LETTER:
            if following[:2] == _OPENED:  # `\operatorname{gamma}(x)`, `\operatorname{mu}(n)`
                row = LETTERS.get(word.value)
                kind, value = (Kind.FUN, row.name) if row else (Kind.TEXT, word.value)
                tokens[place] = word._replace(kind=kind, value=value)
            continue
        row = NAMES.get(word.value)
        if row is not None and _applies(row, word, following):
            ordinal = word.value == "th" and before is not None and before.kind == Kind.NUM
            if not ordinal or following[:2] == _OPENED:
                tokens[place] = word._replace(kind=Kind.FUN, value=row.name)


def _applies(row: Function, word: Token, following: Token) -> bool:
    if following[:2] == _OPENED:
        return True
    if word.kind == Kind.WORD:
        return row.before_letters and following.kind == Kind.LETTER
    return not row.before_brackets and (
        following.kind in _ARGUMENTS
        or following[:2] in _BETWEEN
        or (following.kind == Kind.TEXT and len(following.value) == 1)
    )


def without_braces(tokens: list[Token], marked: list[int], *, font: bool) -> bool:
    r"""Take away the braces that close here if they hold one name alone, as in `{\rm tr}` and `\mathbf{tr}`.

    `marked` are the places of names so far, and keep up with it; `font` says that these braces are those of
    `\rm` and its like. Returns whether there were any.
    """
    if len(tokens) < len("{x") or tokens[-2].kind != Kind.GROUP or len(tokens[-1].value) == 1:
        return False
    before, word = tokens[-3] if len(tokens) > len("{x") else None, tokens[-1]
    greek = word.kind == Kind.LETTER and marked[-1:] == [len(tokens) - 1]
    if word.kind not in {Kind.WORD, Kind.TEXT, Kind.FUN} and not greek:
        return False
    bold = before is not None and before[:2] == (Kind.MARK, "bold")
    if not (font or bold) and (
        (word.kind == Kind.WORD and word.value not in GUARDED) or _takes_braces(before)
    ):
        return False
    del tokens[-3 if bold else -2 :]
    while marked and marked[-1] >= len(tokens):
        marked.pop()
    marked.append(len(tokens))
    tokens.append(word._replace(kind=Kind.TEXT) if word.kind == Kind.WORD and (font or bold) else word)
    return True


def _takes_braces(before: Token | None) -> bool:
    """Return True if braces after a token are an argument of a command, mark, root, power or index."""
    return before is not None and (
        before.kind in {Kind.CMD, Kind.ENDGROUP, Kind.MARK, Kind.CLOSE} or before.value in {"^", "_"}
    )
