"""Judging the rollouts of a file as a job, for any engine."""

from __future__ import annotations

import contextlib
import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING

from rewards.analysis.passes import chunked, results
from rewards.cli.source import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rewards.analysis.passes import Chunk, ChunkResults
    from rewards.analysis.rows import Row, RowSource
    from rewards.cli.pass_options import PassFlags

__all__ = ["PassJob"]


@dataclasses.dataclass(frozen=True)
class PassJob:
    """A job that finds the rollouts that passed, and the prompt of each."""

    rows: RowSource
    passing: PassFlags
    group_by: str | None
    done: int = 0
    """Number of rows at the beginning that are done already."""

    def portable(self) -> PassJob:
        """Return the same job for processes in other folders, pinned to the versions of this one."""
        passing, rows = self.passing, self.rows
        recipe = None if passing.recipe is None else absolute(passing.recipe)
        return dataclasses.replace(
            self,
            rows=dataclasses.replace(rows, path=rows.path.absolute()),
            passing=dataclasses.replace(passing, recipe=recipe, source=passing.source.portable()),
        )

    @cached_property
    def _looked_at(self) -> tuple[int, str, dict[str, object]]:
        with self.passing.passes(self.rows) as (passes, criterion, settings):
            return passes.rows_at_once, criterion, settings

    @property
    def criterion(self) -> str:
        """Description of the pass criterion, for people."""
        return self._looked_at[1]

    @property
    def settings(self) -> Mapping[str, object]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        return self._looked_at[2] | {
            "files": self.rows.fingerprint,
            "columns": str(self.rows.columns),
            "group_by": self.group_by,
        }

    def chunks(self) -> Iterator[Chunk]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        return chunked(self.rows.rows(skip=self.done), self._looked_at[0])

    @contextlib.contextmanager
    def worker(self) -> Iterator[Callable[[list[Row]], ChunkResults]]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        columns = self.rows.columns
        with self.passing.passes(self.rows) as (passes, _, _):
            yield lambda rows: results(rows, passes, columns, self.group_by)
