"""Loss by prompt: the mean over prompts of the mean over the tokens of all completions of a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer_adapters.grpo.algorithm import BY_TOKENS
from trainer_adapters.grpo.section import Section
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.techniques.technique import Tokens

__all__ = ["PromptMean", "prompt_weights"]


class PromptMean(Technique, Section):
    """Let each prompt count alike in the loss, however long its completions are.

    Source: ScaleRL (arXiv:2510.13786, section 3.2, loss aggregation). The advantages of a prompt's tokens,
    logged ones too, are multiplied by the mean number of tokens of a prompt over the number of its own.
    """

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        where = "techniques.prompt_mean"
        if config.algorithm.loss_type not in BY_TOKENS:
            named = ", ".join(sorted(BY_TOKENS))
            yield f"{where}: it reweights a mean over all tokens of a generation; take a loss_type of {named}"
        if config.algorithm.beta:
            yield f"{where}: the KL in the loss is a mean over tokens; set algorithm.beta to 0"
        for name in ("clip_cov", "kl_cov", "llds"):
            if getattr(config.techniques, name):
                yield f"{where}: {name} takes means over tokens, which it does not reweight"

    def token_advantages(self, found: torch.Tensor, tokens: Tokens) -> torch.Tensor:
        weights = prompt_weights(tokens)
        return found * (weights if found.ndim == 1 else weights.unsqueeze(1))


def prompt_weights(tokens: Tokens) -> torch.Tensor:
    """Return for each completion of this process T / (P T_p), (B,).

    T are the tokens that count, T_p those of its prompt, and P the prompts that have some.
    """
    size = tokens.groups.size
    lengths = tokens.mask.new_zeros(len(tokens.groups.rewards), dtype=tokens.groups.rewards.dtype)
    lengths[tokens.rows] = tokens.mask.sum(dim=1).to(lengths.dtype)
    counts = lengths.new_tensor(tokens.totals(*lengths.view(-1, size).sum(dim=1)))
    mean = counts.sum() / (counts > 0).sum().clamp(min=1)
    return (mean / counts.clamp(min=1.0)).repeat_interleave(size)[tokens.rows]
