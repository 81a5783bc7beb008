"""Input and output of a command: bytes in, lines of JSON out, `-` for the standard streams.

See :mod:`rewards.analysis.outputs` for when a result appears under its name.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.analysis.outputs import opened_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from rewards.verdict import Verdict

    Write = Callable[[dict[str, object]], None]

__all__ = ["number", "reading", "verdict_record", "writing"]


@contextlib.contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input for `-`, as bytes."""
    if path == "-":
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as stream:
        yield stream


@contextlib.contextmanager
def writing(path: str | None) -> Iterator[Write]:
    """Open a function that writes objects as lines of JSON: to a file, standard output (`-`), or nowhere."""
    if path is None:
        yield lambda _: None
        return
    with opened_output(path) as stream:
        yield lambda value: _put(stream, value)


def number(value: float) -> float | None:
    """Return a value for JSON, which has no NaN: null is 'not judged'."""
    return None if math.isnan(value) else float(value)


def verdict_record(verdict: Verdict) -> dict[str, object]:
    """Return a verdict for JSON."""
    return {
        "status": verdict.status.value,
        "correct": verdict.correct,
        "extracted": verdict.extracted,
        "method": verdict.method and verdict.method.value,
        "reason": verdict.reason,
        "seconds": round(verdict.seconds, 6),
    }


def _put(stream: BinaryIO, value: dict[str, object]) -> None:
    stream.write(json.dumps(value, ensure_ascii=False, allow_nan=False).encode() + b"\n")
