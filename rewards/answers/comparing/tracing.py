"""A full account of how a text is read: rewrites, tokens, tree, or the token and the rule that refused it.

For people who ask why; nothing that judges uses it. The places are those of the text as it was written.
"""

from __future__ import annotations

import dataclasses
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from rewards.answers.notation.rewrites import rewrite_steps
from rewards.answers.reading.reader import Oversized, Unread, read, tokens_of
from rewards.answers.reading.tokens import token_places
from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.answers.reading.tokens import Token

__all__ = ["account"]

_MOST_LINES: Final = 80
_MOST_ALIGNED: Final = 2_000
"""Most characters or tokens whose places are looked for; beyond them the places are those of the rewrite."""
_AROUND: Final = 30
"""Characters shown on each side of a token that was refused."""


def account(text: str, *, gold: bool = False) -> list[str]:
    r"""Tell how a text is read, line by line.

    >>> for line in account(r"**5 + \foo**"):
    ...     print(line)
    rewrite  weight in Markdown: 5 + \foo
    tokens   num 5 | op + | other \foo
    refused  at character 7 by the rule 'term': expected a value at '\\foo'
               **5 + \foo**
                     ^^^^
    """
    steps = rewrite_steps(text, gold=gold)
    last = steps[-1][1] if steps else text
    lines = [f"rewrite  {name}: {_one_line(after)}" for name, after in steps]
    tokens, reading = tokens_of(last), read(last)
    if isinstance(tokens, Oversized) or isinstance(reading, Oversized):
        return [*lines, f"too big  {reading.reason if isinstance(reading, Oversized) else ''}"]
    written = (f"{token.kind} {token.value}".rstrip() for token in tokens[:-1])
    lines.append(f"tokens   {' | '.join(written)}")
    if isinstance(reading, Unread):
        return [*lines, *_refusal(text, last, tokens, reading)]
    tree = _outline(reading)
    more = [f"... and {len(tree) - _MOST_LINES} lines more"] if len(tree) > _MOST_LINES else []
    first, *rest = [*tree[:_MOST_LINES], *more]
    return [*lines, f"tree     {first}", *(f"         {line}" for line in rest)]


def _refusal(text: str, last: str, tokens: list[Token], reading: Unread) -> list[str]:
    """The token that was refused, with what stands around it in the text as it was written."""
    places = [*token_places(last), len(last)]
    number = min(reading.place_in(tokens), len(places) - 1)
    begin, end = places[number], places[min(number + 1, len(places) - 1)]
    origin = _aligned(last, text)
    start, stop = origin[begin], origin[end] if end > begin else origin[begin] + 1
    written = reading.token.value if reading.token else ""
    as_written = bool(written) and text.startswith(written, start)
    width = len(written) if as_written else max(1, len(text[start:stop].rstrip()))
    left = max(0, start - _AROUND)
    by = f" by the rule {reading.rule!r}" if reading.rule else ""
    return [
        f"refused  at character {start + 1}{by}: {reading.reason}",
        f"           {_one_line(text[left : start + width + _AROUND])}",
        f"           {' ' * (start - left)}{'^' * width}",
    ]


def _aligned(made: Sequence[object], source: Sequence[object]) -> list[int]:
    """For each place of a sequence, and for its end, the place in the one that it was made from.

    >>> _aligned("5 is", "**5 is**")
    [2, 3, 4, 5, 8]
    """
    if made == source or max(len(made), len(source)) > _MOST_ALIGNED:
        return [min(place, len(source)) for place in range(len(made) + 1)]
    places: list[int] = []
    reached = 0
    for start, begin, size in SequenceMatcher(None, source, made, autojunk=False).get_matching_blocks():
        places += [reached] * (begin - len(places))
        places += range(start, start + size)
        reached = start + size
    return [*places, len(source)]


def _outline(node: object) -> list[str]:
    """A node and what it holds, one a line, deeper ones further in.

    >>> _outline(read("2x"))
    ['Product', '  Number 2', '  Symbol x 0']
    """
    if isinstance(node, tuple):
        return [line for part in node for line in _outline(part)]
    if not isinstance(node, s.Node) or not dataclasses.is_dataclass(node):
        return []
    values = [getattr(node, field.name) for field in dataclasses.fields(node)]
    plain = [str(value) for value in values if _is_plain(value)]
    inner = [f"  {line}" for value in values for line in _outline(value)]
    return [" ".join([type(node).__name__, *plain]), *inner]


def _is_plain(value: object) -> bool:
    """Return True for what is worth a word beside the name of its node."""
    if isinstance(value, tuple):
        return bool(value) and all(isinstance(part, str) for part in value)
    return not isinstance(value, s.Node) and value is not None and value is not False and value != ""


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")
