"""Rewards that recipes of tests name by dotted path: one that fails, and one that compares a group."""

from __future__ import annotations

import dataclasses

import numpy as np

from rewards import Batch, Context, Evaluation, GroupReward, Reward


@dataclasses.dataclass(frozen=True, kw_only=True)
class Failing(Reward):
    """Raises an error that quotes the completion."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        message = f"cannot cope with {batch[0].completion if len(batch) else 'nothing'}"
        if len(batch):
            raise ValueError(message)
        return Evaluation([])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shortest(GroupReward):
    """1 for the shortest completions of a group, else 0."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        values = np.zeros(len(batch))
        lengths = np.asarray([len(rollout.completion) for rollout in batch], dtype=np.intp)
        for rows in self.groups(batch):
            values[rows] = lengths[rows] == lengths[rows].min()
        return Evaluation(values)
