"""Length stages: a max completion length that grows over the run, and a recipe that is bound to it.

Source: DeepScaleR, which trained within 8k, 16k and 24k tokens in turn. Left out: the change of stage, in
:mod:`trainer_adapters.grpo.recipe`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, RootModel

from trainer_adapters.grpo.section import Count, Section
from trainer_adapters.grpo.techniques.technique import Technique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["LengthStage", "LengthStages", "ShortestWindow"]


class LengthStage(Section):
    """A stage of the run: the max completion length from an optimizer step on."""

    from_step: Annotated[int, Field(ge=0)]
    max_completion_length: Count
    recipe: str | None = None
    """Recipe of this stage; by default the run's own, bound to the new max completion length."""

    recipe_digest: str | None = None
    """SHA-256 of the recipe of this stage, see `reward.recipe_digest`."""


class LengthStages(Technique, RootModel[list[LengthStage]]):
    """The stages of the run, in order; without any, `generation.max_completion_length` holds throughout."""

    model_config = ConfigDict(frozen=True)

    def conflicts(self, config: TrainConfig) -> Iterator[str]:  # noqa: ARG002  # they contradict one another
        steps = [stage.from_step for stage in self.root]
        if steps and steps[0] != 0:
            yield "techniques.length_stages: the first stage must be from_step: 0"
        if steps != sorted(set(steps)):
            yield "techniques.length_stages: from_step must grow from stage to stage"


class ShortestWindow(Technique, RootModel[Count]):
    """Tokens that the base model needs for its right answers; a shorter max completion length is refused."""

    model_config = ConfigDict(frozen=True)

    def conflicts(self, config: TrainConfig) -> Iterator[str]:
        for window in config.completion_lengths:
            if window < self.root:
                yield (
                    f"techniques.shortest_window: a window of {window} tokens is shorter than the "
                    f"{self.root} that the base model needs; in such a window a model unlearns long answers"
                )
