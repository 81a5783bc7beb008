"""Run a training file: build data, policy, recipe and trainer, and train.

Left out: starting several processes, which is :mod:`trainer_adapters.grpo.launch`.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import math
import os
from typing import TYPE_CHECKING, Any

import click

from rewards.messages import did_you_mean
from trainer_adapters.grpo.arguments import refuse_unknown, trl_arguments
from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import check_count, check_started, check_world, strategy_arguments
from trainer_adapters.grpo.model import load_tokenizer, lora_config, model_init_arguments
from trainer_adapters.grpo.partial_rollouts import in_training_order
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.resuming import (
    OTHERWISE,
    last_checkpoint,
    record,
    refuse_kept_settings,
    step_of,
)
from trainer_adapters.grpo.watch import StoppedError, callbacks, guard_trackers, stopped_by
from trainer_adapters.grpo.watch.signs import SAMPLED_NOT_FINITE, sampled_not_finite

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedTokenizerBase

    from trainer_adapters.grpo.async_trainer import PartialRolloutsTrainer
    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.trainer import TouchstoneTrainer
    from trainer_adapters.grpo.watch.alarms import Alarm

__all__ = ["FINISHED", "build_arguments", "build_trainer", "last_checkpoint", "run", "train"]


FINISHED = "finished.json"
"""Marker file in the output folder of a policy that was trained to the end and fully saved."""

MORE_STEPS = "For more steps raise training.max_steps (or num_train_epochs)"


def run(config: TrainConfig) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """Train, from the last checkpoint on if there is one, and save the policy in the output folder.

    Raises:
        ConfigError: settings that do not fit the model, the data or the machine.
        StoppedError: the loss or its gradient was not finite.
    """
    return train(build_trainer(config), config)


def train(
    trainer: TouchstoneTrainer | PartialRolloutsTrainer, config: TrainConfig
) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """Train from the last checkpoint on if there is one, save the policy, and return the trainer.

    A finished run is left as it is, unless the file asks for more steps than it did.

    Raises:
        StoppedError: the loss or its gradient was not finite; the policy is not saved.
    """
    folder = config.checkpoints.output_dir
    found = last_checkpoint(folder) if config.checkpoints.resume else None
    last = _agreed(_finished_at(trainer, folder, found)) if config.checkpoints.resume else None
    if last is not None:
        _say(
            trainer, f"{folder}: finished at step {last}; nothing is left to train. {MORE_STEPS}; {OTHERWISE}"
        )
        return trainer
    if trainer.is_world_process_zero():
        (folder / FINISHED).unlink(missing_ok=True)
        record(config, trainer.recipe, trainer.train_dataset, resumed=found)
    trainer.train(resume_from_checkpoint=str(found) if found else None)
    alarm = stopped_by(trainer.callback_handler)
    if alarm is not None and alarm.fatal:
        raise StoppedError(_failure_message(trainer, config, alarm))
    if trainer.is_fsdp_enabled:
        # Checkpoints hold each process's shards; with those, transformers would save no policy at all.
        trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
    trainer.save_model()
    if alarm is None and trainer.is_world_process_zero():
        done = {"step": trainer.state.global_step, "asked": trainer.state.max_steps}
        (folder / FINISHED).write_text(json.dumps(done) + "\n", "utf-8")
    return trainer


def _finished_at(
    trainer: TouchstoneTrainer | PartialRolloutsTrainer, folder: Path, found: Path | None
) -> int | None:
    """Return the last step of a finished and saved run that no more steps are asked of; None otherwise."""
    try:
        done = json.loads((folder / FINISHED).read_text("utf-8"))
        step, before = int(done["step"]), int(done["asked"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    went_on = found is not None and step_of(found) > step
    whole = any(folder.glob("*.safetensors"))
    return None if went_on or not whole or _steps_asked(trainer) > before else step


def _steps_asked(trainer: TouchstoneTrainer | PartialRolloutsTrainer) -> int:
    """Return the optimizer steps of the whole run, over all epochs."""
    steps = int(trainer.args.max_steps)
    if steps > 0:
        return steps
    return int(trainer.set_initial_training_values(trainer.args, trainer.get_train_dataloader())[-1])


def _agreed(last: int | None) -> int | None:
    """Return the first process's value, since others may see another folder, or the same one later."""
    from accelerate.utils import broadcast_object_list

    said = [last]
    broadcast_object_list(said)
    return said[0]


def _failure_message(
    trainer: TouchstoneTrainer | PartialRolloutsTrainer, config: TrainConfig, alarm: Alarm
) -> str:
    """Return one line about a run that an alarm ended as failed."""
    from trainer_adapters.grpo.watch.log import numeric_metrics

    state, folder = trainer.state, config.checkpoints.output_dir
    entry: dict[str, Any] = next((one for one in reversed(state.log_history) if "loss" in one), {})
    lines = [numeric_metrics(entry)]
    in_sampling = sampled_not_finite(lines)
    names = ("loss", "grad_norm", *[SAMPLED_NOT_FINITE] * in_sampling)
    values = ", ".join(f"{name} {entry[name]}" for name in names if name in entry)
    rows = f"; {said}" if (said := trainer.rows_not_finite()) else ""
    sampled_by = state.global_step - 1 if in_sampling else math.inf
    return (
        f"{folder}: stopped at step {state.global_step} by the alarm {alarm.name} ({values}{rows}), and no "
        f"policy is saved; {_way_back(folder, sampled_by)}. "
        f"{alarm.explained(lines, config, trainer.recipe.rewards)}"
    )


def _way_back(folder: Path, lost_at: float) -> str:
    """Return a phrase about the checkpoint to go on from, one of before the step with the lost weights."""
    newest, found = last_checkpoint(folder), last_checkpoint(folder, before=lost_at)
    if newest is None:
        return "there is no checkpoint before that step"
    if found == newest:
        return f"the same command goes on from {newest.name}"
    then = f"the same command goes on from {found.name}" if found else "there is none before it"
    return f"{newest.name} holds the weights that did it: remove it, and {then}"


def _say(trainer: TouchstoneTrainer | PartialRolloutsTrainer, line: str) -> None:
    if trainer.is_world_process_zero():
        click.echo(line, err=True)


def build_trainer(config: TrainConfig) -> TouchstoneTrainer | PartialRolloutsTrainer:
    """Return the trainer of a file, ready to train.

    Raises:
        ConfigError: settings that do not fit the model, the data or the machine.
    """
    from transformers import PrinterCallback

    check_started(config)
    _check_packages(config)
    _check_folder(config.checkpoints.output_dir)
    if config.checkpoints.resume and (found := last_checkpoint(config.checkpoints.output_dir)):
        refuse_kept_settings(config, found)
    trainer_type, arguments_type = _types(config)
    recipe = TrainedRecipe(config)
    tokenizer = load_tokenizer(config)
    rows = load_prompts(
        config.data,
        scorers=recipe.scorers,
        conversational=tokenizer.chat_template is not None,
        count=lambda prompt: _tokens(tokenizer, prompt, config.data.chat_template_kwargs),
    )
    if config.generation.partial_rollouts is None:
        _check_prompts(len(rows), config)
    else:
        rows = in_training_order(rows, config, tokenizer)
    given = {
        "model": config.model.path,
        "args": build_arguments(config, recipe, arguments_type),
        "train_dataset": rows,
        "processing_class": tokenizer,
        "callbacks": callbacks(config, recipe),
        "peft_config": lora_config(config),
    }
    try:
        trainer = trainer_type(config, recipe, **given)
    except ConfigError:
        raise
    except (ImportError, OSError, TypeError, ValueError) as error:
        message = _untrainable(config, error)
        raise ConfigError(message) from error
    _check_optimizer(trainer)
    trainer.remove_callback(PrinterCallback)  # the table and the log say it
    guard_trackers(trainer.callback_handler)
    check_world(config, trainer.accelerator)
    return trainer


def build_arguments(config: TrainConfig, recipe: TrainedRecipe, arguments_type: type[Any]) -> Any:  # noqa: ANN401  # TRL's
    """Return TRL's configuration of a run.

    Raises:
        ConfigError: TRL refuses it.
    """
    given = {
        **trl_arguments(config),
        **strategy_arguments(config),
        "model_init_kwargs": model_init_arguments(config),
    }
    if config.generation.partial_rollouts is None:
        given["reward_weights"] = recipe.functions.weights
    refuse_unknown(arguments_type, given)
    try:
        made = arguments_type(**given)
    except (ImportError, TypeError, ValueError) as error:
        check_count(config)  # TRL divides the batch by the processes, and would tell of that only
        message = f"TRL refuses these settings: {_line(error)}"
        raise ConfigError(message) from error
    # transformers keeps these until the first step, when the model is loaded.
    if differing := getattr(getattr(made, "hf_deepspeed_config", None), "mismatches", []):
        said = " ".join(" ".join(differing).split())
        message = f"launch.deepspeed: it contradicts the other sections: {said}"
        raise ConfigError(message)
    return made


def _check_packages(config: TrainConfig) -> None:
    """Raise for a setting whose package is not installed, of those that are asked for in the first step."""
    from transformers.utils import is_kernels_available, is_liger_kernel_available

    kernels = model_init_arguments(config).get("use_kernels")
    for setting, wanted, is_there, package in (
        (
            "trl.use_liger_kernel",
            config.trl.get("use_liger_kernel"),
            is_liger_kernel_available,
            "liger-kernel",
        ),
        ("trl.model_init_kwargs.use_kernels", kernels, is_kernels_available, "kernels"),
    ):
        if wanted and not is_there():
            message = f"{setting}: {package} is not installed; pip install {package}, or set it to false"
            raise ConfigError(message)
    for name, setting in config.logging.reports.items():
        _check_tracker(name, setting)
    _check_quantization(config)


def _check_tracker(name: str, setting: str) -> None:
    """Raise for a tracker that transformers does not know, or whose package is not installed."""
    from transformers.integrations.integration_utils import INTEGRATION_TO_CALLBACK as KNOWN

    if name not in KNOWN:
        message = (
            f"{setting}: there is no tracker {name}{did_you_mean(name, KNOWN)}; there are "
            f"{', '.join(sorted(KNOWN))}"
        )
        raise ConfigError(message)
    try:
        KNOWN[name]()
    except (ImportError, RuntimeError, ValueError) as error:
        package = {"azure_ml": "azureml-core", "comet_ml": "comet-ml", "flyte": "flytekit"}.get(name, name)
        message = f"{setting}: {name} is not installed; pip install {package}, or leave it out"
        raise ConfigError(message) from error


def _check_quantization(config: TrainConfig) -> None:
    """Raise for weights that cannot be quantised as the file says, or cannot be trained then."""
    from transformers.quantizers import AutoHfQuantizer

    given = model_init_arguments(config).get("quantization_config")
    if given is None:
        return
    try:
        quantizer = AutoHfQuantizer.from_config(copy.deepcopy(given), pre_quantized=False)
        quantizer.validate_environment(device_map=None, weights_only=True)
    except (AttributeError, ImportError, RuntimeError, TypeError, ValueError) as error:
        message = _untrainable(config, error)
        raise ConfigError(message) from error
    if not (quantizer.is_trainable if config.model.lora else quantizer.is_qat_trainable):
        message = "trl.model_init_kwargs.quantization_config: " + (
            "weights that are quantised so cannot be trained, not by adapters either"
            if config.model.lora or not quantizer.is_trainable
            else "quantised weights are trained by adapters; set model.lora"
        )
        raise ConfigError(message)


def _check_optimizer(trainer: TouchstoneTrainer | PartialRolloutsTrainer) -> None:
    """Raise if the optimizer cannot be made, which transformers would say in the first step."""
    try:
        trainer.get_optimizer_cls_and_kwargs(trainer.args, trainer.model)
    except (ImportError, ValueError) as error:
        message = f"trl.optim: {_line(error)}"
        raise ConfigError(message) from error


def _untrainable(config: TrainConfig, error: Exception) -> str:
    return f"model: {config.model.path} cannot be trained by the sections model and trl: {_line(error)}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _check_folder(folder: Path) -> None:
    """Raise if the output folder can neither be written to nor made."""
    above = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        held = "is no folder" if not above.is_dir() else "cannot be written to"
        message = f"checkpoints.output_dir: {folder} cannot be made: {above} {held}; name another folder"
        raise ConfigError(message)


def _check_prompts(count: int, config: TrainConfig) -> None:
    """Raise if the prompts do not fill one batch, since TRL would drop all of them."""
    size = config.generation.num_generations
    completions = config.layout.completions_per_generation
    if count < completions // size:
        named = config.training.prompts_per_generation is not None
        message = (
            f"data: there are {count} prompts, and one batch needs {completions // size}"
            + (
                " (training.prompts_per_generation)"
                if named
                else f", which are {completions} completions (per_device_train_batch_size x "
                f"steps_per_generation x processes) by num_generations, {size}"
            )
            + "; give more prompts, or make the batch smaller"
        )
        raise ConfigError(message)


def _types(config: TrainConfig) -> tuple[type[Any], type[Any]]:
    """Return the trainer class that the file needs, and TRL's configuration class for it."""
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
