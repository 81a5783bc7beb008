"""Zero-advantage groups: find them, and rescale the loss once they are masked."""

from __future__ import annotations

import torch

__all__ = ["EQUAL", "informative_rows", "sequence_scale"]

EQUAL = 1e-6
"""Tolerance of equality: rewards are float32, and smaller differences are rounding."""


def informative_rows(values: torch.Tensor, rewards: torch.Tensor, size: int) -> torch.Tensor:
    """Return a mask of the completions to learn from, (N,) of bool.

    A completion counts if it was judged, and if two judged completions of its group differ in `values`:
    correctness (as DAPO filters, arXiv:2503.14476, equation 11: some right, some wrong), or total reward.

    >>> informative_rows(torch.tensor([1.0, 0, 1, 1]), torch.tensor([2.0, 0, 2, 1]), 2)
    tensor([ True,  True, False, False])
    """
    judged = ~rewards.isnan() & ~values.isnan()
    groups, known = values.view(-1, size), judged.view(-1, size)
    highest = groups.where(known, -torch.inf).amax(dim=1, keepdim=True)
    lowest = groups.where(known, torch.inf).amin(dim=1, keepdim=True)
    return (known & (highest - lowest > EQUAL)).view(-1)


def sequence_scale(kept: torch.Tensor, count: int) -> torch.Tensor:
    """Return the factor for a loss that was divided by `count` sequences, of which only `kept` are unmasked.

    Losses by token (dapo, bnpo) are divided by the tokens under the mask and need none of it; losses by
    sequence (grpo, dr_grpo, sapo, luspo) would shrink with every group that is left out.
    """
    return count / kept.clamp(min=1.0)
