r"""The writing system of each character, looked up in tables over code points.

A table look-up on UTF-32 answers for a whole text at once what `\p{Han}` answers one character at a
time, with the same result. The ranges are in :mod:`rewards.text.script_ranges`; the tables, about 1 MB
each, are made when they are first used.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from rewards.text.script_ranges import INHERITED_MARKS, LETTERS_AND_MARKS, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["MARK", "NAMES", "NONE", "UNSPACED", "code_points", "letters", "members", "script_share"]

CodePoints: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint32]"

NONE, MARK = 0, 1
"""Values in :func:`letters` of a code point that is no letter, and of a mark of no script of its own."""

NAMES = ("", "", *sorted(SCRIPTS))
"""The name of each script number in :func:`letters`."""

UNSPACED = (
    *("Han", "Hiragana", "Katakana", "Bopomofo", "Yi", "Nushu", "Tangut"),
    *("Thai", "Lao", "Khmer", "Myanmar", "Taile", "Newtailue", "Taitham", "Taiviet", "Tibetan"),
)
"""The scripts that put no spaces between words."""


def code_points(text: str) -> CodePoints:
    """The code points of `text`: one byte each where it is ASCII, else four.

    >>> code_points("aß").tolist()
    [97, 223]
    """
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(text.encode("utf-32-le"), dtype="<u4")


def script_share(text: str, script: str) -> float:
    r"""The share of the code points of `text` that match `\p{script}`; 0 for an empty text.

    >>> script_share("水 is water", "Han") == 1 / 10
    True
    """
    if not text:
        return 0.0
    return int(np.count_nonzero(members(script).take(code_points(text)))) / len(text)


@functools.cache
def members(*scripts: str) -> NDArray[np.bool_]:
    """Return a table over code points, True for those of one of `scripts`."""
    table = np.zeros(0x110000, dtype=np.bool_)
    for script in scripts:
        for run in _runs(SCRIPTS[script]):
            table[run] = True
    table.setflags(write=False)
    return table


@functools.cache
def letters() -> NDArray[np.uint8]:
    """Return a table over code points: the script's number for a letter or mark, else NONE or MARK."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for number, name in enumerate(NAMES):
        for run in _runs(SCRIPTS.get(name, "")):
            table[run] = number
    letter = np.zeros(len(table), dtype=np.bool_)
    for run in _runs(LETTERS_AND_MARKS):
        letter[run] = True
    table[~letter] = NONE
    for run in _runs(INHERITED_MARKS):
        table[run] = MARK
    table.setflags(write=False)
    return table


def _runs(ranges: str) -> Iterator[slice]:
    for run in ranges.split():
        first, _, last = run.partition("-")
        yield slice(int(first, 16), int(last or first, 16) + 1)
