"""Offloading, and one's own DeepSpeed and FSDP configurations: accelerate reads them, or they are refused."""

from __future__ import annotations

import inspect
import json
import os
import re
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from accelerate.utils.deepspeed import HfDeepSpeedConfig
from grpo_processes import TWO
from tiny_grpo import tiny_config
from transformers.integrations import deepspeed as integration
from trl import GRPOConfig

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import FSDP2_READ, strategy_arguments
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.run import build_arguments

if TYPE_CHECKING:
    from pathlib import Path

    from trainer_adapters.grpo.schema import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

GPU = {"launch.device": "auto", "training.precision": "bf16"}


def sharing(made: Path, strategy: str, **launch: Any) -> TrainConfig:
    section = {"strategy": strategy, "nproc": 2, "device": "auto", **launch}
    return tiny_config(made, {**TWO, **GPU, "launch": section})


@pytest.mark.parametrize(
    ("strategy", "offload", "optimizer", "parameters"),
    [
        ("zero2", None, None, None),
        ("zero2", "optimizer", "cpu", None),
        ("zero3", "optimizer", "cpu", None),
        ("zero3", "parameters", "cpu", "cpu"),
    ],
)
def test_offload_is_in_what_deepspeed_reads(
    made: Path, strategy: str, offload: str | None, optimizer: str | None, parameters: str | None
) -> None:
    """Accelerate's own reader of DeepSpeed's configuration says where the state is to lie."""
    found = HfDeepSpeedConfig(strategy_arguments(sharing(made, strategy, offload=offload))["deepspeed"])
    assert found.is_zero2() == (strategy == "zero2")
    assert found.is_offload() == (offload is not None)
    assert found.get_value("zero_optimization.offload_optimizer.device") == optimizer
    assert found.get_value("zero_optimization.offload_param.device") == parameters


def plugin_arguments(config: TrainConfig) -> tuple[dict[str, Any], GRPOConfig]:
    """What transformers makes of a configuration for accelerate's plugin."""
    with mock.patch.dict(os.environ):
        given = {**strategy_arguments(config), "output_dir": "o", "bf16": False, "report_to": "none"}
        backend = given.pop("ddp_backend", None)
        found = GRPOConfig(**given, use_cpu=True)
        found.ddp_backend = backend
        return dict(found.fsdp_plugin_args), found


@pytest.mark.parametrize("given", [{"offload": "parameters"}, {"fsdp": {"fsdp_cpu_offload": True}}])
def test_offload_is_in_what_fsdp_reads(made: Path, given: dict[str, Any]) -> None:
    assert "cpu_offload" not in plugin_arguments(sharing(made, "fsdp2"))[0]
    offloaded, arguments = plugin_arguments(sharing(made, "fsdp2", **given))
    assert offloaded["cpu_offload"] is True
    assert arguments.ddp_backend == "cuda:nccl,cpu:gloo"


def test_own_configurations_arrive_whole(made: Path, tmp_path: Path) -> None:
    own = {"zero_optimization": {"stage": 3, "offload_param": {"device": "nvme"}}, "zero_allow_untested": 1}
    (tmp_path / "ds.json").write_text(json.dumps(own), "utf-8")
    for given in (own, str(tmp_path / "ds.json")):
        found = strategy_arguments(sharing(made, "zero3", deepspeed=given))["deepspeed"]
        assert found == own
        assert HfDeepSpeedConfig(found).get_value("zero_optimization.offload_param.device") == "nvme"
    mine = {"version": 2, "fsdp_reshard_after_forward": False, "activation_checkpointing": True}
    (tmp_path / "fsdp.json").write_text(json.dumps(mine), "utf-8")
    for given in (mine, str(tmp_path / "fsdp.json")):
        found = plugin_arguments(sharing(made, "fsdp2", fsdp=given))[0]
        assert (found["reshard_after_forward"], found["activation_checkpointing"]) == (False, True)


def test_settings_of_fsdp_that_are_known_are_those_that_transformers_reads() -> None:
    source = inspect.getsource(GRPOConfig._process_fsdp_args)
    before, _, version_1 = source.partition("# FSDP1")
    read = set(re.findall(r"self\.fsdp_config(?:\.get\(|\[)\"(\w+)\"", before))
    assert version_1
    assert {name for name in read if not name.startswith("xla")} == FSDP2_READ


@pytest.mark.parametrize(
    ("strategy", "launch", "said"),
    [
        ("ddp", {"offload": "optimizer"}, "launch.offload: optimizer is for zero2 or zero3"),
        ("fsdp2", {"offload": "optimizer"}, "launch.offload: optimizer is for zero2 or zero3"),
        ("zero2", {"offload": "parameters"}, "launch.offload: parameters is for zero3 or fsdp2"),
        ("zero2", {"offload": "disk"}, "launch.offload: Input should be 'optimizer' or 'parameters'"),
        ("ddp", {"deepspeed": {}}, "launch.deepspeed: it is for zero2 or zero3, and the strategy is ddp"),
        ("zero3", {"fsdp": {}}, "launch.fsdp: it is for fsdp2, and the strategy is zero3"),
        ("zero3", {"deepspeed": {}}, "launch.deepspeed: zero_optimization.stage is None, and launch.strat"),
        (
            "zero3",
            {"deepspeed": {"zero_optimization": {"stage": 2}}},
            "launch.deepspeed: zero_optimizati",
        ),
        (
            "zero3",
            {"deepspeed": {"zero_optimization": []}},
            "launch.deepspeed: zero_optimization.stage is",
        ),
        ("zero2", {"deepspeed": "nowhere.json"}, "launch.deepspeed: nowhere.json cannot be read: "),
        (
            "fsdp2",
            {"fsdp": "broken.json"},
            "launch.fsdp: broken.json cannot be read: Expecting",
        ),
        ("fsdp2", {"fsdp": "list.json"}, "launch.fsdp: list.json holds no JSON object"),
        ("fsdp2", {"fsdp": {"version": 1}}, "launch.fsdp: version is 1, and launch.strategy fsdp2 is ver"),
        ("fsdp2", {"fsdp": {"offload_params": True}}, "launch.fsdp: nothing reads offload_params"),
        ("fsdp2", {"fsdp": {"fsdp_cpu_ofload": True}}, "reads cpu_ofload (did you mean 'cpu_offload'?)"),
        ("fsdp2", {"fsdp": {}, "offload": "parameters"}, "launch.offload: write it in launch.fsdp"),
    ],
)
def test_a_strategy_that_cannot_be_set_up_so_is_refused_by_one_line(
    made: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    strategy: str,
    launch: dict[str, Any],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{version: 2}", "utf-8")
    (tmp_path / "list.json").write_text("[2]", "utf-8")
    with pytest.raises(ConfigError) as caught:
        sharing(made, strategy, **launch)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


class Read(integration.HfTrainerDeepSpeedConfig, HfDeepSpeedConfig):
    """Transformers' reader on accelerate's, as it is where DeepSpeed is installed."""


class WithoutDeepSpeed(GRPOConfig):
    """TRL's configuration, read by transformers as with DeepSpeed, whose package need not be here."""

    def __post_init__(self) -> None:
        given, self.deepspeed = self.deepspeed, None
        super().__post_init__()
        self.hf_deepspeed_config = Read(given)
        self.hf_deepspeed_config.trainer_config_process(self)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, None),
        ({"train_micro_batch_size_per_gpu": "auto", "gradient_clipping": 1.0}, None),
        (
            {"train_micro_batch_size_per_gpu": 3},
            "train_micro_batch_size_per_gpu=3 vs hf per_device",
        ),
        ({"gradient_clipping": 0.2}, "gradient_clipping=0.2 vs hf max_grad_norm=1.0"),
        ({"bf16": {"enabled": True}}, "bf16.enabled=True vs hf "),
    ],
)
def test_a_deepspeed_file_that_contradicts_the_other_sections_is_refused_before_the_model_is_loaded(
    made: Path, monkeypatch: pytest.MonkeyPatch, own: dict[str, Any], said: str | None
) -> None:
    monkeypatch.setattr(integration, "dep_version_check", lambda *_: None)
    launch = {"strategy": "zero2", "nproc": 2, "deepspeed": {"zero_optimization": {"stage": 2}, **own}}
    config = tiny_config(made, {**TWO, "launch": launch})
    recipe = TrainedRecipe(config)
    if said is None:
        build_arguments(config, recipe, WithoutDeepSpeed)
        return
    with pytest.raises(ConfigError, match=r"launch\.deepspeed: it contradicts the other sections") as caught:
        build_arguments(config, recipe, WithoutDeepSpeed)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
