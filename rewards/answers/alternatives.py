r"""A second answer offered right beside the box: `$\boxed{8}$ or $9$`.

Text after a box is not read, with this exception: `or` and a number there take back what the box says. Both
are then one chain, `8 = 9`, which is right where they are the same value (`$\boxed{\frac12}$ or $0.5$`) and
wrong where they are two.
"""

# ruff: noqa: RUF001 - full-width signs are what answers have

from __future__ import annotations

import re
from typing import Final

__all__ = ["OFFERED", "alternative"]

OFFERED: Final = r"[\s$,(*]{0,8}+(?:or|或)"
"""A pattern of what may stand between a box and its alternative."""

_NUMBER: Final = (
    r"[-+\u2212]?(?:\\?\$)?"
    r"(?:\d{1,40}(?:,\d{3}){0,12}(?:\.\d{1,40})?(?:/\d{1,40})?|\\[dt]?frac(?:\{\d{1,40}\}\{\d{1,40}\}|\d\d)|\\sqrt\{\d{1,40}\})"
    r"(?:\\?%)?"
)
_BESIDE: Final = re.compile(
    rf"[\s$]{{0,8}}+\}}(?:\\[)\]])?{OFFERED}者?(?![a-zA-Z])[\s,]{{0,4}}+"
    r"(?:(?:maybe|perhaps|possibly|even|else)\s{1,4}+){0,2}"
    rf"[\s$]{{0,8}}+(?:\\\(\s{{0,4}}+)?({_NUMBER})[\s$]{{0,8}}+(?:\\\))?"
    r"(?=[.,;:!?)。，；！？\n]|\Z)",
    re.IGNORECASE,
)


def alternative(text: str, box_end: int) -> str | None:
    r"""The number offered beside the box whose content ends at `box_end`; None where there is none.

    >>> alternative(r"$\boxed{8}$ or maybe $9$.", 9), alternative(r"$\boxed{8}$ or 9 apples", 9)
    ('9', None)
    """
    found = _BESIDE.match(text, box_end)
    return found[1] if found else None
