"""Golds as data sets hold them, turned into the text that is judged: one table for all who read data.

| a data set holds | the gold is |
|---|---|
| text | the text; none where it is blank, or `nan`, `none`, `null` or `<NA>` in any case |
| None, NaN, pandas' `NA` and `NaT` | none |
| text that is a JSON list of texts: `["34"]` | as of the list |
| a whole number, a fraction | as Python writes it |
| a float of 64 bits | as Python writes it: `145.0` |
| a float of 32 or 16 bits, of numpy, torch or Arrow | its shortest decimal: `0.1` |
| a `Decimal` | its digits |
| a truth value | `True` or `False`, as TheoremQA writes it |
| bytes, of Arrow too | as of their text, which must be UTF-8 |
| a list, a tuple, an array | each of its golds, of which any is right; none where it has none |
| anything else: a mapping, or the JSON of one | an error that says how to reach into it |

A row without a gold is never judged against the text "nan". Left out: the check that a gold can be
judged, in :mod:`rewards.analysis.golds`; where a row has its gold, in :mod:`rewards.analysis.columns`.
"""

from __future__ import annotations

import decimal
import numbers
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewards.analysis.cells import json_list, json_object
from rewards.analysis.missing import is_missing, is_missing_text
from rewards.answers.extraction.boxes import last_box
from rewards.errors import InvalidCallError

__all__ = ["GOLD_MARKS", "gold_mark", "gold_of"]

GOLD_MARKS = ("####", "The answer is", "the answer is", "Final Answer:", "Answer:", "答案是", "\\boxed")
"""The texts before the gold in the worked solutions of well-known data sets: of GSM8K the first."""


_BOX = ("\\boxed", "\\boxed{")

_SHORT_FLOATS: dict[str, type[np.floating[Any]]] = {
    "float": np.float32,  # Arrow's names
    "halffloat": np.float16,
    "torch.float32": np.float32,
    "torch.float16": np.float16,
}

_FEWEST_BITS = 17
"""Min significant bits, of float32's 24, of a value taken for float32: shorter fractions (0.5, 0.25) are
as common in columns of float64."""


_SHOWN = 40
_KEYS_SHOWN = 6

_MOST_ZEROS = 100
"""Bound of a decimal's exponent; beyond it the decimal is written in scientific notation."""


def gold_of(value: object, *, after: str | None = None) -> str | list[str] | None:
    r"""Return a gold as text, or several as a list; None without one.

    Args:
        value: the cell of a data set; see the table of this module.
        after: the text that precedes the gold, which is then the rest of the line after its last
            occurrence; of `\boxed`, what is in the last box. A text without it holds no gold.

    >>> gold_of(72), gold_of(["1/2", 0.5, None]), gold_of(float("nan")), gold_of(np.float32(0.1))
    ('72', ['1/2', '0.5'], None, '0.1')
    >>> gold_of("48 / 2 = 24 in May.\n#### 72", after="####")
    '72'
    >>> gold_of(r"so it is $\boxed{\frac{1}{2}}$.", after=r"\boxed")
    '\\frac{1}{2}'
    >>> gold_of('["34", "2*17"]'), gold_of(True), gold_of(b"1/2")
    (['34', '2*17'], 'True', '1/2')

    Raises:
        InvalidCallError: something that is neither text, a number nor a list of them.
    """
    found = _decoded(_unwrapped(value))
    if isinstance(found, str):
        found = json_list(found) or found
    if not isinstance(found, (list, tuple)):
        return _text(found, after)
    golds = [_text(_decoded(_unwrapped(one)), after) for one in found]
    return [gold for gold in golds if gold is not None] or None


def _decoded(value: object) -> object:
    """Return bytes as their text, and anything else as it is."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        return value
    try:
        return bytes(value).decode()
    except UnicodeDecodeError as error:
        message = f"a gold is of type {type(value).__name__}, and byte {error.start + 1} of it is not UTF-8"
        raise InvalidCallError(message) from None


def _text(value: object, after: str | None) -> str | None:
    """Return one gold as text; decimals of the data stay decimals."""
    if isinstance(value, str) and (inner := json_object(value)) is not None:
        value = inner
    if isinstance(value, Mapping):
        keys = ", ".join(repr(str(key)[:_SHOWN]) for key in list(value)[:_KEYS_SHOWN]) or "nothing"
        message = (
            f"a gold is of type {type(value).__name__}, of {keys}; it must be text, a number, or a list of "
            "them: name the key of the gold behind its column and a dot, as in reward_model.ground_truth"
        )
        raise InvalidCallError(message)
    if isinstance(value, str):
        found = str(value) if after is None else _cut(value, after)
        return None if is_missing_text(found) else found
    if is_missing(value):
        return None
    if isinstance(value, float):
        return _float_text(float(value))
    if isinstance(value, decimal.Decimal):
        return f"{value:f}" if abs(value.adjusted()) < _MOST_ZEROS else str(value)
    if isinstance(value, (numbers.Real, np.bool_)):
        return str(value)
    message = f"a gold is of type {type(value).__name__}; it must be text, a number, or a list of them"
    raise InvalidCallError(message)


def gold_mark(text: str) -> str:
    r"""Return the first of :data:`GOLD_MARKS` that is in a text; an empty text if there is none.

    >>> gold_mark("48 / 2 = 24 in May.\n#### 72"), gold_mark("72")
    ('####', '')
    """
    return next((mark for mark in GOLD_MARKS if mark in text), "")


def _cut(text: str, after: str) -> str:
    if after in _BOX:
        box = last_box(text)
        return text[slice(*box.inner)] if box else ""
    _, found, rest = text.rpartition(after)
    return next(iter(rest.strip().splitlines()), "").strip() if found else ""


def _float_text(value: float) -> str:
    """Return the shortest decimal of a float, or of its float32 if it was widened from one.

    Data sets return such columns as Python's floats, so 0.1 arrives as 0.10000000149011612. A float of 64
    bits that fits into 32 and needs most of their digits is almost always a widened one.
    """
    if value.is_integer() or abs(value) > np.finfo(np.float32).max or float(np.float32(value)) != value:
        return str(value)
    return str(np.float32(value)) if value.as_integer_ratio()[0].bit_length() >= _FEWEST_BITS else str(value)


def _unwrapped(value: object) -> object:
    """Return a scalar or a list of Python or numpy, unwrapped from Arrow, numpy, pandas or torch.

    Unlike :func:`rewards.analysis.cells.plain` it keeps the width of floats.
    """
    if hasattr(value, "as_py"):  # a scalar of Arrow
        inner = getattr(value, "values", None)  # of a list, an array
        if hasattr(inner, "to_pylist"):
            return list(inner)  # type: ignore[arg-type]  # scalars
        return _narrowed(value.as_py(), str(value.type))  # type: ignore[attr-defined]  # it has one
    if hasattr(value, "to_pylist"):  # an array of Arrow
        return list(value)  # type: ignore[call-overload]  # of scalars
    if isinstance(value, np.generic) or not hasattr(value, "tolist"):
        return value
    if getattr(value, "ndim", 1):  # not by tolist, which makes floats of 64 bits of them
        return list(value)  # type: ignore[call-overload]  # an array
    return value[()] if isinstance(value, np.ndarray) else _narrowed(value.tolist(), str(value.dtype))  # type: ignore[attr-defined]


def _narrowed(value: object, kind: str) -> object:
    narrow = _SHORT_FLOATS.get(kind)
    return narrow(value) if narrow is not None and isinstance(value, float) else value
