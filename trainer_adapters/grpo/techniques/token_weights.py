"""Weights of single tokens in TRL's loss, for terms that are added to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer_adapters.grpo.algorithm import BY_TOKENS

if TYPE_CHECKING:
    import torch

__all__ = ["token_weights"]


def token_weights(
    mask: torch.Tensor,
    loss_type: str,
    *,
    tokens: torch.Tensor,
    processes: int,
    accumulation: int,
    passes: int,
    window: int,
) -> torch.Tensor:
    """Return w of shape (B, T) such that TRL's policy loss is sum(w * loss of each token).

    Args:
        mask: (B, T), the tokens of this pass that count.
        loss_type: TRL's name.
        tokens: the tokens that count in the whole generation, of all processes.
        processes: the number of processes.
        accumulation: passes per optimizer step.
        passes: passes per generation.
        window: `max_completion_length`, by which `dr_grpo` divides.
    """
    weight = mask.float()
    rows = len(mask)
    if loss_type in BY_TOKENS:
        return weight / (tokens.clamp(min=1.0) / processes * accumulation / passes)
    if loss_type in {"grpo", "sapo"}:
        weight = weight / weight.sum(dim=1, keepdim=True).clamp(min=1.0) / rows
    elif loss_type == "bnpo":
        weight = weight / weight.sum().clamp(min=1.0)
    elif loss_type == "dr_grpo":
        weight = weight / (rows * window)
    else:
        weight = weight / rows
    return weight / accumulation
