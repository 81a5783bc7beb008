"""Contradictions between settings, each with the reason; checked when the file is read.

Left out: contradictions with the model or the data, found only once those are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainer_adapters.grpo.partial_rollouts import unsupported
from trainer_adapters.grpo.refused import refused_fields
from trainer_adapters.grpo.watch.alarms import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["contradictions"]

BY_SEQUENCE = frozenset({"grpo", "sapo", "dr_grpo", "luspo"})
"""Losses that are divided by a number of sequences, which a mask alone does not change."""

RATIO_FREE = frozenset({"cispo", "sapo", "vespo"})
"""Losses without the clipped surrogate that covariance methods work on."""


def contradictions(config: TrainConfig) -> list[str]:
    """Return one sentence for each contradiction, `where: why`."""
    return [sentence for check in CHECKS for sentence in check(config)]


def off_policy(config: TrainConfig) -> bool:
    """Return True if some optimizer steps use completions of an earlier policy, vLLM's mismatch aside."""
    training = config.training
    return (
        training.num_iterations > 1 or training.passes_per_generation > training.gradient_accumulation_steps
    )


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


def _kl(config: TrainConfig) -> Iterator[str]:
    if not config.techniques.kl_in_reward:
        return
    if config.algorithm.beta:
        yield "techniques.kl_in_reward: the KL would count twice while algorithm.beta is not 0"
    if config.model.lora and config.model.lora.dropout:
        yield "techniques.kl_in_reward: the reference has no adapter; set lora.dropout to 0"


def _covariance(config: TrainConfig) -> Iterator[str]:
    algorithm, techniques = config.algorithm, config.techniques
    if techniques.clip_cov and techniques.kl_cov:
        yield "techniques.clip_cov: choose one of clip_cov and kl_cov, which act on the same tokens"
    if techniques.clip_cov and techniques.clip_cov.low >= techniques.clip_cov.high:
        yield "techniques.clip_cov.low: it must be below high"
    for name in ("clip_cov", "kl_cov"):
        if not getattr(techniques, name):
            continue
        if algorithm.loss_type in RATIO_FREE:
            yield f"techniques.{name}: the loss {algorithm.loss_type} has no clipped surrogate for it"
        if algorithm.importance_sampling_level == "sequence":
            yield f"techniques.{name}: it chooses tokens, and importance_sampling_level is sequence"


def _off_policy(config: TrainConfig) -> Iterator[str]:
    for name in ("kl_cov", "llds"):
        if getattr(config.techniques, name) and not off_policy(config):
            yield (
                f"techniques.{name}: it compares with the policy that sampled, which is the "
                "same one in every step; set training.num_iterations, or steps_per_generation above "
                "gradient_accumulation_steps"
            )


def _masking(config: TrainConfig) -> Iterator[str]:
    algorithm = config.algorithm
    bonus = algorithm.entropy_coef > 0 or algorithm.use_adaptive_entropy
    if config.techniques.masking and bonus and algorithm.loss_type in BY_SEQUENCE:
        yield (
            f"techniques.masking: under the loss {algorithm.loss_type} it rescales the whole loss, and with "
            "it the entropy bonus; use loss_type dapo or bnpo, or no bonus"
        )


def _advantages(config: TrainConfig) -> Iterator[str]:
    advantage, algorithm = config.techniques.advantage, config.algorithm
    if advantage.baseline == "batch" and advantage.scale == "group":
        yield "techniques.advantage.scale: with the mean of the batch goes batch or none, not the group's own"
    if not advantage.positive_only:
        return
    where = "techniques.advantage.positive_only"
    if algorithm.off_policy_mask_threshold is not None:
        yield f"{where}: the off-policy mask is for negative advantages, which are gone"
    if algorithm.delta is not None:
        yield f"{where}: algorithm.delta is for negative advantages, which are gone"


def _stages(config: TrainConfig) -> Iterator[str]:
    stages = config.techniques.length_stages
    steps = [stage.from_step for stage in stages]
    if steps and steps[0] != 0:
        yield "techniques.length_stages: the first stage must be from_step: 0"
    if steps != sorted(set(steps)):
        yield "techniques.length_stages: from_step must grow from stage to stage"
    shortest = config.techniques.shortest_window
    for window in [stage.max_completion_length for stage in stages] or [
        config.generation.max_completion_length
    ]:
        if shortest is not None and window < shortest:
            yield (
                f"techniques.shortest_window: a window of {window} tokens is shorter than "
                f"the {shortest} that the base model needs; in such a window a model unlearns long answers"
            )
    vllm = config.generation.vllm
    if vllm and vllm.max_model_length and vllm.max_model_length < config.longest_completion:
        yield "generation.vllm.max_model_length: completions may become longer than that"


def _batches(config: TrainConfig) -> Iterator[str]:
    if config.generation.partial_rollouts is not None:
        return  # groups come and go one by one
    training, size = config.training, config.generation.num_generations
    local = training.completions_per_process
    if local * config.world_size % size:
        yield (
            f"generation.num_generations: {size} does not divide the {local * config.world_size} completions "
            "of one generation (per_device_train_batch_size x steps_per_generation x processes)"
        )
    elif config.techniques.dynamic_sampling and local % size:
        yield (
            f"techniques.dynamic_sampling: {size} completions of a prompt must lie on one process, which "
            f"samples {local}; raise per_device_train_batch_size or steps_per_generation"
        )

    # A generation that a checkpoint cuts in two is lost, and a run that goes on from there is another run.
    shared = training.passes_per_generation * training.num_iterations
    if shared > training.gradient_accumulation_steps:
        every = shared / training.gradient_accumulation_steps
        if config.checkpoints.save_steps % every:
            yield (
                f"checkpoints.save_steps: one generation serves {every:g} optimizer steps, so save every "
                "multiple of that, or a run that goes on from a checkpoint becomes another run"
            )


def _watch(config: TrainConfig) -> Iterator[str]:
    known = [alarm.name for alarm in ALARMS]
    for name in config.watch:
        if name not in known:
            yield f"watch.{name}: there is no such alarm; there are {', '.join(known)}"


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
    _kl,
    _covariance,
    _off_policy,
    _masking,
    _advantages,
    _stages,
    _batches,
    _launch,
    _watch,
    unsupported,
    refused_fields,
)
