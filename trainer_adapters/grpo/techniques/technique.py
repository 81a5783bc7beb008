"""The base class of techniques, and the states of a training step that its hooks read.

A technique is one class: its fields are settings of the training file, `conflicts` names the settings that
it contradicts, and its hooks take part in a training step. The trainer calls the hooks of all techniques that
a file turns on, in the order of :class:`trainer_adapters.grpo.techniques.table.Techniques`:

- `token_rewards`, once completions are sampled and scored;
- `advantages` and `kept`, once all groups of the generation are there;
- `token_advantages`, once it is settled which tokens count in the loss;
- `on_logps` and `penalty`, in each pass over the loss.

A training file is read without torch, which takes seconds to load: modules of techniques import it for type
checkers only, and compute by methods of tensors. Left out: the calls, in
:mod:`trainer_adapters.grpo.trainer`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, ClassVar, Literal

from trainer_adapters.grpo.algorithm import RATIO_FREE
from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from trainer_adapters.grpo.schema import TrainConfig

    Batch = dict[str, torch.Tensor]

__all__ = [
    "ON_POLICY",
    "Groups",
    "Informative",
    "LossState",
    "Sampled",
    "Technique",
    "Tokens",
    "by_token",
    "loss_mask",
    "without_clip",
]

Informative = Literal["correctness", "total"]
"""The value whose equality makes a zero-advantage group: correctness, as in DAPO, or the total reward."""

ON_POLICY = (
    "it compares with the policy that sampled, which is the same one in every step; set "
    "training.num_iterations, or updates_per_generation above 1 (steps_per_generation above "
    "gradient_accumulation_steps)"
)
"""The contradiction of a technique that compares with the policy that sampled, in a run that is on-policy."""


class Technique:
    """Base class of techniques; a hook that is not overridden changes nothing."""

    needs_logps: ClassVar[bool] = False
    """True if `token_rewards` reads log-probabilities of the policy that sampled."""

    needs_reference: ClassVar[bool] = False
    """True if it reads log-probabilities of the reference, `ref_per_token_logps` of a batch."""

    clipped: ClassVar[bool] = True
    """False if its method takes the importance weights as they are, without PPO's clip."""

    def conflicts(self, config: TrainConfig) -> Iterator[str]:  # noqa: ARG002  # for overrides
        """Yield one sentence, `where: why`, for each setting that contradicts this technique."""
        yield from ()

    def token_rewards(self, sampled: Sampled) -> torch.Tensor | None:
        """Return a reward of each token, (B, T); their sum is added to the reward of the completion."""

    def advantages(self, found: torch.Tensor, groups: Groups) -> torch.Tensor:  # noqa: ARG002
        """Return the advantages, (N,), from those of the techniques before this one."""
        return found

    def kept(self, groups: Groups) -> torch.Tensor | None:
        """Return a mask of the completions that stay in the loss, (N,) of bool."""

    def token_advantages(self, found: torch.Tensor, tokens: Tokens) -> torch.Tensor:  # noqa: ARG002
        """Return the advantages of this process, (B,) or (B, T), from those of the techniques before it."""
        return found

    def on_logps(self, loss: LossState) -> None:
        """Change the advantages of single tokens, before TRL computes its loss from them."""

    def penalty(self, loss: LossState) -> torch.Tensor | None:
        """Return a penalty of each token, (B, T), which is aggregated over tokens as the loss itself is."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sampled:
    """The completions of one process, sampled and scored."""

    batch: Batch
    """TRL's tensors."""

    rewards: torch.Tensor
    """(B,), NaN where not judged."""

    logps: torch.Tensor | None
    """Log-probabilities under the policy that sampled, (B, T), if a technique needs them."""

    log: Callable[[str, float], None]
    """Logs a metric."""

    totals: Callable[..., list[float]]
    """Returns the sums of scalar tensors over all processes."""

    @property
    def mask(self) -> torch.Tensor:
        """The tokens that the policy wrote, (B, T)."""
        return loss_mask(self.batch)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Groups:
    """The rewards of whole groups, one group after the other."""

    rewards: torch.Tensor
    """(N,), NaN where not judged."""

    right: torch.Tensor
    """Correctness, (N,): 1, 0, or NaN where not judged."""

    size: int
    """G."""

    judges: bool
    """True if the recipe judges answers."""

    terms: tuple[torch.Tensor, torch.Tensor] | None = None
    """The reward of each function, (N, K), and the weights of functions, (K,): those of the trainer."""

    @property
    def functions(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The reward of each function, (N, K), and their weights, (K,), whose sum `rewards` is.

        Raises:
            RuntimeError: they are not known.
        """
        if self.terms is None:
            message = "the rewards of single functions are not known here"
            raise RuntimeError(message)
        return self.terms

    def values(self, filter_on: Informative) -> torch.Tensor:
        """Return the values whose equality makes a zero-advantage group, (N,).

        Raises:
            ConfigError: correctness is asked for, and the recipe judges no answer.
        """
        if filter_on == "total":
            return self.rewards
        if not self.judges:
            message = (
                "techniques: filter_on is correctness, and the recipe judges no answer; set "
                "filter_on: total for dynamic_sampling and masking"
            )
            raise ConfigError(message)
        return self.right


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tokens:
    """The tokens of one process, and the groups of all processes."""

    groups: Groups
    """The groups of all processes."""

    rows: slice
    """The completions of this process among those of the groups."""

    mask: torch.Tensor
    """The tokens that count in the loss, (B, T)."""

    rewards: torch.Tensor
    """The rewards of single tokens, (B, T), which the rewards of the groups contain."""

    totals: Callable[..., list[float]]
    """Returns the sums of scalar tensors over all processes."""


@dataclasses.dataclass(kw_only=True)
class LossState:
    """One pass over the loss."""

    batch: Batch
    """TRL's tensors of the pass, and ours."""

    log: Callable[[str, float], None]
    """Logs a metric."""

    epsilon_low: float = math.inf
    epsilon_high: float = math.inf
    delta: float = math.inf
    """The clip of the importance weights, by TRL's names."""

    policy_logps: torch.Tensor | None = None
    """Log-probabilities under the policy, once TRL has computed them."""

    @property
    def logps(self) -> torch.Tensor:
        """Log-probabilities under the policy, (B, T), with gradient.

        Raises:
            RuntimeError: TRL has computed none.
        """
        if self.policy_logps is None:
            message = "TRL computed no log-probabilities in its loss; this version of it is not supported"
            raise RuntimeError(message)
        return self.policy_logps

    @property
    def mask(self) -> torch.Tensor:
        """The tokens that count in the loss, (B, T)."""
        return loss_mask(self.batch)

    @property
    def advantages(self) -> torch.Tensor:
        """The advantages, (B, 1) or (B, T); `on_logps` may set others."""
        found = self.batch["advantages"]
        return found.unsqueeze(1) if found.ndim == 1 else found

    @advantages.setter
    def advantages(self, values: torch.Tensor) -> None:
        self.batch["advantages"] = values

    @property
    def old_logps(self) -> torch.Tensor:
        """Log-probabilities under the policy that sampled, (B, T): the policy itself in the first pass."""
        return self.batch.get("old_per_token_logps", self.logps.detach())

    @property
    def sampler_logps(self) -> torch.Tensor:
        """Log-probabilities as the sampler computed them, (B, T): those of vLLM where it samples."""
        return self.batch.get("sampling_per_token_logps", self.old_logps)

    @property
    def stopped(self) -> torch.Tensor:
        """The tokens without a gradient, since their importance weights are clipped, (B, T) of bool."""
        weights = (self.logps.detach() - self.old_logps).exp()
        high = (self.advantages > 0) & (weights > 1 + self.epsilon_high)
        low = (weights < 1 - self.epsilon_low) | (weights > self.delta)
        return high | ((self.advantages < 0) & low)


def loss_mask(batch: Batch) -> torch.Tensor:
    """Return the mask of the tokens that the policy wrote and that count in the loss, (B, T)."""
    mask = batch["completion_mask"]
    return mask * batch["tool_mask"] if "tool_mask" in batch else mask


def by_token(where: str, config: TrainConfig) -> Iterator[str]:
    """Yield the contradictions of a technique that needs an importance weight of each token in its loss."""
    algorithm = config.algorithm
    if algorithm.loss_type in RATIO_FREE:
        yield f"{where}: the loss {algorithm.loss_type} has no clipped surrogate for it"
    if algorithm.importance_sampling_level == "sequence":
        yield f"{where}: it chooses tokens, and importance_sampling_level is sequence"


def without_clip(where: str, config: TrainConfig) -> Iterator[str]:
    """Yield the settings of PPO's clip, which a technique that is not `clipped` would ignore."""
    algorithm = config.algorithm
    for name in ("epsilon", "epsilon_high", "delta"):
        default = type(algorithm).model_fields[name].default
        if getattr(algorithm, name) != default:
            yield (
                f"{where}: it has no clip, so algorithm.{name} would have no effect; leave it "
                f"out, or set it to {'null' if default is None else default} over a preset"
            )
