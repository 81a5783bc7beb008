"""Rewards that compare the rollouts of a prompt, in trainers whose ranks each see a slice of the batch.

Trainers give each rank a stretch of the whole batch, in the order of ranks, and a group may lie across
two of them. Here every rank gathers all rollouts and scores the whole groups that its own rows belong to.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from typing import TYPE_CHECKING

import numpy as np

from rewards.errors import IncompleteGroupError
from rewards.reward import GroupReward

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewards import Reward, Rollout, Scores

__all__ = ["group_size", "score_groups", "warn"]


def group_size(reward: Reward) -> int | None:
    """Return the number of rollouts that the group rewards of a tree compare; None without group rewards."""
    sizes = {node.group_size for node in reward.walk() if isinstance(node, GroupReward)}
    if len(sizes) > 1:
        message = f"the group rewards of one recipe compare groups of {sorted(sizes)}; a batch has one size"
        raise IncompleteGroupError(message)
    return sizes.pop() if sizes else None


def score_groups(
    rollouts: Sequence[Rollout], size: int, score: Callable[[Sequence[Rollout]], Scores]
) -> Scores:
    """Return the scores of this rank's `rollouts`, which lie in groups of `size` one after the other.

    Every rank must call this at the same time.

    Raises:
        IncompleteGroupError: a group of `size` holds rollouts of two prompts, or the batch ends in
            the middle of one.
    """
    slices = _gathered(rollouts)
    ours = _rank()
    before = sum(len(one) for one in slices[:ours])
    everyone = [rollout for one in slices for rollout in one]
    if len(everyone) % size:
        message = f"{len(everyone)} rollouts do not make groups of {size}; set num_generations to {size}"
        raise IncompleteGroupError(message)
    first, last = before // size * size, -(-(before + len(rollouts)) // size) * size
    named = []
    for start in range(first, last, size):
        group = everyone[start : start + size]
        if len({rollout.prompt for rollout in group}) > 1:
            message = (
                f"rollouts {start} to {start + size - 1} are not of one prompt; set num_generations to {size}"
            )
            raise IncompleteGroupError(message)
        named += [dataclasses.replace(rollout, group_id=str(start // size)) for rollout in group]
    return score(named).take(np.arange(before - first, before - first + len(rollouts)))


def warn(log: logging.Logger, message: str) -> None:
    """Log a warning, in the first of the processes that a launcher started together."""
    if os.environ.get("RANK", "0") == "0":
        # By its name: AReaL replaces all loggers whenever it makes one.
        logging.getLogger(log.name).warning("%s", message)


def _gathered(rollouts: Sequence[Rollout]) -> list[list[Rollout]]:
    """Return the rollouts of every rank, in rank order."""
    distributed = sys.modules.get("torch.distributed")  # torch is not loaded for those who do without
    if distributed is None or not distributed.is_initialized() or distributed.get_world_size() == 1:
        return [list(rollouts)]
    slices: list[list[Rollout]] = [[] for _ in range(distributed.get_world_size())]
    distributed.all_gather_object(slices, list(rollouts))
    return slices


def _rank() -> int:
    distributed = sys.modules.get("torch.distributed")
    return distributed.get_rank() if distributed is not None and distributed.is_initialized() else 0
