"""Golds that come as whole solutions: the contents of their boxes are the gold.

Only for golds, which are trusted to mean every box they draw. Finding the answer of a completion is another
matter, with other rules.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["unboxed"]

_BOX: Final = re.compile(r"\\+(?:boxed|fbox)\s?\{")


def unboxed(gold: str) -> str:
    r"""The contents of the boxes of a gold, as a list where there are several; the gold itself without any.

    >>> unboxed("so the roots are $\\boxed{1}$ and $\\boxed{-\\frac{1}{2}}$.")
    '1, -\\frac{1}{2}'
    """
    contents = []
    position = 0
    while match := _BOX.search(gold, position):
        depth, end = 1, match.end()
        while end < len(gold) and depth:
            depth += {"{": 1, "}": -1}.get(gold[end], 0)
            end += 1
        if depth:
            break
        contents.append(gold[match.end() : end - 1].strip())
        position = end
    return ", ".join(contents) if contents else gold
