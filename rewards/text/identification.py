"""Language identification of sentences by the `lingua` extra."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from rewards.text.masking import covered
from rewards.text.scripts import code_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rewards.text.script_words import ScriptWords

__all__ = ["LONGEST", "MOST", "SHORTEST", "available", "identify"]

SHORTEST, LONGEST, MOST = 16, 2048, 1024
"""The fewest letters and the most code points shown of a sentence, and the most sentences of a text."""

_SENTENCE_ENDS = np.zeros(0xFF20, dtype=np.bool_)
_SENTENCE_ENDS[[ord(mark) for mark in "\n.!?\u3002\uff01\uff1f"]] = True


def available() -> bool:
    """Return True if `lingua` is installed."""
    return importlib.util.find_spec("lingua") is not None


def identify(text: str, words: ScriptWords, languages: tuple[str, ...]) -> NDArray[np.intp]:
    """Return for each of `words` the index in `languages` of its sentence's language; -1 where undecided.

    A sentence is what stands between full stops, question or exclamation marks and line ends; of it, only
    `words` are shown to the detector. Of more than MOST sentences as many, evenly spaced, are identified.

    Args:
        text: the whole text.
        words: those of its words that are to be identified.
        languages: at least two ISO 639-1 codes.
    """
    found = np.full(len(words.starts), -1, dtype=np.intp)
    if not len(found):
        return found
    points = code_points(text)
    shown = np.where(covered(len(text), words.starts, words.ends), points, ord(" ")).astype("<u4")
    ended = np.cumsum(_SENTENCE_ENDS.take(points, mode="clip"))
    firsts = np.flatnonzero(np.diff(ended[words.starts], prepend=-1))
    afters = np.append(firsts[1:], len(found))
    detector = _detector(languages)
    chosen = np.unique(np.linspace(0, len(firsts) - 1, MOST, dtype=np.intp))
    for first, after in zip(firsts[chosen].tolist(), afters[chosen].tolist(), strict=True):
        if np.sum(words.ends[first:after] - words.starts[first:after]) < SHORTEST:
            continue
        start, end = int(words.starts[first]), int(words.ends[after - 1])
        sentence = shown[start : min(end, start + LONGEST)].tobytes().decode("utf-32-le")
        if (language := detector.detect_language_of(sentence)) is not None:
            found[first:after] = languages.index(language.iso_code_639_1.name.lower())
    return found


@functools.lru_cache(maxsize=8)
def _detector(languages: tuple[str, ...]) -> Any:  # noqa: ANN401  # an extra: its types may not be here
    lingua = importlib.import_module("lingua")
    codes = [getattr(lingua.IsoCode639_1, language.upper()) for language in languages]
    return lingua.LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
