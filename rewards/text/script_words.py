"""Tokenisation of a text into words by script.

A word is a maximal run of letters and marks of one script; each letter of a script without spaces
(Han, kana, Thai, …) is a word of its own. Digits, punctuation and letters of no script, such as mathematical
ones, are no words. For words as `str.split()` makes them see :mod:`rewards.text.words`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from rewards.text.scripts import MARK, NAMES, NONE, UNSPACED, code_points, letters

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ScriptWords", "script_words"]

_SYMBOLIC = np.asarray([name in {"Latin", "Greek"} for name in NAMES])
"""True for each script whose single letters are taken for symbols: x, n, or an alpha."""
_ALONE = np.asarray([name in UNSPACED for name in NAMES])


@dataclasses.dataclass(frozen=True, slots=True)
class ScriptWords:
    """The words of a text, in order."""

    scripts: NDArray[np.uint8]
    """The script of each word, as a number in :data:`rewards.text.scripts.NAMES`."""
    starts: NDArray[np.intp]
    """Start of each word, in code points."""
    ends: NDArray[np.intp]
    """End of each word, in code points."""

    def take(self, which: slice | NDArray[np.bool_]) -> ScriptWords:
        """Return some of the words."""
        return ScriptWords(self.scripts[which], self.starts[which], self.ends[which])


def script_words(text: str, masked: NDArray[np.bool_]) -> ScriptWords:
    """Return the words of `text` outside `masked`, without single Latin and Greek letters.

    >>> words = script_words("see x 你好", np.zeros(8, dtype=bool))
    >>> [NAMES[script] for script in words.scripts], words.starts.tolist(), words.ends.tolist()
    (['Latin', 'Han', 'Han'], [0, 6, 7], [3, 7, 8])
    """
    kinds = letters().take(code_points(text))
    kinds[masked] = NONE
    places: NDArray[np.intp] | None = None
    if (marks := kinds == MARK).any():
        # A mark without a script of its own belongs to the letter before it; without them runs are whole.
        places = np.flatnonzero(~marks)
        kinds = kinds[places]
    lettered, alone = kinds != NONE, _ALONE.take(kinds)
    changes = kinds[1:] != kinds[:-1]
    begins, ends = lettered.copy(), lettered.copy()
    begins[1:] &= changes | alone[1:]
    ends[:-1] &= changes | alone[:-1]
    first, last = np.flatnonzero(begins), np.flatnonzero(ends)
    scripts = kinds[first]
    counted = (first != last) | ~_SYMBOLIC.take(scripts)
    scripts, first, last = scripts[counted], first[counted], last[counted]
    if places is not None:
        first, last = places[first], places[last]
    return ScriptWords(scripts, first, last + 1)
