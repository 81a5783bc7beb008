r"""Masks of the parts of a text that are mathematics, code or markup, and so belong to no language.

An opener without its closer masks nothing. All is one regular expression whose every failed attempt
ends where the next one begins, so that no text, however many openers it leaves open, takes more than
linear time. This is no parser: of nested environments the innermost is masked, and of the others
the commands.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["covered", "mask", "mask_lines"]

# What the parts must not contain (the opener itself, mostly) is what keeps failed attempts short.
_MASKED = re.compile(
    r"""
      \\[\\$]                                                              # an escaped backslash or dollar
    | \$\$ (?: [^$\\] | \\[\s\S] | \$(?!\$) )*+ \$\$
    | \$ (?![\s$]) (?: [^$\\\n] | \\[^\n] | \n(?![\ \t]*\n) )*+ (?<!\s) \$ (?!\d)  # not $5 and $6
    | \\\( (?: [^\\] | \\(?![()]) )*+ \\\)
    | \\\[ (?: [^\\] | \\(?![\[\]]) )*+ \\\]
    | \\begin\{ (?: [^\\] | \\(?!begin\{|end\{) )*+ \\end\{ [^{}\n]*+ \}
    | \\[A-Za-z]++                                                         # any other LaTeX command
    | ``` (?: [^`] | `(?!``) )*+ ```
    | ` [^`\n]++ `
    | < /?+ [A-Za-z] [\w.:-]*+ (?: \s++ [\w:-]++ \s*+ = [^<>]*+ )?+ \s*+ /?+ >
    | <\| [^<>|\s]*+ \|>                                                   # a special token
    | https?+:// [!-~]++
    | www\. [!-~]++
    """,
    re.VERBOSE,
)


def mask(text: str) -> NDArray[np.bool_]:
    r"""Return a mask of the code points of `text` that are part of mathematics, code or markup.

    >>> text = r"so $x$ is \(y\), or `z`"
    >>> "".join("_" if masked else letter for letter, masked in zip(text, mask(text)))
    'so ___ is _____, or ___'
    """
    return mask_lines([text])[:-1]


def mask_lines(texts: Sequence[str]) -> NDArray[np.bool_]:
    r"""Return the masks of all of `texts`, each with a place behind it for a line end that is not masked.

    >>> mask_lines(["`a`", "a"]).tolist()
    [True, True, True, False, False, False]
    """
    places: list[int] = []
    begin = 0
    for text in texts:
        for match in _MASKED.finditer(text):
            start, end = match.span()
            places += (begin + start, begin + end)
        begin += len(text) + 1
    return covered(begin, np.asarray(places[::2], dtype=np.intp), np.asarray(places[1::2], dtype=np.intp))


def covered(size: int, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return a mask of the `size` places that some stretch `[start, end)` covers; no two may overlap.

    >>> covered(5, np.asarray([0, 3]), np.asarray([1, 5])).tolist()
    [True, False, False, True, True]
    """
    steps = np.zeros(size + 1, dtype=np.int8)
    steps[starts] += 1
    steps[ends] -= 1
    return np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)
