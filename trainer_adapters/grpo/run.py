"""One run from its training file: data, policy, recipe and trainer put together, and trained.

Left out: starting several processes, which is :mod:`trainer_adapters.grpo.launch`.
"""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.config import ConfigError
from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.launch import check_count, check_started, check_world, strategy_arguments
from trainer_adapters.grpo.model import load_tokenizer, lora_config, model_init_arguments
from trainer_adapters.grpo.partial_rollouts import in_training_order
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.watch import callbacks

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedTokenizerBase

    from trainer_adapters.grpo.async_trainer import PartialRolloutsTrainer
    from trainer_adapters.grpo.config import TrainConfig
    from trainer_adapters.grpo.trainer import TouchstoneTrainer

__all__ = ["last_checkpoint", "made_trainer", "run", "trained"]


def run(config: TrainConfig) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """Train, from the last checkpoint on if there is one, and save the policy in the output folder.

    Raises:
        ConfigError: settings that do not fit the model, the data or the machine.
    """
    return trained(made_trainer(config), config)


def trained(
    trainer: TouchstoneTrainer | PartialRolloutsTrainer, config: TrainConfig
) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """The trainer after its run, from the last checkpoint on if there is one; the policy is saved."""
    found = last_checkpoint(config.checkpoints.output_dir) if config.checkpoints.resume else None
    trainer.train(resume_from_checkpoint=str(found) if found else None)
    if trainer.is_fsdp_enabled:
        # Checkpoints hold each process's shards; with those, transformers would save no policy at all.
        trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
    trainer.save_model()
    return trainer


def made_trainer(config: TrainConfig) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """The trainer of a file, ready to train.

    Raises:
        ConfigError: settings that do not fit the model, the data or the machine.
    """
    from transformers import PrinterCallback

    check_started(config)
    trainer_type, arguments_type = _types(config)
    recipe = TrainedRecipe(config)
    tokenizer = load_tokenizer(config)
    rows = load_prompts(
        config.data,
        scorers=recipe.scorers,
        conversational=tokenizer.chat_template is not None,
        count=lambda prompt: _tokens(tokenizer, prompt, config.data.chat_template_kwargs),
    )
    given = {
        **trl_arguments(config),
        **strategy_arguments(config),
        "model_init_kwargs": model_init_arguments(config),
    }
    if config.generation.partial_rollouts is None:
        given["reward_weights"] = recipe.functions.weights
    else:
        rows = in_training_order(rows, config, tokenizer)
    try:
        arguments = arguments_type(**given)
    except (TypeError, ValueError) as error:
        check_count(config)  # TRL divides the batch by the processes, and would tell of that only
        message = f"TRL refuses these settings: {error}"
        raise ConfigError(message) from error
    trainer = trainer_type(
        config,
        recipe,
        model=config.model.path,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=callbacks(config, recipe),
        peft_config=lora_config(config),
    )
    trainer.remove_callback(PrinterCallback)  # the table and the log say it
    check_world(config, trainer.accelerator)
    return trainer


def _types(config: TrainConfig) -> tuple[type[Any], type[Any]]:
    """The trainer that the file needs, and what TRL configures it by."""
    if config.generation.vllm is not None and importlib.util.find_spec("vllm") is None:
        message = "generation.vllm: vLLM is not installed here; TRL says which version it goes with"
        raise ConfigError(message)
    if config.generation.partial_rollouts is None:
        from trl import GRPOConfig

        from trainer_adapters.grpo.trainer import TouchstoneTrainer

        return TouchstoneTrainer, GRPOConfig
    try:
        from trl.experimental.async_grpo import AsyncGRPOConfig

        from trainer_adapters.grpo.async_trainer import PartialRolloutsTrainer
    except ImportError as error:
        message = f"generation.partial_rollouts: AsyncGRPO is not where TRL 1.16 has it: {error}"
        raise ConfigError(message) from error
    return PartialRolloutsTrainer, AsyncGRPOConfig


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end; one that a kill cut short is passed over."""
    found = []
    for path in folder.glob("checkpoint-*"):
        number = path.name.partition("-")[2]
        # The trainer's state is written last.
        if number.isdecimal() and (path / "trainer_state.json").exists():
            found.append((int(number), path))
    return max(found)[1] if found else None


def _tokens(
    tokenizer: PreTrainedTokenizerBase, prompt: str | list[dict[str, str]], kwargs: dict[str, Any]
) -> int:
    if isinstance(prompt, str):
        return len(tokenizer(prompt)["input_ids"])
    return len(
        tokenizer.apply_chat_template(
            prompt, add_generation_prompt=True, tokenize=True, return_dict=True, **kwargs
        )["input_ids"]
    )


def rank() -> int:
    """Which process of the run this is."""
    return int(os.environ.get("RANK", "0"))
