"""Advantages from rewards: mean, quantile or batch baseline, and a lower bound of the standard deviation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from trainer_adapters.grpo.section import NotNegative, Section, Share
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Groups, Tokens

__all__ = ["EPSILON", "Advantage", "advantages", "judged_groups", "whitened"]

EPSILON = 1e-4
"""TRL's constant, added to the standard deviation."""

WHITENING_EPSILON = 1e-8
"""verl's and OpenRLHF's constant, added to the variance over tokens."""


class Advantage(Technique, Section):
    """Computation of advantages from rewards."""

    baseline: Literal["mean", "quantile", "batch"] = "mean"
    """The group's mean, its quantile (QAE), or the mean of the whole batch."""

    quantile: Share = 0.4
    """K of the quantile baseline."""

    scale: Literal["group", "batch", "tokens", "none"] = "group"
    """The standard deviation that advantages are divided by. `tokens` whitens them over all tokens that
    count: with `baseline: batch` that is REINFORCE++, with `baseline: mean` its baseline form."""

    std_floor: NotNegative = 0.0
    """Lower bound of the standard deviation, so that noise in an all-right group is not amplified."""

    positive_only: bool = False
    """Set negative advantages to 0."""

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        if self.baseline == "batch" and self.scale == "group":
            where = "techniques.advantage.scale"
            yield f"{where}: with the mean of the batch goes batch, tokens or none, not the group's own"
        if self.baseline == "quantile" and self.scale == "tokens":
            where = "techniques.advantage.scale"
            yield f"{where}: whitening over tokens takes off their mean, and so undoes a quantile as baseline"
        if not self.positive_only:
            return
        where = "techniques.advantage.positive_only"
        if config.algorithm.off_policy_mask_threshold is not None:
            yield f"{where}: the off-policy mask is for negative advantages, which are gone"
        if config.algorithm.delta is not None:
            yield f"{where}: algorithm.delta is for negative advantages, which are gone"

    def advantages(self, found: torch.Tensor, groups: Groups) -> torch.Tensor:  # noqa: ARG002  # it comes first
        settings = self.model_dump()
        if self.scale == "tokens":
            settings |= {"scale": "none", "positive_only": False}
        return advantages(groups.rewards, groups.size, **settings)

    def token_advantages(self, found: torch.Tensor, tokens: Tokens) -> torch.Tensor:
        if self.scale != "tokens":
            return found
        judged = ~judged_groups(tokens.groups.rewards, tokens.groups.size)[tokens.rows].isnan()
        values = found.unsqueeze(1).expand_as(tokens.rewards)
        if self.baseline == "batch":
            # A token is not charged for those before it: the reward to go.
            values = values - (tokens.rewards.cumsum(dim=1) - tokens.rewards)
        mask = tokens.mask.float() * judged.unsqueeze(1)
        found = whitened(values, mask, tokens.totals, std_floor=self.std_floor)
        return found.clamp(min=0.0) if self.positive_only else found


def judged_groups(rewards: torch.Tensor, size: int) -> torch.Tensor:
    """Return the rewards, (N,), with NaN for all of a group in which fewer than two were judged.

    One judged completion cannot be compared with another of its prompt, so it carries no signal.
    """
    groups = rewards.view(-1, size)
    compared = (~groups.isnan()).sum(dim=1, keepdim=True) >= 2  # noqa: PLR2004  # what a comparison takes
    return groups.where(compared, math.nan).view(-1)


def advantages(
    rewards: torch.Tensor,
    size: int,
    *,
    baseline: str = "mean",
    quantile: float = 0.4,
    scale: str = "group",
    std_floor: float = 0.0,
    positive_only: bool = False,
) -> torch.Tensor:
    """Return advantages of shape (N,), 0 for a completion that was not judged.

    With r the rewards of the judged completions of groups with at least two of them::

        A = (r - b) / (max(std, std_floor) + 1e-4)      scale: group, batch
        A = r - b                                       scale: none

    `std` is the sample standard deviation of the group, or of the batch. The baseline b is

    - `mean`: the group's mean: GRPO (arXiv:2402.03300);
    - `quantile`: the smallest reward of the group that at least the share K of it does not exceed: quantile
      advantage estimation (arXiv:2509.22611). Under rewards of 0 and 1 a prompt with a pass rate of at most
      1 - K learns from its rare successes only, any other from its failures only;
    - `batch`: the mean of the batch.

    `std_floor` bounds the amplification of a group whose rewards differ in a small term only (of length, for
    example). `positive_only` is max(A, 0), for policies that unlearn from their failures.

    >>> import torch
    >>> advantages(torch.tensor([1.0, 0.0, torch.nan, 1.0]), 2, scale="none")
    tensor([ 0.5000, -0.5000,  0.0000,  0.0000])
    """
    judged = judged_groups(rewards, size)
    groups = judged.view(-1, size)
    if baseline == "quantile":
        below = lower_quantile(groups, quantile)
    elif baseline == "batch":
        below = judged.nanmean().expand(len(groups), 1)
    else:
        below = groups.nanmean(dim=1, keepdim=True)
    found = groups - below
    if scale != "none":
        std = _std(groups) if scale == "group" else _std(judged.view(1, -1))
        found = found / (std.clamp(min=std_floor) + EPSILON)
    found = found.nan_to_num(nan=0.0).view(-1)
    return found.clamp(min=0.0) if positive_only else found


def whitened(
    values: torch.Tensor, mask: torch.Tensor, totals: Callable[..., list[float]], *, std_floor: float = 0.0
) -> torch.Tensor:
    """Return values of mean 0 and variance 1 over the tokens under the mask of all processes, (B, T).

    REINFORCE++ (arXiv:2501.03262) whitens the rewards to go of single tokens, and its baseline form what is
    left of the rewards of completions after the mean of their group. So a long completion counts for more in
    mean and variance than a short one, as it does in a loss by tokens.

    Args:
        values: (B, T).
        mask: (B, T), of floats.
        totals: returns the sums of scalar tensors over all processes.
        std_floor: a lower bound of the standard deviation.
    """
    total, count = totals((values * mask).sum(), mask.sum())
    centred = (values - total / max(count, 1.0)) * mask
    (squares,) = totals(centred.square().sum())
    variance = max(squares / max(count - 1, 1.0), std_floor**2)
    return centred / math.sqrt(variance + WHITENING_EPSILON)


def lower_quantile(groups: torch.Tensor, share: float) -> torch.Tensor:
    """Return each row's smallest value that at least `share` of its numbers do not exceed, (N / G, 1)."""
    ordered = groups.nan_to_num(nan=math.inf).sort(dim=1).values
    count = (~groups.isnan()).sum(dim=1, keepdim=True)
    # The share is rounded, or 0.4 of 5 would be the third value instead of the second.
    at = (share * count - 1e-6).ceil().long().clamp(min=1) - 1
    return ordered.gather(1, at).where(count > 0, math.nan)


def _std(rows: torch.Tensor) -> torch.Tensor:
    count = (~rows.isnan()).sum(dim=1, keepdim=True)
    squares = (rows - rows.nanmean(dim=1, keepdim=True)).square().nansum(dim=1, keepdim=True)
    return (squares / (count - 1).clamp(min=1)).sqrt().where(count > 0, math.nan)
