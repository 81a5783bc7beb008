"""Numbers about a batch that say whether there is anything to learn from it, and what is being learned.

They go where TRL's own metrics go. Left out: what to make of them, which is
:mod:`trainer_adapters.grpo.watch.alarms`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from rewards.ngrams import repetitions
from rewards.scripts import script_share
from trainer_adapters.grpo.techniques.masking import informative_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["GIBBERISH", "batch_measures", "text_measures", "token_measures"]

GIBBERISH = -2.0
"""A right answer whose mean log-probability is lower was luck: what stands before the box is gibberish."""


GRAM, FEW = 8, 0.05


def batch_measures(
    rewards: torch.Tensor, right: torch.Tensor, lengths: torch.Tensor, size: int
) -> dict[str, float]:
    """Shares of groups and of completions, of all processes.

    - `groups/all_right`, `groups/all_wrong`: groups whose judged completions are all right, or all wrong;
    - `groups/informative`: groups with some right and some wrong, the effective share of the batch;
    - `groups/zero_std`: groups whose judged rewards are equal;
    - `accuracy`, `not_judged`: shares of completions;
    - `length/mean`, `length/p95`: in tokens.

    Args:
        rewards: (N,), NaN where not judged.
        right: (N,), 1, 0 or NaN.
        lengths: (N,), tokens of each completion.
        size: G.
    """
    groups = right.view(-1, size)
    known = ~groups.isnan()
    any_known = known.any(dim=1)
    all_right = ((groups == 1) | ~known).all(dim=1) & any_known
    all_wrong = ((groups == 0) | ~known).all(dim=1) & any_known
    differ = informative_rows(rewards, rewards, size).view(-1, size).any(dim=1)
    found = {
        "groups/zero_std": (~differ).float().mean(),
        "not_judged": rewards.isnan().float().mean(),
        "length/mean": lengths.float().mean(),
        "length/p95": torch.quantile(lengths.float(), 0.95),
    }
    if any_known.any():
        found |= {
            "groups/all_right": all_right.float().mean(),
            "groups/all_wrong": all_wrong.float().mean(),
            "groups/informative": (any_known & ~all_right & ~all_wrong).float().mean(),
            "accuracy": right.nanmean(),
        }
    return {name: value.item() for name, value in found.items()}


def text_measures(completion_ids: Sequence[Sequence[int]], texts: Sequence[str]) -> dict[str, float]:
    """Of one process: `repetition`, the mean share of token 8-grams seen before, and `mixing`.

    `mixing` is the share of completions in which Chinese characters are neither few nor nearly all.
    """
    repeated = [
        len(repetitions(np.asarray(ids, dtype=np.int64), GRAM)) / max(1, len(ids) - GRAM + 1)
        for ids in completion_ids
    ]
    mixed = [FEW < script_share(text, "Han") < 1 - FEW for text in texts]
    return {"repetition": sum(repeated) / len(repeated), "mixing": sum(mixed) / len(mixed)}


def token_measures(
    logps: torch.Tensor,
    mask: torch.Tensor,
    right: torch.Tensor,
    gather: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, float]:
    """Of one pass: `logprob` (the mean over tokens) and `gibberish` (a share of the right answers).

    Args:
        logps: (B, T).
        mask: (B, T).
        right: (B,), 1, 0 or NaN.
        gather: of all processes.
    """
    lengths = mask.sum(dim=1)
    means = (logps * mask).sum(dim=1) / lengths.clamp(min=1)
    rows = gather(torch.stack([means, lengths.float(), right.float()], dim=1))
    means, lengths, right = rows[rows[:, 1] > 0].unbind(dim=1)
    if len(means) == 0:
        return {}
    found = {"logprob": (means * lengths).sum() / lengths.sum()}
    if (right == 1).any():
        found["gibberish"] = (means[right == 1] < GIBBERISH).float().mean()
    return {name: value.item() for name, value in found.items()}
