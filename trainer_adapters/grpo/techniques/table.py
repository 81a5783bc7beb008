"""The table of techniques: each by the name of its setting, in the order in which hooks are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer_adapters.grpo.section import Section
from trainer_adapters.grpo.techniques.advantages import Advantage
from trainer_adapters.grpo.techniques.covariance import ClipCov, KlCov
from trainer_adapters.grpo.techniques.dppo import Dppo
from trainer_adapters.grpo.techniques.dynamic_sampling import DynamicSampling
from trainer_adapters.grpo.techniques.kl_in_reward import KlInReward
from trainer_adapters.grpo.techniques.length_stages import LengthStages, ShortestWindow
from trainer_adapters.grpo.techniques.llds import Llds
from trainer_adapters.grpo.techniques.masking import Masking
from trainer_adapters.grpo.techniques.prompt_mean import PromptMean
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["Techniques"]


class Techniques(Section):
    """Techniques that TRL lacks."""

    advantage: Advantage = Advantage()
    dynamic_sampling: DynamicSampling | None = None
    masking: Masking | None = None
    kl_in_reward: KlInReward | None = None
    prompt_mean: PromptMean | None = None
    dppo: Dppo | None = None
    clip_cov: ClipCov | None = None
    kl_cov: KlCov | None = None
    llds: Llds | None = None
    length_stages: LengthStages = LengthStages([])
    shortest_window: ShortestWindow | None = None

    @property
    def on(self) -> tuple[Technique, ...]:
        """The techniques that the file turns on."""
        return tuple(one for _, one in self if isinstance(one, Technique))

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        """Yield one sentence for each setting that contradicts a technique."""
        for technique in self.on:
            yield from technique.conflicts(config)
