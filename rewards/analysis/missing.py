"""Missing cells of tables: null, and the values that stand for it where a column holds numbers or dates."""

from __future__ import annotations

import decimal

import numpy as np

__all__ = ["is_missing"]


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
