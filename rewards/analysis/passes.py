"""Pass criteria of rollouts: by a score that they carry, or by judging them.

A rollout that carries a score passed where the score is above a threshold, so that rewards of 0 and 1 and
of -1 and 1 read alike. One that is judged passed where its answer is right, whatever else its recipe pays.
"""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Final, Protocol

from rewards.analysis.spill import UNJUDGED, Result, key_of
from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rewards.analysis.columns import Columns
    from rewards.analysis.rows import Row
    from rewards.rollout import Rollout
    from rewards.scorer import Scorer
    from rewards.scores import Scores

__all__ = [
    "ByScore",
    "ByScorer",
    "Chunk",
    "ChunkResults",
    "PassCriterion",
    "chunked",
    "group_key",
    "results",
    "score_rows",
]

_CHUNK_BYTES: Final = 16 * 2**20

Chunk = list["Row"]

RowOutcome = tuple[int, str]
"""1, 0 or `UNJUDGED`, and what is wrong with the row where something is."""


ChunkResults = tuple[list[Result], list[tuple[str, str]]]
"""The results of some rows, and the place and fault of each that is in no group or cannot be judged."""


class PassCriterion(Protocol):
    """A criterion for rows that passed."""

    @property
    def rows_at_once(self) -> int:
        """Number of rows for one call."""

    def __call__(self, rows: Sequence[Row]) -> Iterable[RowOutcome]:
        """Return the outcome of each row that could be decoded."""


@dataclasses.dataclass(frozen=True)
class ByScore:
    """Passed where the score is above a threshold; NaN and null are not judged."""

    columns: Columns
    threshold: float = 0.5
    rows_at_once: int = 4096

    def __call__(self, rows: Sequence[Row]) -> Iterator[RowOutcome]:
        """See :class:`PassCriterion`."""
        for row in rows:
            score = self.columns.value(row.values or {}, "score")
            if isinstance(score, (int, float)):
                yield (UNJUDGED if math.isnan(score) else int(score > self.threshold)), ""
            elif score is None and self.columns["score"] in (row.values or {}):
                yield UNJUDGED, ""
            else:
                found = "missing" if score is None else f"of type {type(score).__name__}"
                yield UNJUDGED, f"the score {self.columns['score']!r} is {found}; it must be a number"


@dataclasses.dataclass(frozen=True)
class ByScorer:
    """Passed where the answer is right; by the total where the recipe judges no answers."""

    columns: Columns
    scorer: Scorer
    threshold: float = 0.5
    timeout: float | None = None
    rows_at_once: int = 512

    def __call__(self, rows: Sequence[Row]) -> Iterator[RowOutcome]:
        """See :class:`PassCriterion`."""
        decoded, rollouts, errors = [], [], {}
        for place, row in enumerate(rows):
            try:
                rollouts.append(self.columns.rollout(row.values or {}))
            except InvalidRolloutError as error:
                errors[place] = str(error)
            else:
                decoded.append(row)
        scores = score_rows(self.scorer, decoded, rollouts, timeout=self.timeout)
        at = iter(range(len(rollouts)))
        for place in range(len(rows)):
            if place in errors:
                yield UNJUDGED, errors[place]
                continue
            here = next(at)
            if here in scores.errors:
                yield UNJUDGED, str(scores.errors[here].about("this row"))
                continue
            verdict, total = scores.verdicts[here], float(scores.totals[here])
            if verdict is not None:
                yield (UNJUDGED if verdict.correct is None else int(verdict.correct)), ""
            else:
                yield (UNJUDGED if math.isnan(total) else int(total > self.threshold)), ""


def score_rows(
    scorer: Scorer, rows: Sequence[Row], rollouts: Sequence[Rollout], *, timeout: float | None
) -> Scores:
    """Score the rollouts of some rows leniently; the number of a row, which is unique, replaces the id."""
    numbered = [
        dataclasses.replace(rollout, id=str(row.number)) for row, rollout in zip(rows, rollouts, strict=True)
    ]
    return scorer.score(numbered, timeout=timeout, lenient=True)


def group_key(row: Row, columns: Columns, column: str | None = None) -> bytes | None:
    """Return the key of the prompt that a row belongs to; None where the row has none.

    By the column named, else by the group's id, else by the text of the prompt.
    """
    values = row.values or {}
    if column is not None:
        named = dataclasses.replace(columns, names={**columns.names, "prompt": column})
        return _key(named, values, "prompt")
    by_id = _key(columns, values, "group_id")
    return _key(columns, values, "prompt") if by_id is None else by_id


def _key(columns: Columns, values: dict[str, object], field: str) -> bytes | None:
    value = columns.value(values, field)
    if value is None:
        return None
    text = columns.text(values, field)
    if text is None:  # a list of golds, say
        text = json.dumps(value, sort_keys=True, default=str)
    return key_of(f"{field} {text}")


def results(
    rows: Chunk, passes: PassCriterion, columns: Columns, group_by: str | None = None
) -> ChunkResults:
    """Return the results of some rows, and the faults of those that could not be decoded or judged."""
    found: list[Result] = []
    bad = [(row.place, row.error) for row in rows if row.values is None]
    decoded = [row for row in rows if row.values is not None]
    for row, (passed, error) in zip(decoded, passes(decoded), strict=True):
        key = group_key(row, columns, group_by)
        if key is None:
            missing = repr(group_by) if group_by else f"{columns['group_id']!r} and no {columns['prompt']!r}"
            bad.append((row.place, f"it belongs to no prompt: no {missing}"))
            continue
        if error:
            bad.append((row.place, error))
        found.append((key, row.number, passed))
    return found, bad


def chunked(rows: Iterable[Row], most: int) -> Iterator[Chunk]:
    """Split rows into chunks of at most so many, and of at most 16 MiB unless one row is larger."""
    chunk: Chunk = []
    size = 0
    for row in rows:
        if len(chunk) >= most or (chunk and size + row.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += row.size
    if chunk:
        yield chunk
