"""Score a batch once for any number of reward functions that are called with it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING, Any

from rewards.errors import InvalidCallError
from trainer_adapters.scoring.ranks import group_size, score_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards import Rollout, Scores
    from trainer_adapters.scoring.scorer import TrainerScorer

__all__ = ["Batches", "rows_of"]


class Batches(ABC):
    """The shared scorer of one recipe's functions, with its last batch."""

    def __init__(self, scorer: TrainerScorer) -> None:
        self.scorer = scorer
        self._group_size = group_size(scorer.tree.reward) if scorer.tree is not None else None
        self._lock = threading.Lock()
        self._last: tuple[object, Scores] | None = None

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name not in {"_lock", "_last"}}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state, _lock=threading.Lock(), _last=None)

    @abstractmethod
    def rollouts(self, completions: Sequence[object], columns: Mapping[str, object]) -> list[Rollout]:
        """Return the rollouts of a batch as the trainer passes it."""

    @property
    def last(self) -> Scores:
        """The scores of the last batch."""
        if self._last is None:
            message = "no batch has been scored"
            raise InvalidCallError(message)
        return self._last[1]

    def scored(self, completions: Sequence[object], columns: Mapping[str, object]) -> Scores:
        """Return the scores of this batch, recognized by the list that every function is passed."""
        with self._lock:
            if self._last is None or self._last[0] is not completions:
                rollouts = self.rollouts(completions, columns)
                if self._group_size is None:
                    scores = self.scorer.scores(rollouts)
                else:
                    scores = score_groups(rollouts, self._group_size, self.scorer.scores)
                self._last = (completions, scores)
            return self._last[1]


def rows_of(columns: Mapping[str, object], size: int, gold: str | None = None) -> list[dict[str, Any]]:
    """Return columns as one mapping per row; values that are no column of `size` rows are left out.

    Raises:
        InvalidCallError: the column of golds is no such column.
    """
    found: dict[str, Any] = {name: column for name, column in columns.items() if _is_column(column, size)}
    if gold is not None and gold not in found:
        given = columns[gold]
        held = f"{len(given)} values" if isinstance(given, Sized) else f"a {type(given).__name__}"
        message = f"column {gold!r} holds {held} for {size} completions; it must have one gold for each"
        raise InvalidCallError(message)
    return [{name: column[row] for name, column in found.items()} for row in range(size)]


def _is_column(value: Any, size: int) -> bool:  # noqa: ANN401  # a list, or a column of numpy, datasets or torch
    indexed = hasattr(value, "__getitem__") and hasattr(value, "__len__")
    return indexed and not isinstance(value, (str, bytes, Mapping)) and len(value) == size
