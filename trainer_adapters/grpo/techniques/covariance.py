"""Clip-Cov and KL-Cov: the tokens by which entropy collapses, chosen by their covariance.

Source: The Entropy Mechanism of Reinforcement Learning for Reasoning Language Models (arXiv:2505.22617,
section 4). The change of entropy in a step is minus the covariance of log-probability and advantage, and
few tokens make up most of it.
"""

from __future__ import annotations

import torch

__all__ = ["clip_cov_keep", "covariances", "kl_cov_chosen", "kl_cov_penalty"]


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
    chosen = _smallest(draws.where(within, torch.inf), within, _share(mask, ratio))
    return (~chosen).to(found.dtype)


def kl_cov_chosen(found: torch.Tensor, mask: torch.Tensor, *, ratio: float) -> torch.Tensor:
    """Mark the `max(1, floor(ratio * count))` tokens of the highest covariance, (B, T) of bool."""
    present = mask.bool()
    return _smallest((-found).where(present, torch.inf), present, _share(mask, ratio))


def kl_cov_penalty(logps: torch.Tensor, old: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Return |ln pi_old - ln pi| for the chosen tokens and 0 for others, (B, T): the KL that KL-Cov adds."""
    return (old - logps).abs().where(chosen, 0.0)


def _share(mask: torch.Tensor, ratio: float) -> int:
    return max(1, int(ratio * int(mask.sum())))


def _smallest(values: torch.Tensor, allowed: torch.Tensor, count: int) -> torch.Tensor:
    flat = values.reshape(-1)
    chosen = torch.zeros_like(flat, dtype=torch.bool)
    chosen[flat.topk(min(count, len(flat)), largest=False).indices] = True
    return chosen.view_as(values) & allowed
