"""Words that were nearly right: what an error message suggests."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` where a known word is close, else nothing; for the end of a message.

    >>> nearest("mod", ["mode", "tags"])
    " (did you mean 'mode'?)"
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
