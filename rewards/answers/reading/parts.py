r"""Answers in labelled parts: `(a) 4, (b) 9`, `\text{(1) }12;\ \text{(2) }x>3`, `i) 2; ii) 5`.

The parts become named values, so that they go by their labels where both sides have them, and by their order
where one side has none. Small letters, numbers and small roman numerals label parts; `(A) 4` is a choice. One
label alone is no list of parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.reading.kinds import Kind
from rewards.answers.tree.syntax import Listing, Node, Relation, Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.reading.reader import Reading
    from rewards.answers.reading.tokens import Token

__all__ = ["read_parts"]

_STYLES: Final = (
    {str(number): number for number in range(1, 17)},
    {letter: place for place, letter in enumerate("abcdefghij", start=1)},
    {name: place for place, name in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii"), start=1)},
)
_NAMES: Final = frozenset().union(*_STYLES)
_ENDS: Final = frozenset({Kind.SEP, Kind.ROW, Kind.STOP})
_LABEL_KINDS: Final = frozenset({Kind.LETTER, Kind.TEXT, Kind.WORD, Kind.NUM})


def read_parts(tokens: list[Token], read_tokens: Callable[[list[Token]], Reading]) -> Node | None:
    """The parts as a listing of named values, in the order of their labels; None where there are none."""
    if Kind.CLOSE not in {tokens[1].kind, tokens[2].kind}:
        return None
    labels = _labels(tokens)
    names = {label.name for label in labels}
    style = next((style for style in _STYLES if style.keys() >= names), {})
    if not labels[1:] or sorted(style.get(name, 0) for name in names) != [*range(1, len(labels) + 1)]:
        return None
    parts: dict[int, Node] = {}
    for place, label in enumerate(labels):
        end = labels[place + 1].start if place + 1 < len(labels) else -1
        body = tokens[label.end : end]
        while body and body[-1].kind in _ENDS:
            body.pop()
        part = read_tokens([*body, tokens[-1]])
        if not isinstance(part, Node):
            return None
        parts[style[label.name]] = part
    return Listing(
        tuple(Relation((Symbol(f"part {place}"), parts[place]), ("=",)) for place in sorted(parts)), ","
    )


class _Label(NamedTuple):
    name: str
    start: int
    end: int


def _labels(tokens: list[Token]) -> list[_Label]:
    """The labels, the first of which must open the answer, and each other one follow a separator."""
    found: list[_Label] = []
    for place, token in enumerate(tokens[:-2]):
        if token.kind not in _LABEL_KINDS or token.value not in _NAMES:
            continue
        if tokens[place + 1][:2] != (Kind.CLOSE, "("):
            continue
        bracketed = place > 0 and tokens[place - 1][:2] == (Kind.OPEN, "(")
        start = place - bracketed
        if start and tokens[start - 1].kind not in _ENDS:
            continue
        after = tokens[place + 2]
        marked = after.kind == Kind.STOP or after.value == ":"
        if after.kind in {Kind.SEP, Kind.EOF} or not (marked or after.gap or token.kind == Kind.TEXT):
            continue
        found.append(_Label(token.value, start, place + 2 + marked))
    return found if found and found[0].start == 0 else []
