"""Contradictions between settings, each with the reason; checked when the file is read.

Left out: contradictions of techniques, each in the technique's own file; those with the model or the data,
found only once these are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewards.errors import InvalidParameterError
from rewards.text.reasoning import setting_of
from rewards.wire.addresses import targets_of
from trainer_adapters.grpo.launch import strategy_faults
from trainer_adapters.grpo.layout import layout_faults
from trainer_adapters.grpo.partial_rollouts import unsupported
from trainer_adapters.grpo.refused import refused_fields
from trainer_adapters.grpo.watch.alarms import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["contradictions"]


def contradictions(config: TrainConfig) -> list[str]:
    """Return one sentence for each contradiction, `where: why`."""
    # The other checks ask for the layout, which such a file has not.
    return list(layout_faults(config)) or [sentence for check in CHECKS for sentence in check(config)]


def _algorithm(config: TrainConfig) -> Iterator[str]:
    algorithm = config.algorithm
    if algorithm.use_adaptive_entropy and algorithm.entropy_coef_min > algorithm.entropy_coef_max:
        yield "algorithm.entropy_coef_min: it is larger than entropy_coef_max"
    if algorithm.sync_ref_model and not algorithm.beta:
        yield "algorithm.sync_ref_model: there is no reference policy to update while beta is 0"
    if algorithm.epsilon_high is None and algorithm.loss_type == "cispo":
        yield "algorithm.epsilon_high: cispo clips by it alone, so it must be set (the paper's is 5)"
    if algorithm.delta is not None and algorithm.delta <= 1 + (algorithm.epsilon_high or algorithm.epsilon):
        yield "algorithm.delta: it must be larger than 1 + epsilon_high, or it clips before the clip does"
    if algorithm.loss_type == "luspo" and algorithm.importance_sampling_level != "sequence":
        yield "algorithm.loss_type: luspo goes with importance_sampling_level: sequence"


def _vllm(config: TrainConfig) -> Iterator[str]:
    vllm = config.generation.vllm
    if vllm is None:
        return
    if config.generation.continuous_batching:
        yield "generation.continuous_batching: it is for generation by transformers, and vllm is set"
    if vllm.mode == "server" and config.launch.device == "cpu":
        yield "generation.vllm.mode: a server is sent the weights by NCCL, which needs GPUs"
    if vllm.max_model_length and vllm.max_model_length < config.longest_completion:
        yield "generation.vllm.max_model_length: completions may become longer than that"


def _mismatch(config: TrainConfig) -> Iterator[str]:
    correction, mismatch = config.importance_sampling, config.generation.mismatch
    if correction is not None:
        low, high = correction.importance_sampling_clip_min, correction.importance_sampling_clip_max
        if low is not None and high is not None and low > high:
            yield (
                f"{config.sampler_section}.importance_sampling_clip_min: {low:g} is more than "
                f"importance_sampling_clip_max, {high:g}"
            )
    if (
        correction is not None
        and correction.importance_sampling_correction
        and correction.importance_sampling_mode.startswith("sequence")
        and config.algorithm.loss_type == "vespo"
    ):
        yield (
            f"{config.sampler_section}.importance_sampling_mode: vespo weighs by token; set "
            "token_truncate or token_mask"
        )
    if mismatch is None:
        return
    if config.generation.vllm is not None:
        yield "generation.mismatch: it is for generation by transformers, and vllm is set"
    if config.generation.continuous_batching:
        yield "generation.mismatch: it is for padded batches, and continuous_batching is set"
    if config.launch.strategy not in {"single", "ddp"}:
        yield f"generation.mismatch: the copy has whole weights, and {config.launch.strategy} shards them"
    shared = max(1, _steps_per_generation(config))
    every = shared * -(-mismatch.weight_sync_steps // shared)
    if config.checkpoints.save_steps % every:
        yield (
            f"checkpoints.save_steps: the sampler's weights are updated every {every} optimizer steps, so "
            "save every multiple of that, or a run that goes on from a checkpoint becomes another run"
        )


def _techniques(config: TrainConfig) -> Iterator[str]:
    yield from config.techniques.conflicts(config)


def _batches(config: TrainConfig) -> Iterator[str]:
    if config.generation.partial_rollouts is not None:
        return  # groups come and go one by one
    layout, size = config.layout, config.generation.num_generations
    completions = layout.completions_per_generation
    if completions % size:
        yield (
            f"generation.num_generations: {size} does not divide the {completions} completions "
            "of one generation (per_device_train_batch_size x steps_per_generation x processes)"
        )

    # A generation that a checkpoint cuts in two is lost, and a run that goes on from there is another run.
    every = _steps_per_generation(config)
    if every > 1 and config.checkpoints.save_steps % every:
        yield (
            f"checkpoints.save_steps: one generation serves {every:g} optimizer steps, so save every "
            "multiple of that, or a run that goes on from a checkpoint becomes another run"
        )


def _steps_per_generation(config: TrainConfig) -> float:
    """Return the number of optimizer steps that share one generation."""
    layout = config.layout
    passes = layout.steps_per_generation * config.training.num_iterations
    return passes / layout.gradient_accumulation_steps


def _watch(config: TrainConfig) -> Iterator[str]:
    known = [alarm.name for alarm in ALARMS]
    for name in config.watch:
        if name not in known:
            yield f"watch.{name}: there is no such alarm; there are {', '.join(known)}"


def _servers(config: TrainConfig) -> Iterator[str]:
    if config.reward.server:
        try:
            targets_of(config.reward.server, "reward.server")
        except InvalidParameterError as error:
            yield str(error)


def _reasoning(config: TrainConfig) -> Iterator[str]:
    if config.reward.reasoning is not None:
        try:
            setting_of(config.reward.reasoning)
        except InvalidParameterError as error:
            yield f"reward.reasoning: {error}"


def _launch(config: TrainConfig) -> Iterator[str]:
    launch = config.launch
    if launch.strategy == "single" and config.world_size > 1:
        yield f"launch.strategy: single is one process, and {config.world_size} are asked for"
    if launch.strategy != "single" and config.world_size == 1:
        yield f"launch.nproc: {launch.strategy} is for several processes"
    if launch.device == "cpu" and launch.strategy in {"fsdp2", "zero2", "zero3"}:
        yield f"launch.device: {launch.strategy} needs GPUs; on a CPU it quietly becomes something else"
    if launch.device == "cpu" and config.training.precision != "fp32":
        yield "training.precision: on a CPU use fp32"


CHECKS = (
    _algorithm,
    _vllm,
    _mismatch,
    _techniques,
    _batches,
    _launch,
    strategy_faults,
    _servers,
    _reasoning,
    _watch,
    unsupported,
    refused_fields,
)
