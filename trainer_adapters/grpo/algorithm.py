"""Settings of the algorithm: TRL's own, under TRL's names, and the techniques that TRL lacks.

Formulas and sources of the techniques are in :mod:`trainer_adapters.grpo.techniques`, one file each.
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
"""The value whose equality makes a zero-advantage group: correctness, as in DAPO, or the total reward."""


class Settings(BaseModel):
    """Base class of settings, which forbids unknown names."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Algorithm(Settings):
    """Settings of TRL's trainer; every field has the meaning of TRL's field of the same name."""

    loss_type: Literal["grpo", "dr_grpo", "dapo", "bnpo", "cispo", "sapo", "luspo", "vespo"] = "dapo"
    """Normalization of token losses: `dapo` by tokens, `grpo` by sequence, `dr_grpo` by a constant."""

    importance_sampling_level: Literal["token", "sequence"] = "token"
    """`sequence` is GSPO's weight (arXiv:2507.18071)."""

    epsilon: Positive = 0.2
    epsilon_high: Positive | None = None
    """Clip-higher (DAPO, arXiv:2503.14476); by default `epsilon`."""

    delta: Positive | None = None
    """Two-sided clip: upper bound of the importance weight under negative advantages."""

    beta: NotNegative = 0.0
    """Coefficient of the KL term against the reference policy, in the loss."""

    use_bias_correction_kl: bool = True
    """The unbiased KL estimate of DeepSeek-V3.2 (arXiv:2512.02556)."""

    sync_ref_model: bool = False
    ref_model_mixup_alpha: Share = 0.6
    ref_model_sync_steps: Count = 512

    mask_truncated_completions: bool = False
    """Overlong filtering (DAPO)."""

    off_policy_mask_threshold: Positive | None = None
    """The off-policy sequence mask of DeepSeek-V3.2, equation 9."""

    top_entropy_quantile: Share = 1.0
    """Share of the tokens, those of the highest entropy, that are trained on (arXiv:2506.01939)."""

    entropy_coef: NotNegative = 0.0
    """Coefficient of the entropy bonus; 0 by default, since it made entropy explode in GRPO runs."""

    use_adaptive_entropy: bool = False
    """Skywork-OR1's adaptive control of that coefficient (arXiv:2505.22312)."""

    entropy_coef_min: NotNegative = 0.0
    entropy_coef_max: NotNegative = 1.0
    entropy_coef_delta: NotNegative = 0.005
    entropy_target: NotNegative = 0.2


class Advantage(Settings):
    """Computation of advantages from rewards."""

    baseline: Literal["mean", "quantile", "batch"] = "mean"
    """The group's mean, its quantile (QAE), or the mean of the whole batch (REINFORCE++)."""

    quantile: Share = 0.4
    """K of the quantile baseline."""

    scale: Literal["group", "batch", "none"] = "group"
    """The standard deviation that advantages are divided by."""

    std_floor: NotNegative = 0.0
    """Lower bound of the standard deviation, so that noise in an all-right group is not amplified."""

    positive_only: bool = False
    """Set negative advantages to 0."""


class DynamicSampling(Settings):
    """Sample further prompts to replace zero-advantage groups (DAPO)."""

    filter_on: Informative = "correctness"
    max_rounds: Annotated[int, Field(ge=1, le=100)] = 3
    """Maximum number of further rounds per batch; training then continues with the groups found."""


class Masking(Settings):
    """Exclude zero-advantage groups from the loss and from its normalizer."""

    filter_on: Informative = "correctness"


class ClipCov(Settings):
    """Detach a small share of the tokens whose covariance lies between `low` and `high`."""

    ratio: Annotated[float, Field(gt=0, le=1)] = 2e-4
    low: float = 1.0
    high: float = 5.0


class KlCov(Settings):
    """KL penalty on the tokens of the highest covariance."""

    ratio: Annotated[float, Field(gt=0, le=1)] = 2e-4
    coefficient: Positive = 1.0


class Llds(Settings):
    """Penalty on good completions that became less likely."""

    coefficient: Positive = 0.1


class LengthStage(Settings):
    """A stage of the run: the max completion length from an optimizer step on."""

    from_step: Annotated[int, Field(ge=0)]
    max_completion_length: Count
    recipe: str | None = None
    """Recipe of this stage; by default the run's own, bound to the new max completion length."""


class Techniques(Settings):
    """Techniques that TRL lacks."""

    advantage: Advantage = Advantage()
    dynamic_sampling: DynamicSampling | None = None
    masking: Masking | None = None
    kl_in_reward: Positive | None = None
    """β of a KL penalty subtracted from the reward, instead of a KL term in the loss."""

    clip_cov: ClipCov | None = None
    kl_cov: KlCov | None = None
    llds: Llds | None = None
    length_stages: list[LengthStage] = []
    shortest_window: Count | None = None
    """Tokens that the base model needs for its right answers; a shorter max completion length is refused."""
