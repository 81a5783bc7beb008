"""Zero-advantage groups: find them, mask them, and rescale the loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from trainer_adapters.grpo.algorithm import BY_SEQUENCE
from trainer_adapters.grpo.section import Section
from trainer_adapters.grpo.techniques.technique import Informative, Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Groups

__all__ = ["EQUAL", "Masking", "informative_rows", "mean_scale"]

EQUAL = 1e-6
"""Tolerance of equality: rewards are float32, and smaller differences are rounding."""


class Masking(Technique, Section):
    """Exclude zero-advantage groups from the loss and from its normalizer."""

    filter_on: Informative = "correctness"

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        algorithm = config.algorithm
        bonus = algorithm.entropy_coef > 0 or algorithm.use_adaptive_entropy
        if bonus and algorithm.loss_type in BY_SEQUENCE:
            yield (
                f"techniques.masking: under the loss {algorithm.loss_type} it rescales the whole loss, and "
                "with it the entropy bonus; use loss_type dapo or bnpo, or no bonus"
            )

    def kept(self, groups: Groups) -> torch.Tensor:
        return informative_rows(groups.values(self.filter_on), groups.rewards, groups.size)


def informative_rows(values: torch.Tensor, rewards: torch.Tensor, size: int) -> torch.Tensor:
    """Return a mask of the completions to learn from, (N,) of bool.

    A completion counts if it was judged, and if two judged completions of its group differ in `values`:
    correctness (as DAPO filters, arXiv:2503.14476, equation 11: some right, some wrong), or total reward.

    >>> import torch
    >>> informative_rows(torch.tensor([1.0, 0, 1, 1]), torch.tensor([2.0, 0, 2, 1]), 2)
    tensor([ True,  True, False, False])
    """
    judged = ~rewards.isnan() & ~values.isnan()
    groups, known = values.view(-1, size), judged.view(-1, size)
    highest = groups.where(known, -math.inf).amax(dim=1, keepdim=True)
    lowest = groups.where(known, math.inf).amin(dim=1, keepdim=True)
    return (known & (highest - lowest > EQUAL)).view(-1)


def mean_scale(kept: torch.Tensor, count: int) -> torch.Tensor:
    """Return the factor for a loss that is a mean over `count` members, of which only `kept` are unmasked.

    The members are sequences in grpo, dr_grpo, sapo and luspo, and passes in bnpo, the mean of whose passes
    TRL takes over all of them, also over one whose tokens are all masked. Losses that are divided by the
    tokens of the whole generation (dapo, cispo, vespo) need no factor.
    """
    return count / kept.clamp(min=1.0)
