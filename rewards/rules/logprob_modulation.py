"""A reward discounted by the policy's own probability of the tokens it generated."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from rewards.evaluation import Evaluation
from rewards.parameters import require, require_finite
from rewards.reward import Reward

if TYPE_CHECKING:
    from rewards.evaluation import Context
    from rewards.rollout import Batch, Rollout

__all__ = ["LogprobModulation"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogprobModulation(Reward):
    """`max(r, 0) * m + min(r, 0)`: gains shrink where the policy babbled, penalties stay whole.

    With l_1 … l_n the log-probabilities (natural) of the tokens that the policy wrote, T the `temperature`::

        m = exp(mean(l) / T)         mean="log": the geometric mean of the probabilities, to the power 1/T
        m = mean(exp(l)) ** (1 / T)  mean="arithmetic"

    so 0 <= m <= 1, and m comes back as the part `modulation`. The mean runs over all tokens with
    `completion_mask` (over all tokens where there is none), the end-of-sequence token included. A
    log-probability of -inf makes the geometric m 0. A rollout without a single such token is NaN, as is
    one whose `reward` is NaN.

    The log-probabilities are those of the sampling policy as the sampler reports them. Most samplers
    report them after dividing logits by the sampling temperature (vLLM with
    `logprobs_mode="processed_logprobs"`, transformers' scores), some before (vLLM's default
    `raw_logprobs`); at a sampling temperature of 1 both agree. A T that was tuned on one does not suit
    the other.

    Source: the length-oscillation report, which modulates rewards with the mean probability of a
    trajectory and a temperature T to damp swings of length.

    Raises:
        InvalidParameterError: a temperature that is not in (0, inf), or an unknown mean.

    >>> from rewards import Constant, Rollout
    >>> sure, unsure = (Rollout(completion="4", logprobs=[p, p]) for p in (0.0, -1.0))
    >>> LogprobModulation(reward=Constant(value=2.0), temperature=2.0)([sure, unsure]).round(3)
    array([2.   , 1.213])
    """

    reward: Reward
    """r, the reward to modulate."""

    temperature: float = 1.0
    """T; the higher, the gentler."""

    mean: Literal["log", "arithmetic"] = "log"
    """Kind of mean: of log-probabilities (geometric) or of probabilities (arithmetic)."""

    def __post_init__(self) -> None:
        require_finite(temperature=self.temperature)
        positive = self.temperature > 0
        require(positive, f"logprob_modulation: temperature is {self.temperature}; it must be above 0")

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"logprobs"})

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        values = context.values(self.reward, batch)
        modulation = np.asarray([self._modulation(rollout) for rollout in batch], dtype=np.float64)
        return Evaluation(
            np.maximum(values, 0.0) * modulation + np.minimum(values, 0.0), parts={"modulation": modulation}
        )

    def _modulation(self, rollout: Rollout) -> float:
        # One row at a time, with its own arrays and math.exp for the last step: sums and exponentials
        # over a padded (B, T) array would round a row differently in different company.
        logprobs = np.asarray(rollout.logprobs, dtype=np.float64)
        if rollout.completion_mask is not None:
            logprobs = logprobs[np.asarray(rollout.completion_mask)]
        if not len(logprobs):
            return math.nan
        logprobs = np.minimum(logprobs, 0.0)  # rounding in the sampler may leave some barely above 0
        if self.mean == "log":
            return math.exp(float(np.mean(logprobs)) / self.temperature)
        return math.pow(float(np.mean(np.exp(logprobs))), 1.0 / self.temperature)
