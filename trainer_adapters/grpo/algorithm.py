"""Settings of the algorithm: TRL's own, under TRL's names, and the kinds of losses among them.

Left out: the techniques that TRL lacks, in :mod:`trainer_adapters.grpo.techniques`, one file each.
"""

from __future__ import annotations

from typing import Literal

from trainer_adapters.grpo.section import Count, NotNegative, Positive, Section, Share

__all__ = ["BY_SEQUENCE", "BY_TOKENS", "RATIO_FREE", "Algorithm"]

BY_SEQUENCE = frozenset({"grpo", "sapo", "dr_grpo", "luspo"})
"""Losses that are divided by a number of sequences, which a mask alone does not change."""

BY_TOKENS = frozenset({"dapo", "cispo", "vespo"})
"""Losses that are divided by the tokens of a generation."""

RATIO_FREE = frozenset({"cispo", "sapo", "vespo"})
"""Losses without the clipped surrogate that covariance methods work on."""


class Algorithm(Section):
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
