"""Lines of JSON out of a stream of bytes: bounded, decoded one by one, each with its reason if it is bad.

An array of JSON objects is read as if each of them stood on a line.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final

from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

__all__ = ["MAX_LINE", "encoded", "object_of", "raw_lines"]

MAX_LINE = 32 * 2**20
"""Maximum bytes of a line: a rollout of 128k tokens with ids and log-probabilities fits."""


_ARRAY: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*(?:\{|\Z)")
"""Pattern of the start of an array of objects; a list of anything else is a line that is no object."""

_BETWEEN: Final = re.compile(r"[\s,]*")
_BLOCK: Final = 2**16


def raw_lines(stream: BinaryIO) -> Iterator[tuple[bytes | None, int]]:
    """Iterate over lines with their sizes, None for one longer than `MAX_LINE`, which is never held whole.

    Raises:
        ValueError: an array of objects is broken; those before the break have been given.
    """
    raw = stream.readline(MAX_LINE + 1)
    if _ARRAY.match(raw):
        yield from _array_items(raw, stream)
        return
    while raw:
        size = len(raw)
        if size <= MAX_LINE or raw.endswith(b"\n"):
            yield raw, size
        else:
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(MAX_LINE)
                size += len(raw)
            yield None, size
        raw = stream.readline(MAX_LINE + 1)


def _array_items(begun: bytes, stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Iterate over the JSON and size of each item of an array; `begun` was read from `stream` already."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    scan = json.JSONDecoder().raw_decode
    text, at, ended = decode(begun), 0, False
    at = text.index("[") + 1
    items = 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing too
        if text.startswith("]", at):
            break
        try:
            _, end = scan(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            if ended or len(text) - at > MAX_LINE:
                message = f"item {items + 1} of the JSON array is not JSON: {error}"
                raise ValueError(message) from error
            end = len(text)
        if end == len(text) and not ended:  # there may be more of it
            more = stream.read(
                max(_BLOCK, len(text) - at)
            )  # doubled, so that long items are not read anew often
            ended = not more
            text, at = text[at:] + decode(more, ended), 0
            continue
        items += 1
        raw = text[at:end].encode("utf-8", "surrogatepass")
        yield raw, len(raw)
        at = end
    rest = text[at + 1 :] + decode(stream.read(_BLOCK))
    if rest.strip():
        message = f"something follows after the JSON array of {items} items"
        raise ValueError(message)


def object_of(raw: bytes | None) -> dict[str, object]:
    """Return the JSON object on a line.

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
    r"""Return a row as a line of JSON; text that UTF-8 cannot hold is escaped.

    >>> encoded({"text": "½", "half": "\ud800"})
    b'{"text": "\\u00bd", "half": "\\ud800"}\n'
    """
    try:
        return json.dumps(values, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which JSON can say and UTF-8 cannot
        return json.dumps(values).encode() + b"\n"
