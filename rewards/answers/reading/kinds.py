"""Kinds of tokens."""

from __future__ import annotations

from typing import Final

__all__ = ["KINDS", "Kind"]


class Kind:
    """The kinds of tokens: how one is written, before anything says what it means beside its neighbours.

    Plain strings and no enum: reading compares hundreds of them in one answer.
    """

    NUM: Final = "num"
    LETTER: Final = "letter"
    """One letter, or a Greek name."""
    WORD: Final = "word"
    """A bare run of letters."""
    TEXT: Final = "text"
    r"""Letters in `\text{}` and the like."""
    FUN: Final = "fun"
    CONST: Final = "const"
    SET: Final = "set"
    OP: Final = "op"
    REL: Final = "rel"
    OPEN: Final = "open"
    CLOSE: Final = "close"
    GROUP: Final = "group"
    ENDGROUP: Final = "endgroup"
    SEP: Final = "sep"
    CMD: Final = "cmd"
    MARK: Final = "mark"
    BIG: Final = "big"
    BEGIN: Final = "begin"
    END: Final = "end"
    ROW: Final = "row"
    DOTS: Final = "dots"
    MONEY: Final = "money"
    STOP: Final = "stop"
    QUOTE: Final = "quote"
    QUANT: Final = "quant"
    INFIX: Final = "infix"
    OTHER: Final = "other"
    """A sign that nobody knows; no reader accepts it."""
    EOF: Final = "eof"


KINDS: Final[frozenset[str]] = frozenset(value for name, value in vars(Kind).items() if name.isupper())
"""All kinds of tokens."""
