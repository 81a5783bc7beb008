"""Advantages from rewards: baselines, divisors, and the normalization of each reward function by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.section import NotNegative, Section, Share
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Groups, Tokens

__all__ = ["EPSILON", "Advantage", "advantages", "judged_groups", "sum_of_normalized", "whitened"]

EPSILON = 1e-4
"""TRL's constant, added to the standard deviation."""

MEAN_EPSILON = 1e-6
"""The constant of MaxRL's authors, added to the mean."""

WHITENING_EPSILON = 1e-8
"""verl's and OpenRLHF's constant, added to the variance over tokens."""


class Advantage(Technique, Section):
    """Computation of advantages from rewards."""

    baseline: Literal["mean", "quantile", "batch"] = "mean"
    """The group's mean, its quantile (QAE), or the mean of the whole batch."""

    quantile: Share = 0.4
    """K of the quantile baseline."""

    scale: Literal["group", "batch", "advantages", "mean", "tokens", "none"] = "group"
    """The divisor of advantages: the standard deviation of the rewards of the group or of the batch, that of
    the `advantages` of the batch (ScaleRL), or the `mean` reward of the group (MaxRL). `tokens` whitens them
    over all tokens that count: with `baseline: batch` that is REINFORCE++, with `baseline: mean` its baseline
    form."""

    aggregation: Literal["sum_then_normalize", "normalize_then_sum"] = "sum_then_normalize"
    """Normalize the weighted sum of the reward functions, or each function by its group before the sum
    (GDPO), which is then whitened over the batch, or over its tokens with `scale: tokens`."""

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
        if self.baseline != "quantile" and self.quantile != type(self).model_fields["quantile"].default:
            yield "techniques.advantage.quantile: nothing reads it without baseline: quantile"
        yield from self._normalization(config)
        if not self.positive_only:
            return
        where = "techniques.advantage.positive_only"
        if config.algorithm.off_policy_mask_threshold is not None:
            yield f"{where}: the off-policy mask is for negative advantages, which are gone"
        if config.algorithm.delta is not None:
            yield f"{where}: algorithm.delta is for negative advantages, which are gone"

    def _normalization(self, config: TrainConfig) -> Iterator[str]:
        """Yield what contradicts MaxRL's and GDPO's normalization."""
        where = "techniques.advantage.scale"
        if self.scale in {"mean", "none"} and self.std_floor:
            yield f"techniques.advantage.std_floor: scale: {self.scale} divides by no standard deviation"
        if self.scale == "mean":
            if self.baseline != "mean":
                yield f"{where}: the mean of the group goes with baseline: mean"
            if config.techniques.kl_in_reward:
                yield f"{where}: the mean of rewards of 0 or more is what divides; a KL in them is below 0"
        if self.aggregation == "normalize_then_sum":
            where = "techniques.advantage.aggregation"
            if self.baseline != "mean" or self.scale not in {"group", "tokens"}:
                yield (
                    f"{where}: each function is normalized by the mean and the standard deviation of its "
                    "group; leave baseline and scale out, or set scale: tokens"
                )
            if config.techniques.kl_in_reward:
                yield f"{where}: the KL is taken off the sum, and not off one of the functions"
            for name in ("masking", "dynamic_sampling"):
                if getattr(getattr(config.techniques, name), "filter_on", "") == "total":
                    yield (
                        f"{where}: functions may differ where their sum does not, and {name} drops such "
                        f"groups; set techniques.{name}.filter_on: correctness"
                    )

    def advantages(self, found: torch.Tensor, groups: Groups) -> torch.Tensor:  # it comes first
        settings = self.model_dump(exclude={"aggregation"})
        if self.scale == "tokens":
            settings |= {"scale": "none", "positive_only": False}
        if self.aggregation == "sum_then_normalize":
            return advantages(groups.rewards, groups.size, **settings)
        found = sum_of_normalized(*groups.functions, groups.size, std_floor=self.std_floor)
        if self.scale == "tokens":
            return found
        found = found.where(~judged_groups(groups.rewards, groups.size).isnan(), math.nan)
        # The batch is one group.
        return advantages(found, len(found), positive_only=self.positive_only)

    def token_advantages(self, found: torch.Tensor, tokens: Tokens) -> torch.Tensor:
        if self.scale != "tokens":
            return found
        judged = ~judged_groups(tokens.groups.rewards, tokens.groups.size)[tokens.rows].isnan()
        values = found.unsqueeze(1).expand_as(tokens.rewards)
        if self.baseline == "batch":
            # A token is not charged for those before it: the reward to go.
            values = values - (tokens.rewards.cumsum(dim=1) - tokens.rewards)
        mask = tokens.mask.float() * judged.unsqueeze(1)
        # The floor is one of rewards, and normalized functions have had it.
        floor = self.std_floor if self.aggregation == "sum_then_normalize" else 0.0
        found = whitened(values, mask, tokens.totals, std_floor=floor)
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

        A = (r - b) / (max(std, std_floor) + 1e-4)      scale: group, batch, advantages
        A = (r - b) / (mean + 1e-6)                     scale: mean
        A = r - b                                       scale: none

    `std` is the sample standard deviation of the rewards of the group, of those of the batch, or of r - b
    over the batch: ScaleRL (arXiv:2510.13786, section 4), without the differences between prompts. `mean` is
    the group's: MaxRL (arXiv:2602.02710). Under rewards of 0 and 1 a prompt of pass rate p then weighs 1 / p,
    as in the gradient of ln p, up to the order of the group's size. The baseline b is

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
    if scale == "mean":
        _refuse_negative(judged)
        found = found / (below + MEAN_EPSILON)
    elif scale != "none":
        spread = {"group": groups, "batch": judged.view(1, -1), "advantages": found.view(1, -1)}[scale]
        found = found / (_std(spread).clamp(min=std_floor) + EPSILON)
    found = found.nan_to_num(nan=0.0).view(-1)
    return found.clamp(min=0.0) if positive_only else found


def sum_of_normalized(
    terms: torch.Tensor, weights: torch.Tensor, size: int, *, std_floor: float = 0.0
) -> torch.Tensor:
    """Return the weighted sum of the advantages by each reward function alone, (N,).

    So rewards that differ in their parts differ in their advantages, where the sum of the parts may be equal:
    GDPO (arXiv:2601.05242). A function without a value for a completion adds nothing to its sum.

    Args:
        terms: (N, K), NaN where a function says nothing.
        weights: (K,).
        size: G.
        std_floor: a lower bound of the standard deviation of each function.

    >>> import torch
    >>> terms = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    >>> sum_of_normalized(terms, torch.tensor([2.0, 1.0]), 4)
    tensor([ 0.8659, -0.8659,  2.5976, -2.5976])
    """
    alone = [advantages(term.contiguous(), size, std_floor=std_floor) for term in terms.unbind(dim=1)]
    total = terms.new_zeros(len(terms))
    for weight, one in zip(weights.tolist(), alone, strict=True):
        total = total + weight * one
    return total


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


def _refuse_negative(judged: torch.Tensor) -> None:
    """Raise for a reward below 0, of which a mean is no pass rate.

    Raises:
        ConfigError: with the row and the reward.
    """
    lowest = judged.nan_to_num(nan=0.0)
    if lowest.numel() and lowest.min() < 0:
        row = int(lowest.argmin())
        message = (
            f"techniques.advantage.scale: mean divides by the mean reward of a group, and the reward of "
            f"rollouts[{row}] is {lowest[row]:g}; take a recipe whose rewards are 0 or more, or another scale"
        )
        raise ConfigError(message)
