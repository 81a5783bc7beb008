"""Launch as many processes as the file says, and verify that they train together.

Launchers fall back in silence: `accelerate launch --cpu --num_processes 2` runs one process, an FSDP
configuration on a CPU becomes DDP, DeepSpeed is switched off by `use_cpu`. A run that is not what its file
asked for is stopped before the first step. Left out: starting nodes, which the cluster does; see
`docs/trainers/grpo.md`.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rewards.messages import did_you_mean
from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = [
    "check_count",
    "check_packages",
    "check_started",
    "check_world",
    "launch_command",
    "started",
    "strategy_arguments",
    "strategy_faults",
]

KINDS = {
    "single": ("NO",),
    "ddp": ("MULTI_GPU", "MULTI_CPU", "MULTI_XPU", "MULTI_NPU"),
    "fsdp2": ("FSDP",),
    "zero2": ("DEEPSPEED",),
    "zero3": ("DEEPSPEED",),
}
"""Accelerate's names for each strategy."""


def started() -> bool:
    """Return True if a launcher started this process as one of several."""
    return "LOCAL_RANK" in os.environ and "WORLD_SIZE" in os.environ


def launch_command(config: TrainConfig, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs `touchstone train` with these arguments in every process of this node."""
    launch = config.launch
    rendezvous = ["--standalone"]
    if launch.nodes > 1:
        missing = [name for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK") if name not in os.environ]
        if missing:
            message = f"launch.nodes: for several nodes set {', '.join(missing)}, as examples/slurm does"
            raise ConfigError(message)
        # The first node is where they meet; torchrun's other ways go by its name, which need not be known.
        rendezvous = [
            f"--nnodes={launch.nodes}",
            f"--node_rank={os.environ['NODE_RANK']}",
            f"--master_addr={os.environ['MASTER_ADDR']}",
            f"--master_port={os.environ['MASTER_PORT']}",
        ]
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        *rendezvous,
        f"--nproc_per_node={launch.nproc}",
        "-m",
        "--",  # or torchrun takes our own --nproc for an abbreviation of its options
        "trainer_adapters.grpo",
        *arguments,
    ]


def strategy_arguments(config: TrainConfig) -> dict[str, Any]:
    """Return the fields of `GRPOConfig` that configure how processes share the model."""
    launch = config.launch
    if launch.strategy == "fsdp2":
        own = FSDP2 | ({"cpu_offload": True} if launch.offload else {})
        if launch.fsdp is not None:
            own = _own(launch.fsdp, "fsdp")
        # The norm of gradients that lie in the host's memory is reduced there, which NCCL cannot.
        backend = {"ddp_backend": "cuda:nccl,cpu:gloo"} if own.get("cpu_offload") else {}
        return {"fsdp": True, "fsdp_config": own, **backend}
    if launch.strategy in STAGES:
        if launch.deepspeed is not None:
            return {"deepspeed": _own(launch.deepspeed, "deepspeed")}
        return {"deepspeed": deepspeed(STAGES[launch.strategy], offload=launch.offload)}
    return {"ddp_backend": "gloo"} if launch.strategy == "ddp" and launch.device == "cpu" else {}


def strategy_faults(config: TrainConfig) -> Iterator[str]:
    """Yield one sentence for each reason why the strategy cannot be set up as the file says."""
    launch = config.launch
    strategy = launch.strategy
    given = {name: getattr(launch, name) for name in OWN if getattr(launch, name) is not None}
    if launch.offload is not None and strategy not in OFFLOADED_BY[launch.offload]:
        able = " or ".join(OFFLOADED_BY[launch.offload])
        yield f"launch.offload: {launch.offload} is for {able}, and the strategy is {strategy}"
    for name, value in given.items():
        if strategy not in OWN[name]:
            yield f"launch.{name}: it is for {' or '.join(OWN[name])}, and the strategy is {strategy}"
            continue
        if launch.offload is not None:
            yield f"launch.offload: write it in launch.{name}, which takes the place of our settings"
        try:
            own = _own(value, name)
        except ConfigError as error:
            yield str(error)
            continue
        yield from _deepspeed_faults(own, strategy) if name == "deepspeed" else _fsdp_faults(own)


def _deepspeed_faults(own: Mapping[str, Any], strategy: str) -> Iterator[str]:
    zero = own.get("zero_optimization")
    stage = zero.get("stage") if isinstance(zero, dict) else None
    if stage != STAGES[strategy]:
        yield (
            f"launch.deepspeed: zero_optimization.stage is {stage}, and launch.strategy {strategy} is stage "
            f"{STAGES[strategy]}"
        )


def _fsdp_faults(own: Mapping[str, Any]) -> Iterator[str]:
    if own.get("version", 2) != 2:  # noqa: PLR2004
        yield f"launch.fsdp: version is {own['version']}, and launch.strategy fsdp2 is version 2"
    for name in sorted(own.keys() - FSDP2_READ):
        yield f"launch.fsdp: nothing reads {name}{did_you_mean(name, sorted(FSDP2_READ))}"


def _own(given: Path | dict[str, Any], name: str) -> dict[str, Any]:
    """Return the content of the user's own configuration.

    Raises:
        ConfigError: the file cannot be read, or is no JSON object.
    """
    try:
        found = json.loads(given.read_bytes()) if isinstance(given, Path) else given
    except (OSError, ValueError, RecursionError) as error:
        message = f"launch.{name}: {given} cannot be read: {' '.join(str(error).split())}"
        raise ConfigError(message) from error
    if not isinstance(found, dict):
        message = f"launch.{name}: {given} holds no JSON object"
        raise ConfigError(message)
    return {key.removeprefix("fsdp_"): value for key, value in found.items()} if name == "fsdp" else found


STAGES = {"zero2": 2, "zero3": 3}

OFFLOADED_BY = {"optimizer": ("zero2", "zero3"), "parameters": ("zero3", "fsdp2")}

OWN = {"deepspeed": ("zero2", "zero3"), "fsdp": ("fsdp2",)}
"""Settings that take a whole configuration, and the strategies that it is for."""

FSDP2_READ = frozenset(
    {
        "activation_checkpointing",
        "auto_wrap_policy",
        "cpu_offload",
        "cpu_ram_efficient_loading",
        "min_num_params",
        "reshard_after_forward",
        "state_dict_type",
        "transformer_layer_cls_to_wrap",
        "version",
    }
)
"""Settings of `fsdp_config` that transformers reads for FSDP2; it ignores any other one in silence."""


FSDP2 = {
    "version": 2,
    "reshard_after_forward": True,
    "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "state_dict_type": "SHARDED_STATE_DICT",
    "cpu_ram_efficient_loading": True,
}


def deepspeed(stage: int, *, offload: str | None = None) -> dict[str, Any]:
    """Return DeepSpeed's configuration for a ZeRO stage; sizes and rates are TRL's."""
    zero: dict[str, Any] = {"stage": stage, "overlap_comm": True, "contiguous_gradients": True}
    host = {"device": "cpu", "pin_memory": True}
    if offload is not None:
        zero["offload_optimizer"] = host
    if offload == "parameters":
        zero["offload_param"] = host
    if stage == 3:  # noqa: PLR2004
        zero |= {"stage3_gather_16bit_weights_on_model_save": True}
    return {
        "zero_optimization": zero,
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto"},
        "gradient_clipping": "auto",
        "gradient_accumulation_steps": "auto",
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
    }


def check_started(config: TrainConfig) -> None:
    """Raise unless the launcher started as many processes as the file asks for, before they connect.

    Raises:
        ConfigError: the requested and the actual setting differ.
    """
    _check_count(config, int(os.environ.get("WORLD_SIZE", "1")))
    check_packages(config)


def check_packages(config: TrainConfig) -> None:
    """Raise if the launch needs a package that is not installed.

    Raises:
        ConfigError: DeepSpeed is missing.
    """
    if config.launch.strategy in {"zero2", "zero3"} and find_spec("deepspeed") is None:
        message = f"launch.strategy: {config.launch.strategy} needs DeepSpeed; pip install deepspeed"
        raise ConfigError(message)


def check_count(config: TrainConfig) -> None:
    """Raise if accelerate is set up, and with another number of processes than the file asks for.

    Raises:
        ConfigError: the requested and the actual setting differ.
    """
    from accelerate import PartialState  # noqa: PLC0415  # it takes seconds

    if PartialState._shared_state:  # noqa: SLF001  # to ask it for its state would set it up
        _check_count(config, PartialState().num_processes)


def _check_count(config: TrainConfig, found: int) -> None:
    if config.world_size != found:
        message = (
            f"launch: the file asks for {config.world_size} processes and {found} train together; a launcher "
            "fell back in silence, or was given another number. Start it with `touchstone train --nproc`, or "
            "torchrun"
        )
        raise ConfigError(message)


def check_world(config: TrainConfig, accelerator: Any) -> None:  # noqa: ANN401  # accelerate's Accelerator
    """Raise unless the processes and the strategy of the run are those of its file.

    Raises:
        ConfigError: the requested and the actual setting differ.
    """
    _check_count(config, accelerator.num_processes)
    found_type = accelerator.distributed_type
    kind = str(getattr(found_type, "value", found_type)).removeprefix("DistributedType.")
    strategy = config.launch.strategy
    if kind not in KINDS[strategy]:
        message = f"launch.strategy: the file asks for {strategy} and accelerate set up {kind}"
        raise ConfigError(message)
    if strategy == "fsdp2" and not getattr(accelerator, "is_fsdp2", False):
        message = "launch.strategy: the file asks for fsdp2 and accelerate set up FSDP 1"
        raise ConfigError(message)
    plugin = accelerator.state.deepspeed_plugin if kind == "DEEPSPEED" else None
    if plugin is not None and f"zero{plugin.zero_stage}" != strategy:
        message = (
            f"launch.strategy: the file asks for {strategy} and DeepSpeed runs stage {plugin.zero_stage}"
        )
        raise ConfigError(message)
