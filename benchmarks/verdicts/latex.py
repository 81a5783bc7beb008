"""Just enough LaTeX to change a gold in a known way: tokens, protected text, top-level parts.

Not a reader of mathematics: that is the judge's, and a suite that borrowed it would share its mistakes.
"""

from __future__ import annotations

import re

__all__ = ["OPENING", "closing_of", "parts", "tokens"]

_TOKEN = re.compile(
    r"\\(?:text|mbox|textbf|textit|mathrm|operatorname|hspace|begin|end|color|tag)\*?\s*\{[^{}]*\}"
    r"|\\[A-Za-z]+"
    r"|\\."
    r"|\d+(?:(?:\{,\}|,\\!|,)\d{3}(?!\d))*(?:\.\d+)?"
    r"|\s+"
    r"|.",
    re.DOTALL,
)

OPENING = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "\\left(": "\\right)"}
_CLOSING = {")", "]", "}", "\\}"}


def tokens(text: str) -> list[str]:
    r"""`text` cut into control words, numbers, whole ``\\text{...}`` groups and single characters.

    >>> tokens(r"x=\frac{12}{5}\text{ cm}")
    ['x', '=', '\\frac', '{', '12', '}', '{', '5', '}', '\\text{ cm}']
    """
    return _TOKEN.findall(text)


def closing_of(pieces: list[str], start: int) -> int | None:
    """Where the bracket that opens at `start` closes; ends of different kinds may pair, as in ``[0, 1)``."""
    depth = 0
    for position in range(start, len(pieces)):
        if pieces[position] in OPENING:
            depth += 1
        elif pieces[position] in _CLOSING:
            depth -= 1
            if depth == 0:
                return position
    return None


def parts(text: str) -> tuple[str, list[str], str]:
    """`text` as (what opens it, its top-level parts, what closes it); separators stay in front of each part.

    >>> parts("(1, 2)")
    ('(', ['1', ', 2'], ')')
    """
    pieces = tokens(text.strip())
    before, after = [], []
    openers = {"(", "[", "\\{"}
    while pieces and pieces[0] in {"\\left", "\\left."}:
        before.append(pieces.pop(0))
    if pieces and pieces[0] in openers and closing_of(pieces, 0) == len(pieces) - 1:
        before.append(pieces.pop(0))
        after.append(pieces.pop())
        if pieces and pieces[-1] == "\\right":
            after.insert(0, pieces.pop())
    elif before:
        pieces, before = before + pieces, []
    found: list[list[str]] = [[]]
    depth = 0
    for piece in pieces:
        if piece in OPENING:
            depth += 1
        elif piece in _CLOSING:
            depth -= 1
        if depth == 0 and (
            piece in {",", ";", "\\cup"} or re.fullmatch(r"\\text\s*\{\s*(and|or)\s*\}", piece)
        ):
            found.append([piece])
        else:
            found[-1].append(piece)
    return "".join(before), ["".join(part) for part in found], "".join(after)
