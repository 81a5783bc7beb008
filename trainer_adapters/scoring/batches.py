"""Score a batch once for any number of reward functions that are called with it.

A trainer calls every function of a recipe with one list of completions. The scores of a call are kept,
and are those of the next call too if it is passed the same list *and* makes the same rollouts of it: a list
that was refilled, or comes with other golds, is scored again. Rollouts alone would not do where ranks score
groups together: a batch that is by chance equal to the last one on one rank would leave the others waiting.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidCallError
from trainer_adapters.scoring.ranks import group_size, score_groups
from trainer_adapters.scoring.rows import cell, naming, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewards import Rollout, Scores
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["Batches"]


class Batches(ABC):
    """The shared scorer of one recipe's functions, with its last batch."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer
        self._group_size = group_size(scorer.tree.reward) if scorer.tree is not None else None
        self._lock = threading.Lock()
        self._last: tuple[object, list[Rollout], Scores] | None = None

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in {"_lock", "_last"}}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _lock=threading.Lock(), _last=None)

    @abstractmethod
    def rollout(
        self,
        completion: object,
        row: Mapping[str, Any],
        gold: object,
        *,
        name: str,
        columns: Mapping[str, object],
    ) -> Rollout:
        """Return the rollout of a completion.

        Args:
            completion: the completion as the trainer passes it.
            row: the cells of its row.
            gold: the cell of its gold.
            name: what errors call the completion.
            columns: all that the trainer passes.
        """

    def rollouts(self, completions: Sequence[object], columns: Mapping[str, object]) -> list[Rollout]:
        """Return the rollouts of a batch as the trainer passes it.

        Raises:
            InvalidCallError: a row holds a completion, a prompt or a gold of no known form.
        """
        gold = self.scorer.gold_column(columns)
        found = []
        rows = rows_of(columns, len(completions), gold)
        for number, (completion, row) in enumerate(zip(completions, rows, strict=True)):
            with naming(f"row {number} of the batch (golds are in {gold!r})"):
                found.append(
                    self.rollout(
                        completion, row, cell(row, gold), name=f"completions[{number}]", columns=columns
                    )
                )
        return found

    @property
    def last(self) -> Scores:
        """The scores of the last batch."""
        if self._last is None:
            message = "no batch has been scored"
            raise InvalidCallError(message)
        return self._last[2]

    @property
    def golds(self) -> list[tuple[str, ...]]:
        """The golds of each row of the last batch."""
        return [] if self._last is None else [rollout.golds for rollout in self._last[1]]

    def scored(self, completions: Sequence[object], columns: Mapping[str, object]) -> Scores:
        """Return the scores of this batch, which are computed once for all functions."""
        rollouts = self.rollouts(completions, columns)
        with self._lock:
            if self._last is None or self._last[0] is not completions or self._last[1] != rollouts:
                if self._group_size is None:
                    scores = self.scorer.scores(rollouts)
                else:
                    scores = score_groups(rollouts, self._group_size, self.scorer.scores)
                self._last = (completions, rollouts, scores)
            return self._last[2]
