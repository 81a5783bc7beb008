"""Scoring rollouts by two recipes: all of them once for the figures, and those that differ most once more."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final

from rewards.analysis.comparison import ComponentTally, Pairs
from rewards.analysis.guessed_tokens import with_tokens
from rewards.analysis.passes import chunked
from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rewards.analysis.rows import Row, RowSource
    from rewards.rollout import Rollout
    from rewards.scorer import Scorer
    from rewards.scores import Scores
    from rewards.verdict import Verdict

__all__ = ["Compared", "Comparison", "RecipeResult"]

_ROWS_AT_ONCE: Final = 512


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecipeResult:
    """The result of one recipe for a rollout."""

    total: float
    components: dict[str, float]
    verdict: Verdict | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Compared:
    """A rollout on which two recipes differ."""

    row: Row
    rollout: Rollout
    gap: float
    """The difference of the rewards; infinite where one recipe gives none."""
    first: RecipeResult
    second: RecipeResult


class Comparison:
    """One file, two recipes.

    Args:
        source: where rollouts come from.
        first: the scorer of one recipe.
        second: the scorer of the other.
        guess_tokens: cut text into tokens by rule of thumb where a rollout carries none.
    """

    def __init__(
        self, source: RowSource, first: Scorer, second: Scorer, *, guess_tokens: bool = False
    ) -> None:
        self._source = source
        self._scorers = (first, second)
        self._guess_tokens = guess_tokens
        self.recipes = ("", "")
        """`name@version` of both; empty before the first rows are scored."""
        self.bad_rows = 0
        """Rows that are no rollouts, or lack what one of the recipes needs."""

    def run(
        self,
        stream: BinaryIO,
        *,
        report: Callable[[str, str], None] = lambda _place, _error: None,
        advance: Callable[[int, int], None] = lambda _rows, _size: None,
    ) -> tuple[Pairs, ComponentTally]:
        """Score all rows; `stream` is an empty file for the pairs of rewards.

        `report` is called with the place and fault of each bad row, `advance` after each chunk with the
        number of rows and of bytes that are done.
        """
        pairs, components = Pairs(stream), ComponentTally()
        for chunk in chunked(self._source.rows(), _ROWS_AT_ONCE):
            rows, rollouts, faults = self._rollouts(chunk)
            first, second = self._score(rollouts)
            for at, row in enumerate(rows):
                errors = [scores.errors[at] for scores in (first, second) if at in scores.errors]
                faults += [(row.place, str(error.about("this row"))) for error in errors]
            for place, fault in dict(faults).items():
                report(place, fault)
            self.bad_rows += len(dict(faults))
            pairs.add([row.number for row in rows], first, second)
            components.add(first, second)
            advance(len(chunk), sum(row.size for row in chunk))
        return pairs, components

    def again(self, most: Sequence[tuple[int, float]]) -> Iterator[Compared]:
        """Iterate over the rows of these numbers with their differences, scored again, in this order."""
        found: dict[int, Compared] = {}
        gaps = dict(most)
        for chunk in chunked(self._source.rows(only=sorted(gaps)), _ROWS_AT_ONCE):
            rows, rollouts, _ = self._rollouts(chunk)
            first, second = self._score(rollouts)
            for place, (row, rollout) in enumerate(zip(rows, rollouts, strict=True)):
                found[row.number] = Compared(
                    row=row,
                    rollout=rollout,
                    gap=gaps[row.number],
                    first=_side(first, place),
                    second=_side(second, place),
                )
        return (found[number] for number, _ in most)

    def _rollouts(self, chunk: Sequence[Row]) -> tuple[list[Row], list[Rollout], list[tuple[str, str]]]:
        """Return the valid rows, their rollouts, and the place and fault of each invalid row."""
        rows, rollouts, faults = [], [], []
        for row in chunk:
            try:
                if row.values is None:
                    raise InvalidRolloutError(row.error)  # noqa: TRY301  # one place collects what is wrong
                rollout = dataclasses.replace(self._source.rollout(row), id="")
            except InvalidRolloutError as error:
                faults.append((row.place, str(error)))
                continue
            rows.append(row)
            rollouts.append(with_tokens(rollout) if self._guess_tokens else rollout)
        return rows, rollouts, faults

    def _score(self, rollouts: Sequence[Rollout]) -> tuple[Scores, Scores]:
        first, second = (scorer.score(rollouts, lenient=True) for scorer in self._scorers)
        self.recipes = (first.recipe, second.recipe)
        return first, second


def _side(scores: Scores, place: int) -> RecipeResult:
    components = {name: float(values[place]) for name, values in scores.components.items()}
    return RecipeResult(
        total=float(scores.totals[place]),
        components={name: value for name, value in components.items() if not math.isnan(value)},
        verdict=scores.verdicts[place],
    )
