"""Work on a file of rows, cut into chunks: what an engine carries out, to the same bits whichever does it.

A job is pickled on its way to other processes, so that what it needs there (a scorer, a connection) it
opens there.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from rewards.analysis.audit import audited
from rewards.analysis.passes import chunked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rewards.analysis.golds import Finding
    from rewards.analysis.passes import Chunk
    from rewards.analysis.rows import Row, RowSource

__all__ = ["AuditJob", "Job", "numbered", "run_here"]

_ROWS_AT_ONCE: Final = 512


class Item(Protocol):
    """An item of a chunk: a row, or a line."""

    @property
    def number(self) -> int:
        """Number of the item in the file, counted from 1."""


ItemT = TypeVar("ItemT", bound=Item)
ResultT = TypeVar("ResultT")
ResultT_co = TypeVar("ResultT_co", covariant=True)


class Job(Protocol[ItemT, ResultT_co]):
    """A job on a file, done chunk by chunk, each chunk by itself."""

    @property
    def settings(self) -> Mapping[str, object]:
        """All that the results depend on, the file included: equal settings, equal results."""

    def portable(self) -> Job[ItemT, ResultT_co]:
        """Return the same job for other processes, which may run in other folders."""

    def chunks(self) -> Iterator[list[ItemT]]:
        """Iterate over the chunks in order, the same ones each time; only the last may be empty."""

    def worker(self) -> contextlib.AbstractContextManager[Callable[[list[ItemT]], ResultT_co]]:
        """Open the function that turns a chunk into its result; opened once in each worker process."""


def run_here(job: Job[ItemT, ResultT]) -> Iterator[tuple[list[ItemT], ResultT]]:
    """Iterate over each chunk with its result, in order, computed in this process."""
    with job.worker() as work:
        for chunk in job.chunks():
            yield chunk, work(chunk)


def numbered(job: Job[ItemT, ResultT]) -> Iterator[tuple[int, list[ItemT]]]:
    """Iterate over the chunks of a job, each keyed by the number of its first item; 0 for an empty one."""
    for chunk in job.chunks():
        yield (chunk[0].number if chunk else 0), chunk


@dataclasses.dataclass(frozen=True)
class AuditJob:
    """A job that examines the gold of each row; None for a row that cannot be decoded."""

    source: RowSource

    @property
    def settings(self) -> Mapping[str, object]:
        """See :class:`Job`."""
        return {"files": self.source.fingerprint, "columns": str(self.source.columns)}

    def portable(self) -> AuditJob:
        """See :class:`Job`."""
        return AuditJob(dataclasses.replace(self.source, path=self.source.path.absolute()))

    def chunks(self) -> Iterator[Chunk]:
        """See :class:`Job`."""
        return chunked(self.source.rows(), _ROWS_AT_ONCE)

    @contextlib.contextmanager
    def worker(self) -> Iterator[Callable[[list[Row]], list[Finding | None]]]:
        """See :class:`Job`."""
        columns = self.source.columns
        yield lambda rows: [None if row.values is None else audited(row.values, columns) for row in rows]
