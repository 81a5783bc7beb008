"""TRL's own trainer with the settings of the bundled one: what the latter is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trl import GRPOConfig, GRPOTrainer

from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.model import load_tokenizer, model_init_arguments
from trainer_adapters.grpo.recipe import TrainedRecipe

if TYPE_CHECKING:
    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["plain_trainer"]


def plain_trainer(config: TrainConfig) -> GRPOTrainer:
    """The same settings, reward functions, data and model."""
    recipe = TrainedRecipe(config)
    return GRPOTrainer(
        model=config.model.path,
        reward_funcs=list(recipe.functions),
        args=GRPOConfig(
            **trl_arguments(config),
            reward_weights=recipe.functions.weights,
            model_init_kwargs=model_init_arguments(config),
        ),
        train_dataset=load_prompts(config.data, conversational=False),
        processing_class=load_tokenizer(config),
    )
