"""Lines of JSON out of a stream of bytes: bounded, decoded one by one, each with its reason if it is bad."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

__all__ = ["MAX_LINE", "encoded", "object_of", "raw_lines"]

MAX_LINE = 32 * 2**20
"""Bytes of the longest line that is read: a rollout of 128k tokens with ids and log-probabilities fits."""


def raw_lines(stream: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """Each line with its size, None where it is too long; never holds more than `MAX_LINE` of one."""
    while raw := stream.readline(MAX_LINE + 1):
        size = len(raw)
        if size <= MAX_LINE or raw.endswith(b"\n"):
            yield raw, size
            continue
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(MAX_LINE)
            size += len(raw)
        yield None, size


def object_of(raw: bytes | None) -> dict[str, object]:
    """The JSON object on a line.

    Raises:
        InvalidRolloutError: there is none, and why.

    >>> object_of(b'{"gold": "4"}')
    {'gold': '4'}
    """
    if raw is None:
        message = f"the line is longer than {MAX_LINE // 2**20} MiB"
        raise InvalidRolloutError(message)
    try:
        text = raw.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} of the line is not UTF-8"
        raise InvalidRolloutError(message) from error
    if not text.strip():
        message = "the line is empty"
        raise InvalidRolloutError(message)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} at column {error.colno}"
        raise InvalidRolloutError(message) from error
    except RecursionError as error:
        message = "not a rollout: the JSON is nested too deeply"
        raise InvalidRolloutError(message) from error
    except ValueError as error:  # Python's own limit; nothing of ours has such a field
        message = "not a rollout: an integer of more digits than Python reads"
        raise InvalidRolloutError(message) from error
    if not isinstance(value, dict):
        message = f"not a JSON object but a {type(value).__name__}"
        raise InvalidRolloutError(message)
    return value


def encoded(values: Mapping[str, object]) -> bytes:
    r"""A row as a line of JSON; text that UTF-8 cannot hold is escaped.

    >>> encoded({"text": "½", "half": "\ud800"})
    b'{"text": "\\u00bd", "half": "\\ud800"}\n'
    """
    try:
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which JSON can say and UTF-8 cannot
        return json.dumps(values).encode() + b"\n"
