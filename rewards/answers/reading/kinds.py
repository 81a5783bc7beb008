"""Kinds of tokens."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Kind"]


class Kind(enum.StrEnum):
    """The kind of a token: how it is written, before anything says what it means beside its neighbours."""

    NUM = "num"
    LETTER = "letter"
    """One letter, or a Greek name."""
    WORD = "word"
    """A bare run of letters."""
    TEXT = "text"
    r"""Letters in `\text{}` and the like."""
    FUN = "fun"
    CONST = "const"
    SET = "set"
    OP = "op"
    REL = "rel"
    OPEN = "open"
    CLOSE = "close"
    GROUP = "group"
    ENDGROUP = "endgroup"
    SEP = "sep"
    CMD = "cmd"
    MARK = "mark"
    BIG = "big"
    BEGIN = "begin"
    END = "end"
    ROW = "row"
    DOTS = "dots"
    MONEY = "money"
    STOP = "stop"
    QUOTE = "quote"
    QUANT = "quant"
    INFIX = "infix"
    OTHER = "other"
    """A sign that nobody knows; no reader accepts it."""
    EOF = "eof"


# Before Python 3.12, a class without the type of an enum finds its members in a sixth of the time;
# reading asks for hundreds in one answer. The members are the same.
if not TYPE_CHECKING and sys.version_info[:2] == (3, 11):

    class _Members(type):
        """Behaves like the type of an enum."""

        def __iter__(cls) -> Iterator[Kind]:
            return iter(_Kind)

        def __call__(cls, value: str) -> Kind:
            return _Kind(value)

    _Kind = Kind
    Kind = _Members("Kind", (), {"__doc__": _Kind.__doc__, **_Kind.__members__})
