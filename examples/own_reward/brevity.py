"""A reward of one's own, as an installable plugin: full marks up to a number of characters, then less.

`pyproject.toml` beside this file declares it under the entry-point group `touchstone.rewards`, so that
recipes can name it `brevity` once it is installed; `recipe.yaml` does.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rewards import Evaluation, Reward, Span
from rewards.errors import InvalidParameterError

if TYPE_CHECKING:
    from rewards import Batch, Context


@dataclasses.dataclass(frozen=True, kw_only=True)
class Brevity(Reward):
    """`min(1, limit / length)`, with what is over the limit as evidence.

    >>> from rewards import Rollout
    >>> Brevity(limit=2)([Rollout(completion="ab"), Rollout(completion="abcd")])
    array([1. , 0.5])
    """

    limit: int = 400
    """Characters that cost nothing."""

    def __post_init__(self) -> None:
        if self.limit < 1:
            message = f"brevity: limit is {self.limit}; it must be at least 1"
            raise InvalidParameterError(message)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002  # the contract's arguments
        """Each completion by its own length."""
        lengths = [len(rollout.completion) for rollout in batch]
        return Evaluation(
            [min(1.0, self.limit / max(length, 1)) for length in lengths],
            spans=[
                [Span(self.limit, length, "over the limit")] if length > self.limit else []
                for length in lengths
            ],
        )
