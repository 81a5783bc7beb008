"""The settings of the algorithm: what TRL has, by TRL's names, and the techniques that TRL leaves out.

Formulas and sources of the techniques stand in :mod:`trainer_adapters.grpo.techniques`, a file each.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Advantage", "Algorithm", "ClipCov", "DynamicSampling", "KlCov", "LengthStage", "Techniques"]

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]

Informative = Literal["correctness", "total"]
"""By what a group counts as all equal: right or wrong, as in DAPO, or the total reward."""


class Settings(BaseModel):
    """Settings that refuse what they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Algorithm(Settings):
    """What TRL's trainer has; every field means what TRL's field of the same name means."""

    loss_type: Literal["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo"] = "dapo"
    """How token losses are put together: `dapo` by token, `grpo` by sequence, `dr_grpo` by a constant."""

    importance_sampling_level: Literal["token", "sequence"] = "token"
    """`sequence` is GSPO's weight (arXiv:2507.18071)."""

    epsilon: Positive = 0.2
    epsilon_high: Positive | None = None
    """Clip-higher (DAPO, arXiv:2503.14476); by default `epsilon`."""

    delta: Positive | None = None
    """The two-sided clip: an upper limit of the weight under negative advantages."""

    beta: NotNegative = 0.0
    """The weight of the KL term against the reference policy, in the loss."""

    use_bias_correction_kl: bool = True
    """The unbiased KL of DeepSeek-V3.2 (arXiv:2512.02556)."""

    sync_ref_model: bool = False
    ref_model_mixup_alpha: Share = 0.6
    ref_model_sync_steps: Count = 512

    mask_truncated_completions: bool = False
    """Overlong filtering (DAPO)."""

    off_policy_mask_threshold: Positive | None = None
    """The off-policy sequence mask of DeepSeek-V3.2, equation 9."""

    top_entropy_quantile: Share = 1.0
    """Only this share of tokens, by entropy, is trained on (arXiv:2506.01939)."""

    entropy_coef: NotNegative = 0.0
    """The entropy bonus; off, since it made entropy explode in GRPO runs."""

    use_adaptive_entropy: bool = False
    """Skywork-OR1's control of that bonus (arXiv:2505.22312)."""

    entropy_coef_min: NotNegative = 0.0
    entropy_coef_max: NotNegative = 1.0
    entropy_coef_delta: NotNegative = 0.005
    entropy_target: NotNegative = 0.2


class Advantage(Settings):
    """How rewards become advantages."""

    baseline: Literal["mean", "quantile", "batch"] = "mean"
    """The group's mean, its quantile (QAE), or the mean of the whole batch (REINFORCE++)."""

    quantile: Share = 0.4
    """K of the quantile baseline."""

    scale: Literal["group", "batch", "none"] = "group"
    """By which standard deviation they are divided."""

    std_floor: NotNegative = 0.0
    """The least standard deviation to divide by, so that noise in an all-right group is not blown up."""

    positive_only: bool = False
    """Negative advantages become 0."""


class DynamicSampling(Settings):
    """Sample again in place of groups that teach nothing (DAPO)."""

    filter_on: Informative = "correctness"
    max_rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """Further rounds of one batch, at most; then it goes on with what there is."""


class Masking(Settings):
    """Leave groups that teach nothing out of the loss and of what it is divided by."""

    filter_on: Informative = "correctness"


class ClipCov(Settings):
    """No gradient for a few of the tokens whose covariance lies in a band."""

    ratio: Annotated[float, Field(gt=0, le=1)] = 2e-4
    low: float = 1.0
    high: float = 5.0


class KlCov(Settings):
    """A KL penalty for the tokens of the highest covariance."""

    ratio: Annotated[float, Field(gt=0, le=1)] = 2e-4
    coefficient: Positive = 1.0


class Llds(Settings):
    """A penalty where good completions became less likely."""

    coefficient: Positive = 0.1


class LengthStage(Settings):
    """From which optimizer step on completions may be how long."""

    from_step: Annotated[int, Field(ge=0)]
    max_completion_length: Count
    recipe: str | None = None
    """Another recipe for this stage; by default the run's own, bound to the new window."""


class Techniques(Settings):
    """What TRL leaves out."""

    advantage: Advantage = Advantage()
    dynamic_sampling: DynamicSampling | None = None
    masking: Masking | None = None
    kl_in_reward: Positive | None = None
    """β of a KL penalty that is taken off the reward, instead of a term of the loss."""

    clip_cov: ClipCov | None = None
    kl_cov: KlCov | None = None
    llds: Llds | None = None
    length_stages: list[LengthStage] = []
    shortest_window: Count | None = None
    """What the base model needs for its right answers, in tokens; a shorter window is refused."""
