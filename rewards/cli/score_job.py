"""Scoring the lines of a file as a job, for engines that read the file themselves."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.cli.rollout_lines import chunks, lines_of
from rewards.cli.rollout_rows import opened_rows
from rewards.cli.scored import at_least_one, score_chunk
from rewards.cli.source import absolute
from rewards.recipe.recipe import environment_digest
from rewards.scorer import LocalScorer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rewards.cli.rollout_lines import Line
    from rewards.cli.row_options import RowFlags
    from rewards.cli.source import Source
    from rewards.scores import Scores

__all__ = ["ScoreJob"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoreJob:
    """The scores of each chunk of a file's lines."""

    file: str
    recipe: str
    timeout: float | None
    source: Source
    rows: RowFlags
    fields: Mapping[str, str]

    @property
    def settings(self) -> Mapping[str, object]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        with self.rows.source(self.file) as source:
            found: dict[str, object] = {"files": source.fingerprint}
        found |= {"fields": str(self.fields), "rows": str(self.rows), "timeout": self.timeout}
        with self.source.scorer(self.recipe, self.rows.texts.reasoning) as scorer:
            if isinstance(scorer, LocalScorer):
                return found | {"recipe": scorer.recipe.digest, "environment": environment_digest()}
        return found | {"recipe": self.recipe, "server": self.source.server}

    def portable(self) -> ScoreJob:
        """Return the same job for processes in other folders, pinned to the versions of this one."""
        return dataclasses.replace(
            self,
            file=str(Path(self.file).absolute()),
            recipe=absolute(self.recipe),
            source=self.source.portable(),
        )

    def chunks(self) -> Iterator[list[Line]]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        with opened_rows(self.file, self.fields, self.rows) as rows:
            yield from at_least_one(chunks(lines_of(rows)))

    @contextlib.contextmanager
    def worker(self) -> Iterator[Callable[[list[Line]], Scores]]:
        """See :class:`rewards.analysis.engines.jobs.Job`."""
        with self.source.scorer(self.recipe, self.rows.texts.reasoning) as scorer:
            yield lambda lines: score_chunk(lines, scorer, self.timeout)
