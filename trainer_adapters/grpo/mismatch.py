"""A sampler whose difference from the trainer is a setting: a perturbed copy of the policy.

An inference engine gives other probabilities than the trainer, which is what truncated and masked importance
sampling, the off-policy sequence mask and the like are for. Under transformers one model does both. Here a
copy samples, with noise on its weights, in another precision, or with weights of earlier steps, and its
log-probabilities are kept where TRL keeps vLLM's: in `sampling_per_token_logps` of the batch.

The log-probabilities are those of the copy in one forward pass over the whole completion, computed as the
trainer's are, so that without a perturbation, and without dropout, they are equal bit for bit. Left out: the
correction, which is TRL's own code; sharded weights, which cannot be copied as they are.
"""

from __future__ import annotations

import copy
import functools
import hashlib
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import torch
from trl.trainer.utils import add_fused_lm_head

from trainer_adapters.grpo.precision import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import PreTrainedModel

    from trainer_adapters.grpo.schema import Mismatch

__all__ = ["PerturbedPolicy"]

Context = AbstractContextManager[object]


class PerturbedPolicy:
    """A copy of the policy, perturbed as the settings say, and updated after so many optimizer steps.

    Args:
        settings: the perturbation.
        seed: the seed of the noise, which is drawn anew for each update.
        autocast: returns the context that the policy computes in.
        head: the arguments of TRL's head, which gives log-probabilities in place of logits.
    """

    def __init__(
        self, settings: Mismatch, *, seed: int, autocast: Callable[[], Context], **head: float
    ) -> None:
        self._settings = settings
        self._seed = seed
        self._autocast = autocast
        self._head = head
        self._model: PreTrainedModel | None = None
        self._updated = 0

    def at(self, step: int, policy: PreTrainedModel) -> PreTrainedModel:
        """Return the sampler of an optimizer step, updated to this policy if an update is due."""
        if self._model is None or step - self._updated >= self._settings.weight_sync_steps:
            self._model = None  # two copies at a time would not fit
            self._model, self._updated = self._perturbed(policy, step), step
        return self._model

    def _perturbed(self, policy: PreTrainedModel, step: int) -> PreTrainedModel:
        model = _copied(policy).requires_grad_(requires_grad=False)
        settings, seed = self._settings, _seed(self._seed, step)
        generators: dict[torch.device, torch.Generator] = {}
        for weight in model.parameters():
            if not weight.is_floating_point():
                continue  # quantised
            if settings.noise:
                generator = generators.setdefault(
                    weight.device, torch.Generator(weight.device).manual_seed(seed)
                )
                scale = settings.noise * weight.float().square().mean().sqrt()
                drawn = torch.randn(weight.shape, generator=generator, device=weight.device)
                weight.add_((scale * drawn).to(weight.dtype))
            if settings.precision is not None:
                weight.data = weight.data.to(getattr(torch, DTYPES[settings.precision]))
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        add_fused_lm_head(base, **self._head)
        kind = model.device.type
        context = (
            self._autocast if settings.precision is None else lambda: torch.autocast(kind, enabled=False)
        )
        model.forward = _within(context, model.forward)
        return model


def _copied(policy: PreTrainedModel) -> PreTrainedModel:
    """Return a copy that computes by its own weights.

    TRL and accelerate put a `forward` on the policy itself that calls the policy's earlier one; a copy would
    have it, and compute by the policy's weights.
    """
    model = copy.deepcopy(policy)
    for module in model.modules():
        module.__dict__.pop("forward", None)
        module.__dict__.pop("_original_forward", None)
    return model


def _within(context: Callable[[], Context], forward: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(forward)  # generation reads the signature
    def computed(*args: object, **kwargs: object) -> object:
        with context():
            return forward(*args, **kwargs)

    return computed


def _seed(seed: int, step: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{step}".encode()).digest()[:7])
