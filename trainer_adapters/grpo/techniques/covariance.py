"""Clip-Cov and KL-Cov: the tokens by which entropy collapses, chosen by their covariance.

Source: The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models (arXiv:2505.22617,
section 4). The change of entropy in a step is minus the covariance of log-probability and advantage, and
few tokens make up most of it. Clip-Cov works on PPO's clipped surrogate and detaches tokens that the clip
has left their gradient; KL-Cov has no clip, and its penalty takes the clip's place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from trainer_adapters.grpo.section import Positive, Section
from trainer_adapters.grpo.techniques.technique import ON_POLICY, Technique, by_token, without_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import LossState

__all__ = ["ClipCov", "KlCov", "clip_cov_keep", "covariances", "kl_cov_chosen", "kl_cov_penalty"]

Ratio = Annotated[float, Field(gt=0, le=1)]


class ClipCov(Technique, Section):
    """Detach a small share of the tokens whose covariance lies between `low` and `high`."""

    ratio: Ratio = 2e-4
    low: float = 1.0
    high: float = 5.0

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        if config.techniques.kl_cov:
            yield "techniques.clip_cov: choose one of clip_cov and kl_cov, which act on the same tokens"
        if self.low >= self.high:
            yield "techniques.clip_cov.low: it must be below high"
        yield from by_token("techniques.clip_cov", config)

    def on_logps(self, loss: LossState) -> None:
        found = covariances(loss.logps.detach(), loss.advantages, loss.mask)
        found = found.masked_fill(loss.stopped, -math.inf)
        keep = clip_cov_keep(found, loss.mask, found.clone().uniform_(), **self.model_dump())
        loss.advantages = loss.advantages * keep
        loss.log("clip_cov/detached", (1 - keep).sum().item())


class KlCov(Technique, Section):
    """KL penalty on the tokens of the highest covariance, without PPO's clip."""

    clipped: ClassVar = False

    ratio: Ratio = 2e-4
    coefficient: Positive = 1.0

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        yield from by_token("techniques.kl_cov", config)
        if not config.off_policy:
            yield f"techniques.kl_cov: {ON_POLICY}"
        yield from without_clip("techniques.kl_cov", config)

    def penalty(self, loss: LossState) -> torch.Tensor:
        found = covariances(loss.logps.detach(), loss.advantages, loss.mask)
        chosen = kl_cov_chosen(found, loss.mask, ratio=self.ratio)
        return self.coefficient * kl_cov_penalty(loss.logps, loss.old_logps, chosen)


def covariances(logps: torch.Tensor, advantages: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return (ln pi - mean ln pi) (A - mean A) per token, means over the tokens under the mask, (B, T).

    Args:
        logps: (B, T).
        advantages: (B, T) or (B, 1).
        mask: (B, T).
    """
    present = mask.bool()
    count = present.sum().clamp(min=1)
    spread = advantages.expand_as(logps)
    logp_mean = logps.where(present, 0.0).sum() / count
    advantage_mean = spread.where(present, 0.0).sum() / count
    return ((logps - logp_mean) * (spread - advantage_mean)).where(present, 0.0).detach()


def clip_cov_keep(
    found: torch.Tensor, mask: torch.Tensor, draws: torch.Tensor, *, ratio: float, low: float, high: float
) -> torch.Tensor:
    """Return 1 for tokens that keep their gradient, 0 for those that Clip-Cov detaches, (B, T).

    Of the tokens whose covariance lies strictly between `low` and `high`, the `max(1, floor(ratio * count))`
    with the smallest of `draws` (uniform random numbers) lose it, `count` being the tokens under the mask.
    """
    within = mask.bool() & (found > low) & (found < high)
    chosen = _highest(-draws, within, _share(mask, ratio))
    return (~chosen).to(found.dtype)


def kl_cov_chosen(found: torch.Tensor, mask: torch.Tensor, *, ratio: float) -> torch.Tensor:
    """Mark the `max(1, floor(ratio * count))` tokens of the highest covariance, (B, T) of bool."""
    present = mask.bool()
    return _highest(found, present, _share(mask, ratio))


def kl_cov_penalty(logps: torch.Tensor, old: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Return |ln pi_old - ln pi| for the chosen tokens and 0 for others, (B, T): the KL that KL-Cov adds."""
    return (old - logps).abs().where(chosen, 0.0)


def _share(mask: torch.Tensor, ratio: float) -> int:
    return max(1, int(ratio * int(mask.sum())))


def _highest(values: torch.Tensor, allowed: torch.Tensor, count: int) -> torch.Tensor:
    within = values[allowed]
    chosen = within.new_zeros(len(within)).bool()
    chosen[within.topk(min(count, len(within))).indices] = True
    return allowed.masked_scatter(allowed, chosen)
