"""Fields of TRL's configuration that `trl:` may not name, each with the section that sets it or the reason.

Any other field reaches TRL with its value. A field that would be silently ignored, because a section, the
recipe or our own advantages override it, or because nothing in a run of this trainer reads it, is an error
when the file is read. Left out: names that TRL does not know, which TRL refuses itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters.grpo.arguments import SAME_NAME
from trainer_adapters.grpo.schema import ImportanceSampling, PartialRollouts, Vllm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["refused_fields"]

OTHER_NAME = {
    "accelerator_config": "launch and training",
    "activation_checkpointing": "training.gradient_checkpointing",
    "bf16": "training.precision",
    "chat_template_kwargs": "data.chat_template_kwargs",
    "deepspeed": "launch.deepspeed",
    "disable_tqdm": "logging.dashboard",
    "fp16": "training.precision",
    "fsdp": "launch.strategy",
    "fsdp_config": "launch.fsdp",
    "generation_batch_size": "training.prompts_per_generation",
    "log_completions": "logging.completions",
    "logging_first_step": "logging.steps",
    "logging_steps": "logging.steps",
    "logging_strategy": "logging.steps",
    "multi_objective_aggregation": "techniques.advantage.aggregation",
    "parallelism_config": "launch.strategy",
    "resume_from_checkpoint": "checkpoints.resume",
    "report_to": "logging.trackers",
    "save_strategy": "checkpoints.save_steps",
    "scale_rewards": "techniques.advantage.scale",
    "shuffle_dataset": "data.shuffle",
    "trust_remote_code": "model.trust_remote_code",
    "use_cpu": "launch.device",
    "use_transformers_continuous_batching": "generation.continuous_batching",
    "use_transformers_paged": "generation.continuous_batching",
    "use_vllm": "generation.vllm",
    "vllm_importance_sampling_cap": "generation.vllm.importance_sampling_clip_max",
}
"""Fields that a section sets under another name."""

SET_BY = {
    **{name: f"{section}.{name}" for section, names in SAME_NAME.items() for name in names},
    **{name: f"generation.partial_rollouts.{name}" for name in PartialRollouts.model_fields},
    **{f"vllm_{name}": f"generation.vllm.{name}" for name in Vllm.model_fields},
    **{
        f"vllm_{name}": f"generation.vllm.{name} or generation.mismatch.{name}"
        for name in ImportanceSampling.model_fields
    },
    **OTHER_NAME,
}

NO_EVALUATION = "there is no evaluation, since no section names data for it"
NO_TOOLS = "there are no images, tools or environments, which no section can name"
NO_LABELS = "there are no labels: the loss is TRL's own"

REASONS = {
    "auto_find_batch_size": "a batch has whole groups, which a smaller one would cut; TRL refuses it too",
    "average_tokens_across_devices": "the loss is TRL's own, which counts the tokens of all processes",
    "batch_eval_metrics": NO_EVALUATION,
    "bf16_full_eval": NO_EVALUATION,
    "data_seed": "the order of the prompts comes from training.seed",
    "dataloader_pin_memory": "it follows from launch.device",
    "ddp_find_unused_parameters": "it is false, since all weights are used",
    "do_eval": NO_EVALUATION,
    "do_predict": NO_EVALUATION,
    "do_train": "`touchstone train` always trains",
    "eval_accumulation_steps": NO_EVALUATION,
    "eval_delay": NO_EVALUATION,
    "eval_do_concat_batches": NO_EVALUATION,
    "eval_on_start": NO_EVALUATION,
    "eval_steps": NO_EVALUATION,
    "eval_strategy": NO_EVALUATION,
    "eval_use_gather_object": NO_EVALUATION,
    "fp16_full_eval": NO_EVALUATION,
    "greater_is_better": NO_EVALUATION,
    "include_for_metrics": NO_EVALUATION,
    "include_num_input_tokens_seen": "TRL counts the tokens itself and logs num_tokens",
    "label_names": NO_LABELS,
    "label_smoothing_factor": NO_LABELS,
    "length_column_name": "TRL draws the prompts by a sampler of its own",
    "load_best_model_at_end": NO_EVALUATION,
    "local_rank": "the launcher sets it",
    "log_multimodal": NO_TOOLS,
    "logging_nan_inf_filter": "a NaN is logged as a NaN, and watch.not_finite says what it does",
    "max_tool_calling_iterations": NO_TOOLS,
    "metric_for_best_model": NO_EVALUATION,
    "num_generations_eval": NO_EVALUATION,
    "per_device_eval_batch_size": NO_EVALUATION,
    "prediction_loss_only": NO_EVALUATION,
    "remove_unused_columns": "rewards read the columns of the data",
    "reward_weights": "the weights of the terms stand in the recipe",
    "token_budget": "batches have a number of completions; training.tokens_per_pass bounds it",
    "train_sampling_strategy": "TRL draws the prompts by a sampler of its own",
}
"""Fields that nothing reads, or that are overridden later."""

Condition = tuple["Callable[[TrainConfig], object]", str]

BY_VLLM: Condition = (lambda config: config.generation.vllm, "nothing reads it without generation.vllm")
BY_TRANSFORMERS: Condition = (
    lambda config: config.generation.vllm is None,
    "nothing reads it with generation.vllm",
)
TO_SERVER: Condition = (
    lambda config: config.generation.vllm is not None and config.generation.vllm.mode == "server",
    "nothing reads it without generation.vllm.mode: server",
)
TO_NAMED_SERVER: Condition = (
    lambda config: TO_SERVER[0](config) and config.generation.vllm.server_base_url is None,  # type: ignore[union-attr]  # it is set
    "nothing reads it without generation.vllm.mode: server, or beside server_base_url",
)
TO_HUB: Condition = (
    lambda config: config.trl.get("push_to_hub"),
    "nothing reads it without trl.push_to_hub: true",
)
COMPLETIONS: Condition = (
    lambda config: config.logging.completions,
    "nothing reads it without logging.completions: true",
)
CHECKPOINTING: Condition = (
    lambda config: config.training.gradient_checkpointing,
    "nothing reads it without training.gradient_checkpointing: true",
)
TRACKIO: Condition = (
    lambda config: "trackio" in config.logging.reports,
    "nothing reads it without logging.trackers: [trackio]",
)
DDP: Condition = (
    lambda config: config.launch.strategy == "ddp",
    "nothing reads it without launch.strategy: ddp",
)

NEEDS: dict[str, Condition] = {
    "activation_checkpointing_kwargs": CHECKPOINTING,
    "cache_implementation": BY_TRANSFORMERS,
    "ddp_backend": (
        lambda config: config.launch.strategy != "single" and config.launch.device != "cpu",
        "it is gloo on a CPU, and one process has none",
    ),
    "ddp_broadcast_buffers": DDP,
    "ddp_bucket_cap_mb": DDP,
    "ddp_static_graph": DDP,
    "ds3_gather_for_generation": (
        lambda config: config.launch.strategy == "zero3",
        "nothing reads it without launch.strategy: zero3",
    ),
    "gradient_checkpointing_kwargs": CHECKPOINTING,
    "hub_always_push": TO_HUB,
    "hub_model_id": TO_HUB,
    "hub_private_repo": TO_HUB,
    "hub_revision": TO_HUB,
    "hub_strategy": TO_HUB,
    "hub_token": TO_HUB,
    "log_completions_hub_repo": COMPLETIONS,
    "log_unique_prompts": (
        lambda config: config.logging.completions and "wandb" in config.logging.reports,
        "nothing reads it without logging.completions and logging.wandb",
    ),
    "num_completions_to_print": COMPLETIONS,
    "project": TRACKIO,
    "sapo_temperature_neg": (
        lambda config: config.algorithm.loss_type == "sapo",
        "nothing reads it without algorithm.loss_type: sapo",
    ),
    "sapo_temperature_pos": (
        lambda config: config.algorithm.loss_type == "sapo",
        "nothing reads it without algorithm.loss_type: sapo",
    ),
    "trackio_bucket_id": TRACKIO,
    "trackio_space_id": TRACKIO,
    "trackio_static_space_id": TRACKIO,
    "transformers_continuous_batching_config": (
        lambda config: config.generation.continuous_batching,
        "nothing reads it without generation.continuous_batching: true",
    ),
    "vllm_group_port": TO_SERVER,
    "vllm_model_impl": BY_VLLM,
    "vllm_server_host": TO_NAMED_SERVER,
    "vllm_server_port": TO_NAMED_SERVER,
    "vllm_structured_outputs_regex": BY_VLLM,
    **{
        f"vespo_{name}": (
            lambda config: config.algorithm.loss_type == "vespo",
            "nothing reads it without algorithm.loss_type: vespo",
        )
        for name in ("k_pos", "lambda_pos", "k_neg", "lambda_neg")
    },
}
"""Fields that only some runs read, each with its condition and the reason."""

KEYS = {
    "model_init_kwargs": {
        "attn_implementation": "model.attn_implementation",
        "dtype": "model.dtype",
        "revision": "model.revision",
        "torch_dtype": "model.dtype",
        "trust_remote_code": "model.trust_remote_code",
    },
    "generation_kwargs": {
        "max_new_tokens": "generation.max_completion_length",
        "max_tokens": "generation.max_completion_length",
        "min_p": "generation.min_p",
        "n": "generation.num_generations",
        "num_return_sequences": "generation.num_generations",
        "repetition_penalty": "generation.repetition_penalty",
        "temperature": "generation.temperature",
        "top_k": "generation.top_k",
        "top_p": "generation.top_p",
    },
}
"""Keys of mapping-valued fields, and the settings that they would contradict."""


def refused_fields(config: TrainConfig) -> Iterator[str]:
    """Yield one sentence for each field under `trl:` that would have no effect, or another than it says."""
    for name, value in config.trl.items():
        yield from _refusals(config, name, value)


def _refusals(config: TrainConfig, name: str, value: Any) -> Iterator[str]:  # noqa: ANN401  # of any type
    if name in SET_BY:
        yield f"trl.{name}: set {SET_BY[name]} instead"
    elif name in REASONS:
        yield f"trl.{name}: {REASONS[name]}"
    elif name in NEEDS and not NEEDS[name][0](config):
        yield f"trl.{name}: {NEEDS[name][1]}"
    elif name in KEYS:
        if not isinstance(value, dict):
            yield f"trl.{name}: write it as a mapping"
            return
        for key in sorted(KEYS[name].keys() & value.keys()):
            yield f"trl.{name}.{key}: set {KEYS[name][key]} instead"
