"""Rollouts parsed from rows, as the lines of scoring and verifying: one row in, one line out.

A row is judged by itself. What is wrong with it (no JSON, no object, a field missing or of the wrong
type, bytes that are not UTF-8, more than :data:`MAX_LINE` bytes) is kept with its number, and the next
one is read as if nothing had happened. Memory is bounded by the chunk and not by the file.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards.analysis.json_lines import MAX_LINE
from rewards.analysis.rows import RowStream
from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import BinaryIO

    from rewards.analysis.rows import RowSource
    from rewards.rollout import Rollout

__all__ = ["MAX_LINE", "Line", "chunks", "lines_of", "read_lines"]

_CHUNK_ROLLOUTS = 512
_CHUNK_BYTES = 16 * 2**20
_MOST_OF_A_CHUNK = 8  # how far a chunk may grow while one group goes on


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a file: a rollout, or the reason why there is none."""

    number: int
    """Counted from 1."""

    size: int
    """In bytes, with the end of the line."""

    rollout: Rollout | None = None
    error: str = ""


def lines_of(rows: RowSource | RowStream) -> Iterator[Line]:
    """Each row in order, as a rollout or as the reason why there is none."""
    columns = rows.columns
    for row in rows.rows():
        try:
            if row.values is None:
                raise InvalidRolloutError(row.error)  # noqa: TRY301  # one place turns reasons into lines
            rollout = columns.rollout(row.values)
        except InvalidRolloutError as error:
            yield Line(number=row.number, size=row.size, error=str(error))
        else:
            yield Line(number=row.number, size=row.size, rollout=rollout)


def read_lines(stream: BinaryIO, fields: Mapping[str, str], *, answer: str | None = None) -> Iterator[Line]:
    r"""Each line of `stream` in order.

    Args:
        stream: bytes, one JSON object a line, UTF-8.
        fields: the key of each field that has another one than its name.
        answer: a key that may stand in for the completion, with a bare answer that is put into a box.

    >>> import io
    >>> good, bad = read_lines(io.BytesIO(b'{"completion": "4"}\n{"completion": 4}\n'), {})
    >>> good.rollout.completion, bad.number, bad.error
    ('4', 2, 'completion is of type int; it must be a string')
    """
    return lines_of(RowStream(stream, "the stream", None, fields, answer))


def chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Runs of lines that are scored in one call each, cut where a group ends.

    A chunk ends after 512 lines or 16 MiB; rollouts of one group that follow each other stay together
    up to eight times that much.
    """
    chunk: list[Line] = []
    size = 0
    for line in lines:
        full = max(len(chunk) / _CHUNK_ROLLOUTS, size / _CHUNK_BYTES)
        if full >= (_MOST_OF_A_CHUNK if _same_group(chunk, line) else 1):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += line.size
    if chunk:
        yield chunk


def _same_group(chunk: list[Line], line: Line) -> bool:
    before = chunk[-1].rollout if chunk else None
    if before is None or line.rollout is None:
        return False
    return before.group_id is not None and before.group_id == line.rollout.group_id
