"""Partial rollouts: the settings of a training file that TRL's AsyncGRPO supports, and its own fields.

AsyncGRPO samples on a vLLM server while the policy is trained; a completion goes on across updates of the
weights, and each of its tokens is weighed against the policy that sampled it. It has one loss (the clipped
surrogate, by token) and neither a reference nor a second pass over a batch, so most settings of the algorithm
mean nothing to it: they are refused, never silently ignored. Left out: the trainer itself, which is
:mod:`trainer_adapters.grpo.async_trainer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from datasets import Dataset
    from pydantic import BaseModel
    from transformers import PreTrainedTokenizerBase

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["async_arguments", "in_training_order", "unsupported"]

SUPPORTED = {
    "algorithm": {"epsilon", "epsilon_high"},
    "techniques": {"advantage", "shortest_window"},
    "techniques.advantage": {"baseline", "quantile", "scale", "std_floor", "positive_only"},
    "generation": {
        "num_generations",
        "max_completion_length",
        "temperature",
        "top_p",
        "top_k",
        "min_p",
        "repetition_penalty",
        "vllm",
        "partial_rollouts",
    },
    "generation.vllm": {"mode", "server_base_url", "server_timeout"},
    "training": {
        "max_steps",
        "num_train_epochs",
        "learning_rate",
        "lr_scheduler_type",
        "warmup_steps",
        "weight_decay",
        "adam_beta1",
        "adam_beta2",
        "max_grad_norm",
        "per_device_train_batch_size",
        "gradient_accumulation_steps",
        "gradient_checkpointing",
        "precision",
        "seed",
    },
}
"""Settings that AsyncGRPO supports, by section; any other of these sections must be left at its default."""

ABSENT = frozenset(
    {
        "multi_objective_aggregation",
        "num_iterations",
        "scale_rewards",
        "shuffle_dataset",
        "steps_per_generation",
        "use_transformers_continuous_batching",
        "use_vllm",
    }
)
"""Fields of `GRPOConfig` that we set and `AsyncGRPOConfig` lacks, besides the algorithm's and vLLM's."""


def unsupported(config: TrainConfig) -> Iterator[str]:
    """Yield one sentence for each setting that partial rollouts would ignore."""
    if config.generation.partial_rollouts is None:
        return
    yield from _around(config)
    for name, supported in SUPPORTED.items():
        section: Any = config
        for part in name.split("."):
            section = getattr(section, part, None)
        if section is not None:
            yield from (
                f"{name}.{one}: partial rollouts cannot carry it, since TRL's AsyncGRPO has no such setting"
                for one in changed(section, supported)
            )


def _around(config: TrainConfig) -> Iterator[str]:
    vllm, launch, advantage = config.generation.vllm, config.launch, config.techniques.advantage
    if vllm is None or vllm.mode != "server":
        yield (
            "generation.partial_rollouts: a server must go on sampling while the policy is trained; set "
            "generation.vllm.mode: server"
        )
    if config.data.conversational is False:
        yield "data.conversational: AsyncGRPO samples for conversations only; give the model a chat template"
    if config.model.attn_implementation is not None:
        yield "model.attn_implementation: AsyncGRPO brings its own, by FlashAttention 3"
    if launch.strategy in {"zero2", "zero3"}:
        yield f"launch.strategy: AsyncGRPO gathers weights from ddp or fsdp2, and not from {launch.strategy}"
    if launch.device == "cpu":
        yield "launch.device: AsyncGRPO needs a GPU, for FlashAttention 3"
    if config.logging.completions:
        yield "logging.completions: AsyncGRPO prints them, and writes no files"
    for name, alarm in config.watch.items():
        everywhere = name == "not_finite"  # it looks at the loss, which all processes are told
        if config.world_size > 1 and alarm.action in {"stop", "lower_rate"} and not everywhere:
            yield (
                f"watch.{name}.action: with several processes an alarm can only be logged, since AsyncGRPO "
                "tells the first one alone of the rewards, and the others would go on as before"
            )
    if {"batch", "tokens", "advantages"} & {advantage.baseline, advantage.scale}:
        yield "techniques.advantage: AsyncGRPO scores a group at a time, so there is no batch to compare with"


def changed(section: BaseModel, supported: set[str]) -> list[str]:
    """Return the unsupported settings that are not at their defaults."""
    defaults = type(section)()
    return [
        name
        for name in type(section).model_fields
        if name not in supported and getattr(section, name) != getattr(defaults, name)
    ]


def async_arguments(config: TrainConfig, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `AsyncGRPOConfig`, derived from those for `GRPOConfig`."""
    vllm, settings = config.generation.vllm, config.generation.partial_rollouts
    if vllm is None or settings is None:  # refused when the file was read
        return dict(given)
    absent = ABSENT | (set(type(config.algorithm).model_fields) - SUPPORTED["algorithm"])
    found = {
        name: value for name, value in given.items() if name not in absent and not name.startswith("vllm_")
    }
    found |= {
        "max_staleness": settings.max_staleness,
        "weight_sync_steps": settings.weight_sync_steps,
        "max_inflight_tasks": -1 if settings.max_inflight_tasks is None else settings.max_inflight_tasks,
        "vllm_server_timeout": vllm.server_timeout,
        # Pages of text that look like a call of a tool are not one: no file can name tools.
        "max_tool_calling_iterations": 0,
        # Batches by a number of completions, as the file has them, and not by a number of tokens.
        "token_budget": 0,
    }
    if vllm.server_base_url is not None:
        found["vllm_server_base_url"] = vllm.server_base_url
    return found


def in_training_order(rows: Dataset, config: TrainConfig, tokenizer: PreTrainedTokenizerBase) -> Dataset:
    """Return the prompts shuffled by the run's seed, since AsyncGRPO never shuffles them itself.

    Raises:
        ConfigError: the tokenizer has no chat template.
    """
    if tokenizer.chat_template is None:
        message = (
            "generation.partial_rollouts: AsyncGRPO writes prompts by a chat template, and the tokenizer of "
            f"{config.model.path} has none; give one with data.chat_template"
        )
        raise ConfigError(message)
    return rows.shuffle(seed=config.training.seed) if config.data.shuffle else rows
