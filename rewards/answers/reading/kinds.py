"""Kinds of tokens."""

from __future__ import annotations

import enum

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

    __hash__ = str.__hash__  # in C; an enum's own is computed from the name


for _kind in Kind:  # Python 3.11 finds a member by way of a property, in five times the time
    type.__setattr__(Kind, _kind.name, _kind)
