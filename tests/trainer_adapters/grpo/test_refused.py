"""Every field of TRL's configuration under `trl:`: it arrives with its value, or the file is refused."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from trl import GRPOConfig

from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import strategy_arguments
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.refused import NEEDS, SET_BY
from trainer_adapters.grpo.run import build_arguments

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

FIELDS = {field.name: field for field in dataclasses.fields(GRPOConfig) if field.init}

VALUES: dict[str, Any] = {
    "activation_checkpointing_kwargs": {"use_reentrant": False},
    "cache_implementation": "static",
    "dataloader_multiprocessing_context": "spawn",
    "dataloader_prefetch_factor": 3,
    "debug": "underflow_overflow",
    "generation_kwargs": {"length_penalty": 2.0},
    "gradient_checkpointing_kwargs": {"use_reentrant": False},
    "hub_strategy": "end",
    "liger_kernel_config": {"rope": False},
    "log_level": "info",
    "log_level_replica": "info",
    "lr_scheduler_kwargs": {"num_cycles": 2},
    "model_init_kwargs": {"initializer_range": 0.5},
    "optim": "sgd",
    "optim_target_modules": ["all"],
    "pad_to_multiple_of": 8,
    "tf32": False,
    "transformers_continuous_batching_config": {"block_size": 64},
}
"""Values that differ from the default and that TRL itself takes, where any other would be refused by it."""

BESIDE: dict[str, dict[str, Any]] = {
    "dataloader_persistent_workers": {"dataloader_num_workers": 1},
    "dataloader_prefetch_factor": {"dataloader_num_workers": 1},
    "hub_always_push": {"push_to_hub": True},
    "hub_model_id": {"push_to_hub": True},
    "hub_private_repo": {"push_to_hub": True},
    "hub_revision": {"push_to_hub": True},
    "hub_strategy": {"push_to_hub": True},
    "hub_token": {"push_to_hub": True},
}
"""Other fields that these go with."""

GPU = {"launch.device": "auto", "training.precision": "fp32"}

SERVER = {**GPU, "generation.vllm": {"mode": "server"}}

COMPLETIONS = {"logging.completions": True}

READ: dict[str, dict[str, Any]] = {
    "activation_checkpointing_kwargs": {"training.gradient_checkpointing": True},
    "cache_implementation": {},
    "ddp_backend": {**GPU, "launch.strategy": "ddp", "launch.nproc": 2},
    "ddp_broadcast_buffers": {"launch.strategy": "ddp", "launch.nproc": 2},
    "ddp_bucket_cap_mb": {"launch.strategy": "ddp", "launch.nproc": 2},
    "ddp_static_graph": {"launch.strategy": "ddp", "launch.nproc": 2},
    "ds3_gather_for_generation": {**GPU, "launch.strategy": "zero3", "launch.nproc": 2},
    "gradient_checkpointing_kwargs": {"training.gradient_checkpointing": True},
    **{name: {} for name in FIELDS if name.startswith("hub_")},
    "log_completions_hub_repo": COMPLETIONS,
    "log_unique_prompts": {**COMPLETIONS, "logging.wandb": True},
    "num_completions_to_print": COMPLETIONS,
    **{name: {"logging.trackers": ["trackio"]} for name in FIELDS if name.startswith("trackio_")},
    "project": {"logging.trackers": ["trackio"]},
    **{name: {"algorithm.loss_type": "sapo"} for name in FIELDS if name.startswith("sapo_")},
    "transformers_continuous_batching_config": {"generation.continuous_batching": True},
    "vllm_group_port": SERVER,
    "vllm_model_impl": SERVER,
    "vllm_server_host": SERVER,
    "vllm_server_port": SERVER,
    "vllm_structured_outputs_regex": SERVER,
    **{name: {"algorithm.loss_type": "vespo"} for name in FIELDS if name.startswith("vespo_")},
}
"""A run in which something reads the fields of which not every run has a use."""


def another(name: str) -> Any:
    """A value that is not the default."""
    if name in VALUES:
        return VALUES[name]
    field = FIELDS[name]
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    kind = str(field.type)
    if isinstance(default, bool) or (default is None and "bool" in kind):
        return not default
    if isinstance(default, (int, float)) or (default is None and ("int" in kind or "float" in kind)):
        return (default or 0) + 1
    return {"key": 1} if default is None and "dict" in kind else "another"


def settings(made: Path, out: Path, name: str, further: dict[str, Any]) -> Any:
    given = {**BESIDE.get(name, {}), name: another(name)}
    return tiny_config(made, {"checkpoints.output_dir": str(out), "trl": given, **further})


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_arrives_or_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    with mock.patch.dict(os.environ):  # some fields leave variables for accelerate
        try:
            config = settings(made, tmp_path, name, READ.get(name, {}))
        except ConfigError as error:
            assert name not in READ
            lines = str(error).splitlines()
            assert [line.partition(":")[0] for line in lines] == [f"trl.{name}"]
            assert len(lines[0]) > len(f"trl.{name}: ") + 10
            return
        if config.world_size > 1 or config.generation.vllm or config.training.precision != "fp32":
            # What TRL would be given: it wants GPUs, processes or a server to take it.
            arrived = {**trl_arguments(config), **strategy_arguments(config)}[name]
        else:
            arrived = getattr(build_arguments(config, TrainedRecipe(config), GRPOConfig), name)
    if name == "model_init_kwargs":
        arrived = {key: arrived[key] for key in another(name)}
    wanted = another(name)
    assert (arrived[0] if isinstance(arrived, list) and not isinstance(wanted, list) else arrived) == wanted


@pytest.mark.parametrize("name", sorted(READ.keys() - {"cache_implementation"} - BESIDE.keys()))
def test_a_field_that_this_run_has_no_use_for_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^trl\.{name}: "):
        settings(made, tmp_path, name, {})


def test_refused_fields_are_in_whole_tables(made: Path) -> None:
    assert set(NEEDS) == set(READ)
    config = tiny_config(made, {"generation.vllm": {"mode": "colocate"}})
    ours = trl_arguments(config)
    refused = []
    for name in ours:
        with pytest.raises(ConfigError, match=rf"^trl\.{name}: "):
            tiny_config(made, {"generation.vllm": {"mode": "colocate"}, "trl": {name: ours[name]}})
        refused.append(name)
    assert len(refused) > 50
    assert {SET_BY[name].partition(".")[0] for name in SET_BY} <= {
        *type(config).model_fields,
        "launch and training",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"model_init_kwargs": {"dtype": "bfloat16"}},
            "trl.model_init_kwargs.dtype: set model.dtype instead",
        ),
        (
            {"model_init_kwargs": {"attn_implementation": "eager"}},
            "trl.model_init_kwargs.attn_implementation: set",
        ),
        ({"model_init_kwargs": "{}"}, "trl.model_init_kwargs: write it as a mapping"),
        (
            {"generation_kwargs": {"temperature": 0.3}},
            "trl.generation_kwargs.temperature: set generation.temperature",
        ),
        (
            {"multi_objective_aggregation": "normalize_then_sum"},
            "trl.multi_objective_aggregation: set techniques.advantage.aggregation instead",
        ),
        ({"reward_weights": [0, 5]}, "trl.reward_weights: the weights of the terms stand in the recipe"),
        ({"fsdp_config": {"offload_params": True}}, "trl.fsdp_config: set launch.fsdp instead"),
        ({"deepspeed": "ds.json"}, "trl.deepspeed: set launch.deepspeed instead"),
        ({"report_to": "mlflow"}, "trl.report_to: set logging.trackers instead"),
        ({"eval_strategy": "steps", "eval_steps": 1}, "trl.eval_strategy: there is no evaluation"),
        ({"logging_nan_inf_filter": True}, "trl.logging_nan_inf_filter: a NaN is"),
    ],
)
def test_refused_fields_say_what_sets_them_or_why(made: Path, given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        tiny_config(made, {"trl": given})
    assert str(caught.value).startswith(said)
