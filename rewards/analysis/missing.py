"""Missing cells of tables: null, and what stands for it in columns of numbers, dates and texts."""

from __future__ import annotations

import decimal

import numpy as np

__all__ = ["is_missing", "is_missing_text"]

_TEXTS = frozenset({"", "nan", "none", "null", "<na>"})
"""Texts that table writers leave in a column for a missing value."""


def is_missing(value: object) -> bool:
    """Return True if a cell of a table is empty: None, any NaN, pandas' NA and NaT.

    >>> is_missing(None), is_missing(float("nan")), is_missing("nan"), is_missing(0)
    (True, True, False, False)
    """
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.generic)) and bool(value != value)  # noqa: PLR0124  # NaN alone does


def is_missing_text(text: str) -> bool:
    """Return True if a text stands for a missing value: blank, `nan`, `none`, `null` or `<NA>` in any case.

    >>> is_missing_text(" NaN"), is_missing_text("none of them")
    (True, False)
    """
    return text.strip().casefold() in _TEXTS
