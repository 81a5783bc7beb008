"""A run whose weights or gradients are no finite numbers at one step, in one process or several.

::

    torchrun --nproc_per_node 2 grpo_poisoned.py FOLDER CHANGES.json
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import torch
from tiny_grpo import tiny_config, with_told_completions
from transformers import TrainerCallback

from trainer_adapters.grpo.run import build_trainer, train
from trainer_adapters.grpo.watch import StoppedError


class Poison(TrainerCallback):
    """Puts `value` in one place for the length of a step, and what was there back after it."""

    def __init__(self, place: str, value: float, *, step: int, restore: bool = False) -> None:
        self.place, self.value, self.step, self.restore = place, value, step, restore
        self.hook: Any = None
        self.kept: list[torch.Tensor] = []

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step != self.step - 1:
            return
        self.kept = [one.detach().clone() for one in kwargs["model"].parameters()]
        weight = next(iter(kwargs["model"].parameters()))
        if self.place == "weight":
            weight.data[7, 0] = self.value  # of a token that is told often
        else:
            self.hook = weight.register_hook(lambda gradient: torch.full_like(gradient, self.value))

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.hook is not None:
            self.hook.remove()
        if self.restore and self.kept:
            for weight, kept in zip(kwargs["model"].parameters(), self.kept, strict=True):
                weight.data.copy_(kept)
            kwargs["optimizer"].state.clear()
        self.hook, self.kept = None, []


def main(folder: Path, changes: dict[str, object]) -> None:
    """Poison the last process only, and let each print how it ended and its last step."""
    config = tiny_config(folder, changes)
    trainer = with_told_completions(build_trainer(config))
    rank, count = trainer.accelerator.process_index, trainer.accelerator.num_processes
    if rank == count - 1:
        trainer.add_callback(Poison("weight", math.nan, step=3))
    try:
        train(trainer, config)
    except StoppedError as error:
        ended = str(error)
    else:
        ended = ""
    sys.stdout.write(f"RESULT {json.dumps({'step': trainer.state.global_step, 'ended': ended})}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text("utf-8")))
