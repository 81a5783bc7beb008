"""One process of a run under FSDP2 or ZeRO without GPUs; like `grpo_ranks.py`, and the policy is saved.

accelerate calls processes on CPUs MULTI_CPU, and then leaves FSDP and DeepSpeed out in silence. Here it is
told that they are what it calls processes on GPUs, with gloo between them; all that follows is its own,
torch's and DeepSpeed's.

::

    torchrun --nproc_per_node 2 grpo_sharded.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from accelerate.state import DistributedType, PartialState
from tiny_grpo import tiny_config, with_told_completions
from torch.distributed.tensor import DTensor

from trainer_adapters.grpo.run import build_trainer, train

if TYPE_CHECKING:
    import torch

    from trainer_adapters.grpo.trainer import TouchstoneTrainer


def as_if_on_gpus(*_: object, **__: object) -> tuple[str, DistributedType]:
    """The backend, and what the processes are."""
    return "gloo", DistributedType.MULTI_GPU


def kept(trainer: TouchstoneTrainer) -> dict[str, int]:
    """How many numbers this process keeps: of the weights, and of those that its optimizer updates."""
    # ZeRO-3 leaves the parameter itself empty, and ZeRO updates a copy.
    weights = [getattr(one, "ds_tensor", one) for one in trainer.model.parameters()]
    zero = getattr(trainer.optimizer, "optimizer", None)
    for name in ("fp32_partitioned_groups_flat", "single_partition_of_fp32_groups"):
        if hasattr(zero, name):
            updated = list(getattr(zero, name))
            break
    else:
        updated = [one for group in trainer.optimizer.param_groups for one in group["params"]]
    return {"weights": numbers(weights), "updated": numbers(updated)}


def numbers(tensors: list[torch.Tensor]) -> int:
    """How many there are in this process."""
    return sum((one.to_local() if isinstance(one, DTensor) else one).numel() for one in tensors)


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train and save, and print the logged steps and what the first process keeps, once."""
    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    setattr(PartialState, "_prepare_backend", as_if_on_gpus)  # noqa: B010  # its only switch
    told = bool(changes.pop("told", True))
    config = tiny_config(folder, changes)
    trainer = build_trainer(config)
    train(with_told_completions(trainer) if told else trainer, config)
    steps = [entry for entry in trainer.state.log_history if "reward" in entry]
    if trainer.accelerator.is_main_process:
        sys.stdout.write("RESULT " + json.dumps({"steps": steps, **kept(trainer)}) + "\n")
        sys.stdout.flush()
    trainer.accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
