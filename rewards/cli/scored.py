"""Lines with their scores: what is common to scoring a file and verifying one."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from rewards.cli.rollout_lines import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rewards.cli.rollout_lines import Line
    from rewards.scorer import Scorer
    from rewards.scores import Scores
    from rewards.verdict import Verdict

__all__ = ["Scored", "at_least_one", "placed", "score_chunk", "score_lines"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scored:
    """A line with its scores."""

    line: Line

    scores: Scores | None
    """The scores of its chunk; None where the line could not be read."""

    row: int
    """The row of the line in `scores`."""

    @property
    def error(self) -> str:
        """The reason why there are no scores; empty where there are some."""
        if self.scores is None:
            return self.line.error
        if (error := self.scores.errors.get(self.row)) is None:
            return ""
        return str(error.about("this line"))  # the file has line numbers of its own

    @property
    def total(self) -> float:
        """The total of the line; NaN where it was not judged."""
        return math.nan if self.scores is None else float(self.scores.totals[self.row])

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the line, where something of it was judged."""
        return None if self.scores is None else self.scores.verdicts[self.row]


def score_lines(
    lines: Iterable[Line], scorer: Scorer, *, timeout: float | None
) -> Iterator[tuple[Scores, list[Scored]]]:
    """Score the lines chunk by chunk, one call per chunk, in order."""
    for chunk in at_least_one(chunks(lines)):
        yield placed(chunk, score_chunk(chunk, scorer, timeout))


def at_least_one(found: Iterator[list[Line]]) -> Iterator[list[Line]]:
    """Return the chunks, or an empty one: an empty file needs the recipe and its digests all the same."""
    first = next(found, [])
    yield first
    yield from found


def score_chunk(chunk: list[Line], scorer: Scorer, timeout: float | None) -> Scores:
    """Return the scores of the lines that hold a rollout, by one call.

    An id that came before in the chunk is left out of the call, in which ids are unique: the samples of one
    problem may share its id, and results are told apart by their places.
    """
    seen = {""}
    rollouts = []
    for line in chunk:
        if (rollout := line.rollout) is None:
            continue
        rollouts.append(dataclasses.replace(rollout, id="") if rollout.id in seen else rollout)
        seen.add(rollout.id)
    return scorer.score(rollouts, timeout=timeout, lenient=True)


def placed(chunk: list[Line], scores: Scores) -> tuple[Scores, list[Scored]]:
    """Return the scores, and each line with its row in them."""
    rows = iter(range(len(scores)))
    return scores, [
        Scored(line=line, scores=None, row=-1)
        if line.rollout is None
        else Scored(line=line, scores=scores, row=next(rows))
        for line in chunk
    ]
