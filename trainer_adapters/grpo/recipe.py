"""The recipe as TRL's reward functions, their last scores, and the window that they are bound to.

Log-probabilities, finish reasons and masks come from the trainer, so every recipe can be trained with here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rewards import Status
from rewards.errors import TouchstoneError
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from rewards import Scores
    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.scoring.scorer import Options, TrainerScorer
    from trainer_adapters.trl import RewardFunctions

__all__ = ["FROM_THE_TRAINER", "TrainedRecipe", "correctness"]

FROM_THE_TRAINER = ("completion_mask", "finish_reason", "logprobs")
"""Columns that the trainer adds to those that TRL passes to rewards."""


class TrainedRecipe:
    """The reward functions of a run, and the recipe of each stage of it.

    Raises:
        ConfigError: no such recipe, or one that cannot be bound to a stage's window.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        stages = config.techniques.length_stages.root
        windows = [(stage.from_step, stage.max_completion_length, stage.recipe) for stage in stages]
        if not windows:
            windows = [(0, config.generation.max_completion_length, None)]
        made = [(first, window, self._functions(recipe, window)) for first, window, recipe in windows]
        terms = {tuple((one.__name__, one.weight) for one in functions) for _, _, functions in made}
        if len(terms) > 1:
            message = (
                "techniques.length_stages: the recipes of all stages must have the same terms and weights"
            )
            raise ConfigError(message)
        self._stages = [(first, window, functions.scorer) for first, window, functions in made]
        self.functions = made[0][2]
        """Reward functions to pass to TRL; the same objects in all stages."""

        self.digest = self.functions.scorer.summary.digest
        """SHA-256 of the active recipe, bound to its window."""

    def _functions(self, recipe: str | None, window: int) -> RewardFunctions:
        reward = self._config.reward
        options: Options = {
            "timeout": reward.timeout,
            "on_failure": reward.on_failure,
            "think_prefilled": reward.think_prefilled,
            "gold": None,
            "reasoning": reward.reasoning,
            "window": window,
        }
        if reward.server:
            options["server"] = reward.server
            options["patience"] = reward.patience
        if reward.token_file is not None:
            options["token"] = reward.token_file.read_text("utf-8").split()[0]
        try:
            return reward_funcs(
                recipe or reward.recipe,
                rollout_columns=FROM_THE_TRAINER,
                weigh=self._config.generation.partial_rollouts is not None,
                **options,
            )
        except TouchstoneError as error:
            message = f"reward.recipe: {error}"
            raise ConfigError(message) from error

    def window_at(self, step: int) -> int:
        """Return the window of the stage of optimizer step `step` (from 0), and make that stage active."""
        _, window, scorer = [stage for stage in self._stages if stage[0] <= step][-1]
        self.functions.score_by(scorer)
        self.digest = scorer.summary.digest
        return window

    @property
    def scorers(self) -> list[TrainerScorer]:
        """The scorer of each stage."""
        return [scorer for _, _, scorer in self._stages]

    @property
    def needs_logprobs(self) -> bool:
        """True if a stage's recipe reads log-probabilities."""
        return any("logprobs" in stage[2].summary.required_fields for stage in self._stages)

    @property
    def last(self) -> Scores:
        """The scores of this process's last batch."""
        return self.functions.last

    def correctness(self, device: torch.device) -> torch.Tensor:
        """Return the correctness of the last batch, (B,): 1 for right, 0 for wrong, NaN for not judged."""
        return correctness(self.last).to(device)


def correctness(scores: Scores) -> torch.Tensor:
    """Return the correctness of each row, (B,): 1 for right, 0 for wrong, NaN for not judged."""
    found = [float(verdict.status is Status.CORRECT) if verdict else torch.nan for verdict in scores.verdicts]
    return torch.tensor(found).where(~torch.tensor(scores.totals).isnan(), torch.nan)
