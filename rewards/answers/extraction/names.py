r"""The names before several boxes that are one answer: `$y = \boxed{3}$, $x = \boxed{5}$`.

>>> from rewards.answers.extraction.boxes import boxes_in
>>> text = r"Girls: \boxed{18}, Boys: \boxed{14}"
>>> named(text, boxes_in(text), ["18", "14"])
['\\text{Girls} = 18', '\\text{Boys} = 14']
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.answers.extraction.boxes import Box

__all__ = ["named"]

_REACH: Final = 64
_OPENING: Final = r"[\s$*&]{0,8}(?:\\[(\[])?[\s$*{]{0,8}[-\u2212]?\s?\Z"
_NAME: Final = re.compile(
    r"(?:(?<![\w\\}^/+*.-])(?P<symbol>\\?[a-zA-Z]{1,12}(?:_(?:\w|\{\w{1,12}\}))?(?:\([a-zA-Z0-9]\))?)"
    rf"|\\(?:text|mathrm)\{{(?P<words>[^{{}}]{{1,40}})\}})[\s$*]{{0,4}}(?:&?=|:)[*]{{0,2}}{_OPENING}"
    rf"|(?<!\w)(?P<label>\([a-z0-9]{{1,2}}\)){_OPENING}"
)


def named(text: str, boxes: Sequence[Box], contents: list[str]) -> list[str]:
    r"""Return the contents of boxes with the names before them; as they are where one has none.

    >>> from rewards.answers.extraction.boxes import boxes_in
    >>> text = r"$x = \boxed{1}$, $x = \boxed{2}$"
    >>> named(text, boxes_in(text), ["1", "2"])
    ['1', '2']
    """
    names: list[str] = []
    end = 0
    for box in boxes:
        at = box.outer[0]
        found = _NAME.search(text, max(end, at - _REACH), at)
        if found is None:
            return contents
        names.append(_prefix(found))
        end = box.outer[1]
    if len(set(names)) < len(names) or any("=" in content for content in contents):
        return contents
    return [name + content for name, content in zip(names, contents, strict=True)]


def _prefix(found: re.Match[str]) -> str:
    if found["label"]:
        return f"{found['label']} "
    symbol = found["symbol"]
    bare = symbol is not None and (
        symbol.startswith("\\") or len(symbol.partition("_")[0].partition("(")[0]) == 1
    )
    return f"{symbol} = " if bare else f"\\text{{{(symbol or found['words']).strip(' :=')}}} = "
