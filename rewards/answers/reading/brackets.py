"""Brackets and bars of an answer, noted in one pass over its tokens before they are parsed."""

from __future__ import annotations

from typing import Final, NamedTuple

from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.tokens import Token

__all__ = ["Layout", "layout", "turned"]

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


class Layout(NamedTuple):
    """The places of brackets and bars by what they hold."""

    conditions: set[int]
    r"""Brackets with a relation or a modulus directly inside: `(k > 0)`, `(\bmod 3)`."""
    listings: set[int]
    """Brackets with a separator directly inside."""
    wrappers: set[int]
    r"""Groups that hold one pair of round brackets and nothing else: `f{\left(x\right)}`."""
    bars: set[int]
    """Bars from which to the end of their bracket the bars are even in number."""


def layout(tokens: list[Token]) -> Layout:
    r"""Note what all brackets and bars hold.

    >>> from rewards.answers.reading.tokens import tokenize
    >>> layout(tokenize(r"(k > 0) (1, 2) {(x)} |y|"))
    Layout(conditions={0}, listings={5}, wrappers={10}, bars={15})
    """
    found = Layout(set(), set(), set(), set())
    opened = [-1]
    bars: list[list[int]] = [[]]
    for place, (kind, value, _) in enumerate(tokens):
        if kind in _OPENING:
            opened.append(place)
            bars.append([])
        elif kind in _CLOSING and len(bars) > 1:
            found.bars.update(bars.pop()[-2::-2])
            start, outer = opened.pop(), opened[-1]
            braced = tokens[outer].kind == Kind.GROUP and tokens[place + 1].kind == Kind.ENDGROUP
            if start - 1 == outer and value == "(" and braced:
                found.wrappers.add(outer)
        elif kind in {Kind.SEP, Kind.REL}:
            found.bars.update(bars[-1][-2::-2])
            bars[-1] = []
            (found.listings if kind == Kind.SEP else found.conditions).add(opened[-1])
        elif value == "mod" and opened[-1] == place - 1:
            found.conditions.add(opened[-1])
        elif kind == Kind.OP and value in {"|", "||"}:
            bars[-1].append(place)
    for level in bars:
        found.bars.update(level[-2::-2])
    return found
