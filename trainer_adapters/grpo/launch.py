"""Launch as many processes as the file says, and verify that they train together.

Launchers fall back in silence: `accelerate launch --cpu --num_processes 2` runs one process, an FSDP
configuration on a CPU becomes DDP, DeepSpeed is switched off by `use_cpu`. A run that is not what its file
asked for is stopped before the first step. Left out: starting nodes, which the cluster does; see
`docs/trainers/grpo.md`.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["check_count", "check_started", "check_world", "launch_command", "started", "strategy_arguments"]

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
    strategy = config.launch.strategy
    if strategy == "fsdp2":
        return {"fsdp": True, "fsdp_config": FSDP2}
    if strategy in {"zero2", "zero3"}:
        return {"deepspeed": deepspeed(3 if strategy == "zero3" else 2)}
    return {"ddp_backend": "gloo"} if strategy == "ddp" and config.launch.device == "cpu" else {}


FSDP2 = {
    "version": 2,
    "reshard_after_forward": True,
    "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
    "state_dict_type": "SHARDED_STATE_DICT",
    "cpu_ram_efficient_loading": True,
}


def deepspeed(stage: int) -> dict[str, Any]:
    """Return DeepSpeed's configuration for a ZeRO stage; sizes and rates are TRL's."""
    zero: dict[str, Any] = {"stage": stage, "overlap_comm": True, "contiguous_gradients": True}
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
