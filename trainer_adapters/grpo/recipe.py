"""The recipe as TRL's reward functions, their last scores, and the window that they are bound to.

Log-probabilities, finish reasons and masks come from the trainer, so every recipe can be trained with here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from rewards import Status
from rewards.errors import InvalidParameterError, ScorerError, TouchstoneError
from rewards.wire.token_files import client_token
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.scoring.terms import terms
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rewards import Scores
    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.scoring.scorer import Options, TrainerScorer
    from trainer_adapters.scoring.terms import Term
    from trainer_adapters.trl import RewardFunctions

__all__ = ["FROM_THE_TRAINER", "TrainedRecipe", "correctness"]

FROM_THE_TRAINER = ("completion_mask", "finish_reason", "logprobs", "prompt_end", "trainer_state")
"""Columns that the trainer adds to those that TRL passes to rewards, or that TRL passes itself."""


class TrainedRecipe:
    """The reward functions of a run, and the recipe of each stage of it.

    Asks the servers for the recipe, before any model is loaded.

    Raises:
        ConfigError: no such recipe, or one that cannot be bound to a stage's window.
        ScorerError: no server answers within `reward.patience`.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        stages = config.techniques.length_stages.root
        reward = config.reward
        windows = [
            (
                stage.from_step,
                stage.max_completion_length,
                stage.recipe or reward.recipe,
                stage.recipe_digest or (None if stage.recipe else reward.recipe_digest),
            )
            for stage in stages
        ]
        if not windows:
            windows = [(0, config.generation.max_completion_length, reward.recipe, reward.recipe_digest)]
        made = [
            (first, window, self._functions(recipe, digest, window))
            for first, window, recipe, digest in windows
        ]
        if len({tuple(terms(functions.scorer)) for _, _, functions in made}) > 1:
            message = (
                "techniques.length_stages: the recipes of all stages must have the same terms and weights"
            )
            raise ConfigError(message)
        if config.techniques.advantage.aggregation == "normalize_then_sum":
            for _, _, functions in made:
                _refuse_ramps(terms(functions.scorer))
        self._stages = [(first, window, functions.scorer) for first, window, functions in made]
        self.functions = made[0][2]
        """Reward functions to pass to TRL; the same objects in all stages."""
        for _, _, functions in made[1:]:
            functions.retire()  # only their scorers are kept

    def _functions(self, recipe: str, digest: str | None, window: int) -> RewardFunctions:
        reward = self._config.reward
        options: Options = {
            "timeout": reward.timeout,
            "on_failure": reward.on_failure,
            "think_prefilled": reward.think_prefilled,
            "gold": None,
            "reasoning": reward.reasoning,
            "recipe_digest": digest,
            "window": window,
            "source": self._config.data.columns.source,
        }
        if reward.server:
            options["server"] = reward.server
            options["patience"] = reward.patience
        if reward.token_file is not None:
            options["token"] = _token(reward.token_file)
        try:
            functions = reward_funcs(
                recipe,
                rollout_columns=FROM_THE_TRAINER,
                weigh=self._config.generation.partial_rollouts is not None,
                **options,
            )
            functions.scorer.check_group_size(self._config.generation.num_generations)
        except ScorerError:
            raise  # the file is right; no server answered
        except TouchstoneError as error:
            message = f"reward.recipe: {error}"
            raise ConfigError(message) from error
        return functions

    def window_at(self, step: int) -> int:
        """Return the window of optimizer step `step` (from 0), and score by the recipe of that step."""
        _, window, scorer = [stage for stage in self._stages if stage[0] <= step][-1]
        scorer.at_step(step)
        self.functions.score_by(scorer)
        return window

    @property
    def digest(self) -> str:
        """SHA-256 of the active recipe: bound to its window, and with the weights of its step."""
        return self.functions.scorer.summary.digest

    def written_down(self) -> dict[str, object]:
        """Return the recipe of each stage as plain data, to compare with that of a run before."""
        from rewards.recipe.tree import to_plain  # noqa: PLC0415  # it loads pydantic

        return {
            f"from step {first}": {
                "recipe": scorer.summary.title,
                "reward": scorer.summary.digest if scorer.tree is None else to_plain(scorer.tree)["reward"],
            }
            for first, _, scorer in self._stages
        }

    @property
    def rewards(self) -> frozenset[str]:
        """The names of the rewards in the recipes of all stages; none of a recipe that only a server has."""
        from rewards.recipe.tree import to_plain  # noqa: PLC0415  # it loads pydantic

        trees = [scorer.tree for _, _, scorer in self._stages if scorer.tree is not None]
        return frozenset(name for tree in trees for name in _keys(to_plain(tree)["reward"]))

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


def _refuse_ramps(found: Iterable[Term]) -> None:
    """Raise for a term whose values contain a weight that changes, which its normalization would cancel.

    Raises:
        ConfigError: with the terms.
    """
    if ramped := [one.name for one in found if one.ramp is not None]:
        message = (
            f"techniques.advantage.aggregation: normalize_then_sum cancels the ramp of {', '.join(ramped)} "
            "in the recipe, since each term is divided by its own standard deviation; give it one weight"
        )
        raise ConfigError(message)


def correctness(scores: Scores) -> torch.Tensor:
    """Return the correctness of each row, (B,): 1 for right, 0 for wrong, NaN for not judged."""
    found = [float(verdict.status is Status.CORRECT) if verdict else torch.nan for verdict in scores.verdicts]
    return torch.tensor(found).where(~torch.tensor(scores.totals).isnan(), torch.nan)


def _keys(tree: object) -> Iterator[str]:
    """Yield the keys of all mappings in a tree of plain data."""
    if isinstance(tree, Mapping):
        yield from tree
    for inner in tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ():
        yield from _keys(inner)


def _token(path: Path) -> str:
    try:
        return client_token(path)
    except InvalidParameterError as error:
        message = f"reward.token_file: {error}"
        raise ConfigError(message) from error
