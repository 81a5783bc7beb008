"""Translate a training file into the fields of TRL's `GRPOConfig` or `AsyncGRPOConfig`.

Left out: TRL itself, except to print every field; the techniques that TRL does not have.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from rewards.messages import did_you_mean
from trainer_adapters.grpo.algorithm import Algorithm
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.partial_rollouts import async_arguments
from trainer_adapters.grpo.schema import ImportanceSampling, Training

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["SAME_NAME", "all_arguments", "refuse_unknown", "trl_arguments"]

SAME_NAME = {
    "algorithm": tuple(Algorithm.model_fields),
    "generation": (
        "num_generations",
        "max_completion_length",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "repetition_penalty",
    ),
    "training": tuple(
        name
        for name in Training.model_fields
        if name not in {"precision", "prompts_per_generation", "updates_per_generation", "tokens_per_pass"}
    ),
    "logging": ("run_name",),
    "checkpoints": ("output_dir", "save_steps", "save_total_limit"),
}
"""Fields of TRL's configuration that a section sets under the same name."""

ANY_BETA = 1e-9
"""A beta other than 0, so that TRL loads the reference that a technique needs; its loss has the file's."""


def trl_arguments(config: TrainConfig) -> dict[str, Any]:
    """Return the fields of TRL's configuration that the file sets, our own defaults included.

    Raises:
        ConfigError: `trl` names a field that a section sets (:func:`read_config` refuses it earlier).
    """
    ours = {
        **{
            name: getattr(getattr(config, section), name)
            for section, names in SAME_NAME.items()
            for name in names
        },
        **_algorithm(config),
        **_generation(config),
        **_training(config),
        **_outputs(config),
    }
    if config.generation.partial_rollouts is not None:
        ours = async_arguments(config, ours)
    if taken := sorted(set(ours) & set(config.trl)):
        message = f"trl: {', '.join(taken)} is set by another section of the file"
        raise ConfigError(message)
    return {**ours, **config.trl}


def all_arguments(config: TrainConfig) -> dict[str, Any]:
    """Return every field of the resulting TRL configuration, as it would be on any machine.

    Raises:
        ConfigError: `trl` names a field that TRL's configuration does not have.
    """
    # TRL takes seconds, and says of its experimental parts that they are.
    if config.generation.partial_rollouts is not None:
        from trl.experimental.async_grpo import AsyncGRPOConfig as Config  # noqa: PLC0415
    else:
        from trl import GRPOConfig as Config  # noqa: PLC0415

    given = trl_arguments(config)
    refuse_unknown(Config, given)
    fields = {field.name: field for field in dataclasses.fields(Config) if field.init}
    return {name: _printable(given.get(name, _default(field))) for name, field in sorted(fields.items())}


def refuse_unknown(configuration: type[Any], given: Iterable[str]) -> None:
    """Raise for fields that TRL's configuration does not have.

    Raises:
        ConfigError: with the nearest field.
    """
    known = {field.name for field in dataclasses.fields(configuration) if field.init}
    lines = [
        f"trl.{name}: {configuration.__name__} has no field {name}{did_you_mean(name, known)}"
        for name in sorted(set(given) - known)
    ]
    if lines:
        raise ConfigError("\n".join(lines))


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def _printable(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int, float)):
        return getattr(value, "value", value)  # an enumeration of strings, too
    if isinstance(value, dict):
        return {str(key): _printable(one) for key, one in value.items()}
    return [_printable(one) for one in value] if isinstance(value, (list, tuple)) else str(value)


def _algorithm(config: TrainConfig) -> dict[str, Any]:
    # Our own advantages take the place of TRL's; see `techniques/advantages.py`.
    advantage = config.techniques.advantage
    found: dict[str, Any] = {
        "scale_rewards": advantage.scale if advantage.scale in {"group", "none"} else "batch",
        "multi_objective_aggregation": advantage.aggregation,
    }
    if any(technique.needs_reference for technique in config.techniques.on):
        found["beta"] = config.algorithm.beta or ANY_BETA
    return found


def _generation(config: TrainConfig) -> dict[str, Any]:
    generation = config.generation
    found = {
        # vLLM keeps room for the longest; the trainer sets the first stage before the first step.
        "max_completion_length": config.longest_completion,
        "use_transformers_continuous_batching": generation.continuous_batching,
        "chat_template_kwargs": config.data.chat_template_kwargs or None,
        "shuffle_dataset": config.data.shuffle,
        "use_vllm": generation.vllm is not None,
    }
    if generation.vllm is not None:
        found |= {f"vllm_{name}": value for name, value in generation.vllm.model_dump().items()}
    elif generation.mismatch is not None:
        # The trainer lets TRL correct for the copy as for vLLM.
        found |= {
            f"vllm_{name}": getattr(generation.mismatch, name) for name in ImportanceSampling.model_fields
        }
    return found


def _training(config: TrainConfig) -> dict[str, Any]:
    training = config.training
    cpu = config.launch.device == "cpu"
    sizes = dataclasses.asdict(config.layout)
    del sizes["processes"]
    return {
        **sizes,
        "bf16": training.precision == "bf16",
        "fp16": training.precision == "fp16",
        "use_cpu": cpu,
        "ddp_find_unused_parameters": False,
        "dataloader_pin_memory": not cpu,
    }


def _outputs(config: TrainConfig) -> dict[str, Any]:
    logging, checkpoints = config.logging, config.checkpoints
    return {
        "output_dir": str(checkpoints.output_dir),
        "logging_steps": logging.steps,
        "log_completions": logging.completions,
        "report_to": list(logging.reports) or "none",
        # A NaN is logged as a NaN; see `finite.py`.
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
        "save_strategy": "steps",
    }
