"""One process of a run under FSDP2 without GPUs; like `grpo_ranks.py`, and the policy is saved.

accelerate calls processes on CPUs MULTI_CPU and then leaves FSDP out in silence. Here it is told that they
are what it calls processes on GPUs, with gloo between them; all that follows is its own and torch's.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from accelerate.state import DistributedType, PartialState
from tiny_grpo import tiny_config, with_told_completions
from torch.distributed.tensor import DTensor

from trainer_adapters.grpo.run import made_trainer, trained


def as_if_on_gpus(*_: object, **__: object) -> tuple[str, DistributedType]:
    """The backend, and what the processes are."""
    return "gloo", DistributedType.MULTI_GPU


def main(folder: Path, changes: dict[str, object]) -> None:
    """Train and save, and print the logged steps and how many parameters are sharded, once."""
    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    setattr(PartialState, "_prepare_backend", as_if_on_gpus)  # noqa: B010  # its only switch
    config = tiny_config(folder, changes)
    trainer = trained(with_told_completions(made_trainer(config)), config)
    found = {
        "steps": [entry for entry in trainer.state.log_history if "reward" in entry],
        "sharded": sum(isinstance(one, DTensor) for one in trainer.model.parameters()),
    }
    if trainer.accelerator.is_main_process:
        sys.stdout.write("RESULT " + json.dumps(found) + "\n")
        sys.stdout.flush()
    trainer.accelerator.end_training()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
