"""Expressions as the reader reads them."""

from __future__ import annotations

from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Expr

__all__ = ["expression"]


def expression(text: str) -> Expr:
    node = read(text)
    assert isinstance(node, Expr)
    return node
