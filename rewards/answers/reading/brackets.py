"""Brackets and bars of an answer, noted in one pass over its tokens before they are parsed."""

from __future__ import annotations

from typing import Final

from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.tokens import Token

__all__ = ["bar_pairs", "conditions", "listings", "turned", "wrappers"]

_ENDS_INTERVAL: Final = frozenset(
    [Kind.EOF, Kind.SEP, Kind.CLOSE, Kind.OP, Kind.REL, Kind.STOP, Kind.TEXT, Kind.WORD, Kind.ENDGROUP]
)
_OPENING: Final = frozenset([Kind.OPEN, Kind.GROUP])
_CLOSING: Final = frozenset([Kind.CLOSE, Kind.ENDGROUP])


def turned(tokens: list[Token]) -> list[Token]:
    """The tokens with round brackets for square ones that look outwards, as the French write.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> turned(tokenize("]0, 1]")) == tokenize("(0, 1]"), turned(tokenize("[0, 1[")) == tokenize("[0, 1)")
    (True, True)
    """
    found = list(tokens)
    opened: list[tuple[str, bool]] = []  # each open bracket, and whether a separator has stood in it
    for place, token in enumerate(tokens):
        bracket, interval = opened[-1] if opened else ("", False)
        if token[:2] == (Kind.CLOSE, "[") and bracket != "[" and not interval:
            found[place] = Token(Kind.OPEN, "(", token.gap)
            opened.append(("[", False))
        elif token[:2] == (Kind.OPEN, "[") and bracket == "[" and interval and _ends(tokens[place + 1]):
            found[place] = Token(Kind.CLOSE, "(", token.gap)
            opened.pop()
        elif token.kind == Kind.OPEN:
            opened.append((token.value, False))
        elif token.kind == Kind.CLOSE and opened:
            opened.pop()
        elif token.kind == Kind.SEP and opened:
            opened[-1] = bracket, True
    return found


def _ends(following: Token) -> bool:
    """Return True if nothing that a bracket could hold comes next."""
    return following.kind in _ENDS_INTERVAL


def conditions(tokens: list[Token]) -> frozenset[int]:
    r"""The places of brackets with a relation or a modulus directly inside.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> sorted(conditions(tokenize("2k (k > 0) (3)")))
    [2]
    """
    stack: list[int] = []
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind in _OPENING:
            stack.append(place)
        elif token.kind in _CLOSING:
            if stack:
                stack.pop()
        elif stack and (token.kind == Kind.REL or (token.value == "mod" and stack[-1] == place - 1)):
            found.add(stack[-1])
    return frozenset(found)


def listings(tokens: list[Token]) -> frozenset[int]:
    """The places of brackets with a separator directly inside.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> sorted(listings(tokenize("a(b, c) + (d)")))
    [1]
    """
    stack: list[int] = []
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind == Kind.OPEN:
            stack.append(place)
        elif token.kind == Kind.CLOSE:
            if stack:
                stack.pop()
        elif stack and token.kind == Kind.SEP:
            found.add(stack[-1])
    return frozenset(found)


def wrappers(tokens: list[Token]) -> frozenset[int]:
    r"""The places of groups that hold one pair of round brackets and nothing else.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> sorted(wrappers(tokenize(r"f{\left(x\right)} + {(1) + 2}")))
    [1]
    """
    stack: list[int] = []
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind in _OPENING:
            stack.append(place)
        elif token.kind in _CLOSING and stack:
            opened = stack.pop()
            group = opened - 1
            if (
                token[:2] == (Kind.CLOSE, "(")
                and stack[-1:] == [group]
                and tokens[group].kind == Kind.GROUP
                and tokens[place + 1].kind == Kind.ENDGROUP
            ):
                found.add(group)
    return frozenset(found)


def bar_pairs(tokens: list[Token]) -> frozenset[int]:
    """The places of bars from which to the end of their bracket the bars are even in number.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> sorted(bar_pairs(tokenize("2|x|")))
    [1]
    """
    levels: list[list[int]] = [[]]
    found: set[int] = set()
    for place, token in enumerate(tokens):
        if token.kind in _OPENING:
            levels.append([])
        elif token.kind in _CLOSING and len(levels) > 1:
            found.update(levels.pop()[-2::-2])
        elif token.kind in {Kind.SEP, Kind.REL}:
            found.update(levels[-1][-2::-2])
            levels[-1] = []
        elif token.kind == Kind.OP and token.value in {"|", "||"}:
            levels[-1].append(place)
    for bars in levels:
        found.update(bars[-2::-2])
    return frozenset(found)
