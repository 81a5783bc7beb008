"""Contradictions in a training file."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import changed

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import read_config

OFF_POLICY = {"training__num_iterations": 2}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"algorithm__sync_ref_model": True}, "algorithm.sync_ref_model"),
        ({"algorithm__loss_type": "cispo"}, "algorithm.epsilon_high"),
        ({"algorithm__delta": 1.1}, "algorithm.delta"),
        ({"algorithm__loss_type": "luspo"}, "algorithm.loss_type: luspo"),
        (
            {"algorithm__use_adaptive_entropy": True, "algorithm__entropy_coef_min": 2.0},
            "algorithm.entropy_coef_min",
        ),
        ({"generation__vllm": {}, "generation__continuous_batching": True}, "generation.continuous_batching"),
        (
            {"generation__vllm": {"mode": "server"}, "launch__device": "cpu"},
            "generation.vllm.mode: a server is sent the weights by NCCL",
        ),
        ({"techniques__kl_in_reward": 0.1, "algorithm__beta": 0.1}, "techniques.kl_in_reward"),
        (
            {"techniques__clip_cov": {}, "techniques__kl_cov": {}, **OFF_POLICY},
            "techniques.clip_cov: choose one",
        ),
        ({"techniques__clip_cov": {}, "algorithm__loss_type": "sapo"}, "techniques.clip_cov: the loss sapo"),
        (
            {"techniques__clip_cov": {}, "algorithm__importance_sampling_level": "sequence"},
            "techniques.clip_cov: it chooses tokens",
        ),
        ({"techniques__clip_cov": {"low": 5.0, "high": 1.0}}, "techniques.clip_cov.low"),
        ({"techniques__kl_cov": {}}, "techniques.kl_cov: it compares"),
        (
            {"techniques__kl_cov": {}, "algorithm__epsilon": 0.1, **OFF_POLICY},
            "techniques.kl_cov: it has no clip, so algorithm.epsilon would",
        ),
        (
            {"techniques__kl_cov": {}, "algorithm__epsilon_high": 0.28, **OFF_POLICY},
            "techniques.kl_cov: it has no clip, so algorithm.epsilon_high",
        ),
        (
            {"techniques__kl_cov": {}, "algorithm__delta": 4.0, **OFF_POLICY},
            "techniques.kl_cov: it has no clip, so algorithm.delta",
        ),
        (
            {"techniques__advantage": {"baseline": "quantile", "scale": "tokens"}},
            "techniques.advantage.scale: whitening",
        ),
        ({"techniques__llds": {}}, "techniques.llds: it compares"),
        (
            {"techniques__masking": {}, "algorithm__entropy_coef": 0.1, "algorithm__loss_type": "grpo"},
            "techniques.masking",
        ),
        ({"techniques__advantage": {"baseline": "batch"}}, "techniques.advantage.scale"),
        (
            {"techniques__advantage": {"baseline": "quantile", "scale": "mean"}},
            "techniques.advantage.scale: the mean of the group goes with",
        ),
        (
            {"techniques__advantage": {"scale": "mean"}, "techniques__kl_in_reward": 0.1},
            "techniques.advantage.scale: the mean of rewards",
        ),
        ({"techniques__advantage": {"scale": "mean", "std_floor": 0.1}}, "techniques.advantage.std_floor"),
        ({"techniques__advantage": {"scale": "none", "std_floor": 0.1}}, "techniques.advantage.std_floor"),
        ({"techniques__advantage": {"quantile": 0.3}}, "techniques.advantage.quantile: nothing reads it"),
        ({"techniques__dppo": {"threshold": 2}}, "techniques.dppo.threshold: no token is stopped"),
        (
            {"techniques__advantage": {"aggregation": "normalize_then_sum", "scale": "none"}},
            "techniques.advantage.aggregation: each function",
        ),
        (
            {"techniques__advantage": {"aggregation": "normalize_then_sum", "baseline": "quantile"}},
            "techniques.advantage.aggregation: each function",
        ),
        (
            {
                "techniques__advantage": {"aggregation": "normalize_then_sum"},
                "techniques__kl_in_reward": 0.1,
            },
            "techniques.advantage.aggregation: the KL",
        ),
        (
            {
                "techniques__advantage": {"aggregation": "normalize_then_sum"},
                "techniques__masking": {"filter_on": "total"},
            },
            "techniques.advantage.aggregation: functions may differ where their sum does not, and masking",
        ),
        ({"techniques__dppo": {}}, "techniques.dppo: it compares"),
        ({"techniques__dppo": {}, "generation__vllm": {}}, "techniques.dppo: its importance weights"),
        (
            {"techniques__dppo": {}, "algorithm__epsilon_high": 0.28, **OFF_POLICY},
            "techniques.dppo: it has no clip, so algorithm.epsilon_high",
        ),
        (
            {"techniques__dppo": {}, "algorithm__loss_type": "sapo", **OFF_POLICY},
            "techniques.dppo: the loss sapo",
        ),
        (
            {"techniques__dppo": {}, "techniques__clip_cov": {}, **OFF_POLICY},
            "techniques.dppo: it takes the place",
        ),
        (
            {"techniques__dppo": {}, "techniques__kl_cov": {}, **OFF_POLICY},
            "techniques.dppo: it takes the place",
        ),
        (
            {"techniques__prompt_mean": {}, "algorithm__loss_type": "grpo"},
            "techniques.prompt_mean: it reweights",
        ),
        ({"techniques__prompt_mean": {}, "algorithm__beta": 0.1}, "techniques.prompt_mean: the KL"),
        (
            {"techniques__prompt_mean": {}, "techniques__llds": {}, **OFF_POLICY},
            "techniques.prompt_mean: llds takes",
        ),
        (
            {"techniques__advantage": {"positive_only": True}, "algorithm__off_policy_mask_threshold": 0.5},
            "techniques.advantage.positive_only",
        ),
        (
            {"techniques__advantage": {"positive_only": True}, "algorithm__delta": 3.0},
            "techniques.advantage.positive_only",
        ),
        (
            {"techniques__length_stages": [{"from_step": 1, "max_completion_length": 5}]},
            "techniques.length_stages: the first",
        ),
        (
            {
                "techniques__length_stages": [
                    {"from_step": 0, "max_completion_length": 5},
                    {"from_step": 0, "max_completion_length": 6},
                ]
            },
            "techniques.length_stages: from_step must grow",
        ),
        ({"techniques__shortest_window": 5000}, "techniques.shortest_window: a window of 1024"),
        ({"generation__vllm": {"max_model_length": 10}}, "generation.vllm.max_model_length"),
        ({"generation__mismatch": {}, "generation__vllm": {}}, "generation.mismatch: it is for generation"),
        (
            {"generation__mismatch": {"importance_sampling_clip_min": 5, "importance_sampling_clip_max": 2}},
            "generation.mismatch.importance_sampling_clip_min: 5 is more than",
        ),
        (
            {"generation__mismatch": {}, "generation__continuous_batching": True},
            "generation.mismatch: it is for padded",
        ),
        (
            {"generation__mismatch": {}, "launch": {"nproc": 2, "strategy": "fsdp2"}},
            "generation.mismatch: the copy has whole weights, and fsdp2",
        ),
        (
            {"generation__mismatch": {"weight_sync_steps": 3}},
            "checkpoints.save_steps: the sampler's weights are updated every 3",
        ),
        (
            {"generation__mismatch": {}, "algorithm__loss_type": "vespo"},
            "generation.mismatch.importance_sampling_mode: vespo",
        ),
        (
            {"generation__vllm": {}, "algorithm__loss_type": "vespo"},
            "generation.vllm.importance_sampling_mode: vespo",
        ),
        ({"generation__num_generations": 3}, "generation.num_generations: 3 does not divide"),
        (
            {
                "generation__num_generations": 16,
                "techniques__dynamic_sampling": {},
                "launch": {"nproc": 2, "strategy": "ddp"},
            },
            "techniques.dynamic_sampling: 16 completions",
        ),
        ({"launch__nproc": 2}, "launch.strategy: single is one process"),
        ({"launch__strategy": "ddp"}, "launch.nproc: ddp is for several"),
        ({"launch": {"nproc": 2, "strategy": "fsdp2", "device": "cpu"}}, "launch.device: fsdp2 needs GPUs"),
        ({"launch__device": "cpu"}, "training.precision"),
        ({"checkpoints__save_steps": 3, "training__num_iterations": 2}, "checkpoints.save_steps"),
    ],
)
def test_contradictions_are_errors_that_say_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(changed(**changes))
    assert any(line.startswith(said) for line in str(caught.value).splitlines()), str(caught.value)
