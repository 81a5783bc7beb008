"""The cells of a row: their values as plain Python, and the values inside, which a dotted name reaches.

A dot reaches into a mapping, into a struct of Arrow and into text that is the JSON of an object, as
`reward_model.ground_truth` does in the data of verl. Adapters, trainer and commands read cells by the same
functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

__all__ = ["as_object", "at", "json_list", "json_object", "json_objects", "plain"]

_MOST_JSON: Final = 2**20
"""Max characters of text that is read as JSON; longer text is text."""


def at(row: Mapping[str, object], column: str) -> object:
    """Return the value of a row in a column, where a dot reaches into an object; None where there is none.

    >>> row = {"reward_model": {"ground_truth": "34"}, "extra_info": '{"index": 7}', "a.b": 1}
    >>> at(row, "reward_model.ground_truth"), at(row, "extra_info.index"), at(row, "a.b"), at(row, "a.c")
    ('34', 7, 1, None)
    """
    if column in row or "." not in column:
        return row.get(column)
    head, _, rest = column.partition(".")
    inner = as_object(row.get(head))
    return at(inner, rest) if inner is not None else None


def as_object(value: object) -> Mapping[str, object] | None:
    """Return the mapping that a cell is or holds the JSON of; None for any other."""
    value = plain(value)
    if isinstance(value, str):
        return json_object(value)
    return value if isinstance(value, Mapping) else None


def plain(value: object) -> object:
    """Return a scalar of Arrow, numpy or torch, or an array of them, as plain Python; all else as it is."""
    for name in ("as_py", "to_pylist", "tolist"):
        convert = getattr(value, name, None)
        if convert is not None:
            return convert()
    return value


def json_object(text: str) -> dict[str, object] | None:
    """Return the object that a text is the JSON of; None for any other text.

    >>> json_object('{"answer": "4"}'), json_object("{1, 2}")
    ({'answer': '4'}, None)
    """
    found = _json(text, "{", "}")
    return found if isinstance(found, dict) else None


def json_list(text: str) -> list[object] | None:
    """Return the list that a text is the JSON of, if it holds texts; None for any other, as `[1, 2]` is.

    >>> json_list('["34"]'), json_list("[1, 2]")
    (['34'], None)
    """
    found = _json(text, "[", "]")
    return found if isinstance(found, list) and any(isinstance(one, str) for one in found) else None


def json_objects(text: str) -> list[dict[str, object]] | None:
    """Return the list of objects that a text is the JSON of, as of messages; None for any other text."""
    found = _json(text, "[", "]")
    is_list = isinstance(found, list) and found and all(isinstance(one, dict) for one in found)
    return found if is_list else None  # type: ignore[return-value]  # of them


def _json(text: str, opening: str, closing: str) -> object:
    if len(text) > _MOST_JSON:
        return None
    text = text.strip()
    if not (text.startswith(opening) and text.endswith(closing) and '"' in text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
