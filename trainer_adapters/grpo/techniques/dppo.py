"""DPPO: tokens lose their gradient by how far the policy moved, and not by the ratio of probabilities.

Source: Rethinking the Trust Region in LLM Reinforcement Learning (arXiv:2602.04879). The divergence of a
token is that of two outcomes, the token and any other (the paper's Binary approximation). Left out: its
Top-K approximation, which needs the sampler's probabilities of tokens that it did not choose.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from trainer_adapters.grpo.section import Positive, Section
from trainer_adapters.grpo.techniques.technique import ON_POLICY, Technique, by_token, without_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import LossState

__all__ = ["THRESHOLDS", "Dppo", "binary_kl", "binary_tv", "moved_too_far"]

THRESHOLDS = {"tv": 0.15, "kl": 0.05}
"""The paper's threshold of each divergence."""

KL_EPSILON = 1e-8
"""The authors' constant, added to the probabilities of any other token."""


class Dppo(Technique, Section):
    """No gradient for tokens whose probability has moved too far already, in the place of PPO's clip."""

    clipped: ClassVar = False

    divergence: Literal["tv", "kl"] = "tv"
    """Total variation, or KL from the policy that sampled to the policy."""

    threshold: Positive | None = None
    """Largest divergence; by default the paper's, 0.15 for `tv` and 0.05 for `kl`."""

    threshold_high: Positive | None = None
    """The same under positive advantages; by default `threshold`."""

    max_weight: Annotated[float, Field(ge=1)] = 20.0
    """Upper bound of importance weights; the paper advises a large one, since truncation is a bias."""

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        where = "techniques.dppo"
        yield from by_token(where, config)
        yield from without_clip(where, config)
        if config.techniques.clip_cov or config.techniques.kl_cov:
            yield f"{where}: it takes the place of PPO's clip, as kl_cov does, and clip_cov works on the clip"
        for name in ("threshold", "threshold_high"):
            if self.divergence == "tv" and (getattr(self, name) or 0) >= 1:
                yield f"{where}.{name}: no token is stopped, since a total variation is below 1"
        sampler = config.importance_sampling
        if sampler is None and not config.off_policy:
            yield f"{where}: {ON_POLICY}"
        if sampler is not None and sampler.importance_sampling_correction:
            yield (
                f"{where}: its importance weights are against the sampler's own probabilities, which would "
                f"count twice; set {config.sampler_section}.importance_sampling_correction: false"
            )

    def on_logps(self, loss: LossState) -> None:
        logps, sampled = loss.logps.detach(), loss.sampler_logps
        divergence = binary_tv if self.divergence == "tv" else binary_kl
        low = self.threshold or THRESHOLDS[self.divergence]
        high = self.threshold_high or low
        moved = divergence(logps, sampled)
        stopped = moved_too_far(logps, sampled, loss.advantages, moved, low=low, high=high)
        # TRL multiplies by the weight against the trainer's own probabilities when it sampled.
        weight = (logps - sampled).clamp(max=math.log(self.max_weight)) - (logps - loss.old_logps)
        loss.advantages = (loss.advantages * weight.exp()).masked_fill(stopped, 0.0)
        counted = loss.mask.sum().clamp(min=1)
        loss.log("dppo/stopped", ((stopped * loss.mask).sum() / counted).item())


def binary_tv(logps: torch.Tensor, sampled: torch.Tensor) -> torch.Tensor:
    """Return |pi - mu| of each token, (B, T), with mu the policy that sampled."""
    return (logps.exp() - sampled.exp()).abs()


def binary_kl(logps: torch.Tensor, sampled: torch.Tensor) -> torch.Tensor:
    """Return mu ln(mu / pi) + (1 - mu) ln((1 - mu) / (1 - pi)) of each token, (B, T)."""
    mu, pi = sampled.exp(), logps.exp()
    other = ((1 - mu + KL_EPSILON) / (1 - pi + KL_EPSILON)).log()
    return mu * (sampled - logps) + (1 - mu) * other


def moved_too_far(
    logps: torch.Tensor,
    sampled: torch.Tensor,
    advantages: torch.Tensor,
    divergence: torch.Tensor,
    *,
    low: float,
    high: float,
) -> torch.Tensor:
    """Mark the tokens that moved too far already, and whose advantage would move them further, (B, T).

    A token of positive advantage is marked if it is more likely than when it was sampled and its divergence
    is above `high`; one of negative advantage if it is less likely and its divergence is above `low`.

    Args:
        logps: (B, T), of the policy.
        sampled: (B, T), of the policy that sampled.
        advantages: (B, T) or (B, 1).
        divergence: (B, T).
        low: the threshold under negative advantages.
        high: the threshold under positive advantages.
    """
    up = (advantages > 0) & (logps > sampled) & (divergence > high)
    down = (advantages <= 0) & (logps < sampled) & (divergence > low)
    return up | down
