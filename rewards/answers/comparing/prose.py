r"""Prose golds: sentences that hold a value which no reader finds.

A gold that cannot be read is still compared as text where it is a name or a plain phrase: `Monday`, `the
second player wins`, `n \text{ is even}`. A gold of several words that holds a number or a formula (`The
smallest integer k is 2022.`) is prose: no answer but the same sentence would be right, so it counts as
unparseable instead. So does a gold whose LaTeX was broken on its way.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["why_prose"]

_TEXT_COMMAND: Final = re.compile(
    r"\\(?:text|mbox|textbf|textit|textrm|mathrm|rm|q?quad)(?![a-zA-Z])|\\[ ,;:!]|[{}$~]"
)
_WORD: Final = re.compile(r"(?<!\\)(?<![^\W\d_])[^\W\d_]{2,}")
_LETTER: Final = re.compile(r"[^\W\d_]")
_PUNCTUATION: Final = re.compile(r"[\s.,;:!?'\"()\[\]/\u2018-\u201d\u2013\u2014\u3001\u3002\uff0c-]+")
_AMOUNT: Final = re.compile(r"\s*[-+]?\d")
_SEVERAL: Final = 3
"""Words that make prose of a gold with a number; two, where it begins with the number: `14 grams each`."""
_BROKEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)|[\^_]\s*\n")
"""Traces of a backslash that was taken for an escape: `120^\rightarrow`."""
_BRACE: Final = re.compile(r"(?<!\\)[{}]")


def why_prose(gold: str) -> str | None:
    r"""Return the reason not to compare a gold that cannot be read, and has words, as text; or None.

    >>> why_prose("The smallest integer k is 2022."), why_prose("60^\noperator")
    ('prose that holds a value', 'broken LaTeX')
    >>> why_prose("The second player wins."), why_prose(r"\text{Due north}"), why_prose("Player 2 wins")
    (None, None, None)
    """
    braces = _BRACE.findall(gold)
    if _BROKEN.search(gold) or braces.count("{") != braces.count("}"):
        return "broken LaTeX"
    plain = _TEXT_COMMAND.sub(" ", gold)
    words = len(_WORD.findall(plain))
    rest = _PUNCTUATION.sub("", _LETTER.sub("", _WORD.sub("", plain)))
    several = words + bool(_AMOUNT.match(plain)) >= _SEVERAL
    return "prose that holds a value" if rest and several else None
