"""The KL to the reference, subtracted from the reward instead of added to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

__all__ = ["kl_in_reward"]


def kl_in_reward(
    rewards: torch.Tensor, logps: torch.Tensor, reference: torch.Tensor, mask: torch.Tensor, beta: float
) -> torch.Tensor:
    """Return r_i - beta * sum_t m_it (ln pi(y_it) - ln pi_ref(y_it)), (B,).

    The estimator is k1, without bias for the reverse KL of what was sampled; as a part of the reward its
    gradient is that of the KL, which is not so for k3 in the loss. The whole sum goes to every token of
    the completion, since there is one advantage a completion.

    Source: REINFORCE++ (arXiv:2501.03262); "A comedy of estimators" (arXiv:2512.21852) on k1 in the reward.

    Args:
        rewards: (B,), NaN where not judged, which stays NaN.
        logps: (B, T), of the policy that sampled.
        reference: (B, T).
        mask: (B, T), 1 for tokens that the policy wrote.
        beta: the coefficient.
    """
    gap = (logps - reference).masked_fill(mask == 0, 0.0)  # padding may hold anything
    return rewards - beta * gap.sum(dim=1)
