"""Tokenisation of a text into words, with equal numbers for equal words.

A word is what `str.split()` makes: a maximal run without Unicode white space. Two kinds of characters are
words of their own, as if each stood between spaces: those of scripts that put no spaces between words
(:data:`rewards.text.scripts.UNSPACED`), and those of a long run that only repeats itself, such as four
hundred exclamation marks. Long runs that do not, such as a URL or encoded data, are one word. There is no
dictionary here and no stemming.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from rewards.text.ngrams import repetitions
from rewards.text.scripts import UNSPACED, code_points, members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rewards.text.scripts import CodePoints

__all__ = ["word_ids", "word_spans"]

_SPACE = np.asarray([chr(code).isspace() for code in range(0x3002)])
"""True for white space, by code point, up to the last white space and one beyond."""


_LONG = 256
"""Code points of the shortest run that may be cut, longer than words, most URLs and most formulas."""

_ALIKE = 16
"""Code points of the stretches that a run must repeat: encoded data, digits and formulas hardly do."""

_MOSTLY = 0.5
"""Share of a run's stretches above which it only repeats itself."""


def word_ids(text: str, *, lowercase: bool = False) -> tuple[NDArray[np.int64], int]:
    """Return a number for each word of `text`, equal for equal words, and the count of single characters.

    Single characters are those of unspaced scripts, and those of long runs that only repeat themselves.

    Args:
        text: the text to cut.
        lowercase: True if words that differ in case alone are equal.

    >>> ids, characters = word_ids("to be or not to be 是")
    >>> ids.tolist(), characters
    ([0, 1, 2, 3, 0, 1, 4], 1)
    >>> word_ids("wow " + "!" * 400)[1]
    400
    """
    spaced, characters = _spaced(text)
    words = (spaced.lower() if lowercase else spaced).split()
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    ids = np.fromiter(map(numbers.__getitem__, words), dtype=np.int64, count=len(words))
    if max(map(len, numbers), default=0) < _LONG:
        return ids, characters
    starts, ends = word_spans(text)
    words = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    numbers.clear()
    ids = np.fromiter(
        (numbers[word.lower() if lowercase else word] for word in words), dtype=np.int64, count=len(words)
    )
    return ids, int(np.count_nonzero(_alone(text)))


def word_spans(text: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the start and the end of each word of `text`, in code points.

    >>> [places.tolist() for places in word_spans("to be 是否")]
    [[0, 3, 6, 7], [2, 5, 7, 8]]
    """
    return _bounds(code_points(text), _alone(text))


def _alone(text: str) -> NDArray[np.bool_]:
    """Return a mask of the characters of `text` that are words of their own."""
    points = code_points(text)
    alone = members(*UNSPACED).take(points)
    starts, ends = _bounds(points, alone)
    for run in np.flatnonzero(ends - starts >= _LONG).tolist():
        at = slice(int(starts[run]), int(ends[run]))
        stretches = int(ends[run] - starts[run]) - _ALIKE + 1
        if len(repetitions(points[at].astype(np.int64), _ALIKE)) > _MOSTLY * stretches:
            alone[at] = True
    return alone


def _bounds(points: CodePoints, alone: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the start and the end of each word, where the characters `alone` are words of their own."""
    space = _SPACE.take(points, mode="clip")
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
