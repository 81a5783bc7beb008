"""Model output made safe to print: escape sequences must not reach the terminal."""

from __future__ import annotations

import unicodedata

__all__ = ["printable"]

_OBEYED = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


def printable(text: str, limit: int | None = None) -> str:
    r"""Return `text` with control and direction characters escaped, cut after `limit` characters.

    >>> printable("4\x1b[31m\n5"), printable("123456", 4)
    ('4\\x1b[31m\\n5', '1234…')
    """
    shown = text if limit is None else text[:limit]
    spelled = "".join(
        repr(character)[1:-1] if unicodedata.category(character) in _OBEYED else character
        for character in shown
    )
    return spelled if len(shown) == len(text) else f"{spelled}\N{HORIZONTAL ELLIPSIS}"
