"""Ends of error messages that name the way out: the spelling meant, the command that installs an extra."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "install_command"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` if a known word is close, else an empty text; for the end of a message.

    >>> did_you_mean("mod", ["mode", "tags"])
    " (did you mean 'mode'?)"
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def install_command(extra: str) -> str:
    """Return the command that installs an extra, for use in a message.

    No package index has the distribution, so it is installed from where it was cloned.

    >>> install_command("data")
    "pip install '.[data]' in the clone of Touchstone"
    """
    return f"pip install '.[{extra}]' in the clone of Touchstone"
