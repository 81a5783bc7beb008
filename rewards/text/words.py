"""Tokenisation of a text into words, with equal numbers for equal words.

A word is what `str.split()` makes: a maximal run without Unicode white space. In scripts that put no
spaces between words (:data:`rewards.text.scripts.UNSPACED`) every character is a word of its own, as if it
stood between spaces. There is no dictionary here and no stemming.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from rewards.text.scripts import UNSPACED, code_points, members

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["word_ids", "word_spans"]

_SPACE = np.asarray([chr(code).isspace() for code in range(0x3002)])
"""True for white space, by code point, up to the last white space and one beyond."""


def word_ids(text: str) -> tuple[NDArray[np.int64], int]:
    """Return a number for each word of `text`, equal for equal words, and the count of single characters.

    Single characters are those of unspaced scripts.

    >>> ids, characters = word_ids("to be or not to be 是")
    >>> ids.tolist(), characters
    ([0, 1, 2, 3, 0, 1, 4], 1)
    """
    text, characters = _spaced(text)
    words = text.split()
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    return np.fromiter(map(numbers.__getitem__, words), dtype=np.int64, count=len(words)), characters


def word_spans(text: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the start and the end of each word of `text`, in code points.

    >>> [places.tolist() for places in word_spans("to be 是否")]
    [[0, 3, 6, 7], [2, 5, 7, 8]]
    """
    points = code_points(text)
    space = _SPACE.take(points, mode="clip")
    alone = members(*UNSPACED).take(points)
    barrier = space | alone
    begins, ends = ~space, ~space
    begins[1:] &= barrier[:-1] | alone[1:]
    ends[:-1] &= barrier[1:] | alone[:-1]
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _spaced(text: str) -> tuple[str, int]:
    """Return `text` with spaces around every character of an unspaced script, and the count of those."""
    if text.isascii():
        return text, 0
    points = code_points(text)
    alone = members(*UNSPACED).take(points)
    if not (characters := int(np.count_nonzero(alone))):
        return text, 0
    widths = np.where(alone, 3, 1)
    ends = np.cumsum(widths)
    spaced = np.full(int(ends[-1]), ord(" "), dtype="<u4")
    spaced[ends - 1 - alone] = points
    return spaced.tobytes().decode("utf-32-le"), characters
