"""Groups that teach nothing: which they are, and how the loss is divided once they are left out."""

from __future__ import annotations

import torch

__all__ = ["EQUAL", "informative_rows", "sequence_scale"]

EQUAL = 1e-6
"""Rewards are float32; what differs by less is rounding."""


def informative_rows(values: torch.Tensor, rewards: torch.Tensor, size: int) -> torch.Tensor:
    """Which completions to learn from, (N,) of bool.

    A completion counts if it was judged, and if two judged completions of its group differ in `values`:
    whether they are right (as DAPO filters, arXiv:2503.14476, equation 11: some right, some wrong), or
    their totals.

    >>> informative_rows(torch.tensor([1.0, 0, 1, 1]), torch.tensor([2.0, 0, 2, 1]), 2)
    tensor([ True,  True, False, False])
    """
    judged = ~rewards.isnan() & ~values.isnan()
    groups, known = values.view(-1, size), judged.view(-1, size)
    highest = groups.where(known, -torch.inf).amax(dim=1, keepdim=True)
    lowest = groups.where(known, torch.inf).amin(dim=1, keepdim=True)
    return (known & (highest - lowest > EQUAL)).view(-1)


def sequence_scale(kept: torch.Tensor, count: int) -> torch.Tensor:
    """What to multiply a loss by that was divided by all `count` sequences, `kept` of which count.

    Losses by token (dapo, bnpo) are divided by the tokens under the mask and need none of it; losses by
    sequence (grpo, dr_grpo, sapo, luspo) would shrink with every group that is left out.
    """
    return count / kept.clamp(min=1.0)
