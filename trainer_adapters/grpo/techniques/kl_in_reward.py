"""The KL to the reference, subtracted from the reward instead of added to the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from pydantic import ConfigDict, RootModel

from trainer_adapters.grpo.section import Positive
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Sampled

__all__ = ["KlInReward", "kl_rewards"]


class KlInReward(Technique, RootModel[Positive]):
    """β of a KL penalty subtracted from the reward, instead of a KL term in the loss."""

    model_config = ConfigDict(frozen=True)

    needs_logps: ClassVar = True
    needs_reference: ClassVar = True

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        if config.algorithm.beta:
            yield "techniques.kl_in_reward: the KL would count twice while algorithm.beta is not 0"
        if config.model.lora and config.model.lora.dropout:
            yield "techniques.kl_in_reward: the reference has no adapter; set lora.dropout to 0"

    def token_rewards(self, sampled: Sampled) -> torch.Tensor:
        reference = sampled.batch["ref_per_token_logps"]
        found = kl_rewards(sampled.logps, reference, sampled.mask, self.root)
        total, tokens = sampled.totals(found.sum(), sampled.mask.sum())
        sampled.log("kl_in_reward", -total / self.root / max(tokens, 1))
        return found


def kl_rewards(logps: torch.Tensor, reference: torch.Tensor, mask: torch.Tensor, beta: float) -> torch.Tensor:
    """Return -beta * m_it (ln pi(y_it) - ln pi_ref(y_it)), (B, T).

    The estimator is k1, without bias for the reverse KL of what was sampled; as a part of the reward its
    gradient is that of the KL, which is not so for k3 in the loss. Where there is one advantage a completion,
    the whole sum goes to each of its tokens; in REINFORCE++ a token is charged for itself and for those
    that follow.

    Source: REINFORCE++ (arXiv:2501.03262); "A comedy of estimators" (arXiv:2512.21852) on k1 in the reward.

    Args:
        logps: (B, T), of the policy that sampled.
        reference: (B, T).
        mask: (B, T), 1 for tokens that the policy wrote.
        beta: the coefficient.
    """
    gap = (logps - reference).masked_fill(mask == 0, 0.0)  # padding may hold anything
    return -beta * gap
