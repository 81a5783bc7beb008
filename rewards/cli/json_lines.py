"""The files at both ends of a command: bytes in, lines of JSON out, `-` for the standard streams.

A result file appears under its name only when it is whole: until then it is `NAME.partial`, which is
what a run that was broken off leaves behind.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    Write = Callable[[dict[str, object]], None]

__all__ = ["number", "reading", "writing"]


@contextlib.contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`."""
    if path == "-":
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as stream:
        yield stream


@contextlib.contextmanager
def writing(path: str | None) -> Iterator[Write]:
    """A function that writes an object as a line of JSON: to a file, to standard output (`-`), or nowhere."""
    if path is None:
        yield lambda _: None
        return
    if path == "-":
        yield lambda value: _put(sys.stdout.buffer, value)
        sys.stdout.buffer.flush()
        return
    target = Path(path).resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # a pipe or a device cannot be replaced
        with target.open("wb") as stream:
            yield lambda value: _put(stream, value)
        return
    partial = target.with_name(f"{target.name}.partial")
    with partial.open("wb") as stream:
        yield lambda value: _put(stream, value)
    partial.replace(target)


def number(value: float) -> float | None:
    """A value for JSON, which has no NaN: null is 'not judged'."""
    return None if math.isnan(value) else float(value)


def _put(stream: BinaryIO, value: dict[str, object]) -> None:
    stream.write(json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n")
