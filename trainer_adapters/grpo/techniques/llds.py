"""LLDS: a penalty on completions of non-negative advantage that became less likely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer_adapters.grpo.section import Positive, Section
from trainer_adapters.grpo.techniques.technique import ON_POLICY, Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import LossState

__all__ = ["Llds", "llds_penalty"]


class Llds(Technique, Section):
    """Penalty on good completions that became less likely."""

    coefficient: Positive = 0.1

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        if not config.off_policy:
            yield f"techniques.llds: {ON_POLICY}"

    def penalty(self, loss: LossState) -> torch.Tensor:
        return self.coefficient * llds_penalty(loss.logps, loss.old_logps, loss.advantages, loss.mask)


def llds_penalty(
    logps: torch.Tensor, old: torch.Tensor, advantages: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Return the penalty of every token, (B, T).

    With d_it = m_it (ln pi_old(y_it) - ln pi(y_it)), how much less likely a token has become::

        1[A_i >= 0] 1[sum_s d_is > 0] max(0, d_it)

    It acts on completions of non-negative advantage alone, and only while such a completion as a whole is
    less likely than when it was sampled; then on the tokens that fell, and no others. The loss adds
    `coefficient` times it, aggregated over tokens as the loss itself is.

    Source: On GRPO Collapse in Search-R1: The Lazy Likelihood-Displacement Death Spiral (arXiv:2512.04220),
    with the gate by completion.
    """
    drop = (old - logps).masked_fill(mask == 0, 0.0)
    fell = drop.detach().sum(dim=1, keepdim=True) > 0
    kept = advantages.reshape(len(advantages), -1)[:, :1] >= 0
    return drop.clamp(min=0.0) * (fell & kept)
