"""Score a batch once for any number of reward functions that are called with it.

A trainer calls every function of a recipe with one list of completions. The scores of a call are kept,
and are those of the next call too if it is passed the same list *and* makes the same rollouts of it, under
the same recipe: a list that was refilled, that comes with other golds, or at a step of other weights, is
scored again. Rollouts alone would not do where ranks score groups together: a batch that is by chance equal
to the last one on one rank would leave the others waiting.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from rewards.errors import InvalidCallError
from trainer_adapters.scoring.ranks import group_size, score_groups
from trainer_adapters.scoring.rows import cell, naming, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rewards import Rollout, Scores
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["Batches"]


class _Scored(NamedTuple):
    """A batch with its scores, and the digest of the recipe that gave them."""

    completions: object
    digest: str
    rollouts: list[Rollout]
    scores: Scores


class Batches(ABC):
    """The shared scorer of one recipe's functions, with its last batch."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer
        self._group_size = group_size(scorer.tree.reward) if scorer.tree is not None else None
        self._lock = threading.Lock()
        self._last: _Scored | None = None
        self.step = 0
        """Optimizer step of the last batch."""

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
        """Return the rollouts of a batch, and score by the recipe of its optimizer step from here on.

        Raises:
            InvalidCallError: a row holds a completion, a prompt or a gold of no known form; or the weights of
                the recipe change over steps, and `trainer_state` is missing, which tells the step.
        """
        self.step = self._step_of(columns.get("trainer_state"))
        self.scorer.at_step(self.step)
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

    def _step_of(self, state: object) -> int:
        step = getattr(state, "global_step", None)
        if step is None and self.scorer.tree is not None and self.scorer.tree.is_scheduled:
            message = (
                f"the weights of recipe {self.scorer.summary.title} change over optimizer steps, and this "
                "call has no trainer_state to tell the step"
            )
            raise InvalidCallError(message)
        return int(step or 0)

    @property
    def last(self) -> Scores:
        """The scores of the last batch."""
        if self._last is None:
            message = "no batch has been scored"
            raise InvalidCallError(message)
        return self._last.scores

    @property
    def golds(self) -> list[tuple[str, ...]]:
        """The golds of each row of the last batch."""
        return [rollout.golds for rollout in self.last_rollouts]

    @property
    def last_rollouts(self) -> Sequence[Rollout]:
        """The rollouts of the last batch."""
        return () if self._last is None else self._last.rollouts

    def scored(self, completions: Sequence[object], columns: Mapping[str, object]) -> Scores:
        """Return the scores of this batch, which are computed once for all functions."""
        rollouts = self.rollouts(completions, columns)
        with self._lock:
            digest, last = self.scorer.summary.digest, self._last
            if last is None or last.completions is not completions or last[1:3] != (digest, rollouts):
                if self._group_size is None:
                    scores = self.scorer.scores(rollouts)
                else:
                    scores = score_groups(rollouts, self._group_size, self.scorer.scores)
                last = self._last = _Scored(completions, digest, rollouts, scores)
            return last.scores
