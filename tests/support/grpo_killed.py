"""`touchstone train FILE`, killed by the kernel between a checkpoint and the next.

::

    python grpo_killed.py STEP FILE
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from trainer_adapters.grpo.reading import read_config
from trainer_adapters.grpo.run import build_trainer, train

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments


class Killed(TrainerCallback):
    """Dies once a step has begun, as by `kill -9`."""

    def __init__(self, step: int) -> None:
        self._step = step

    def on_pre_optimizer_step(
        self,
        args: TrainingArguments,  # noqa: ARG002  # its caller's names
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **_: Any,  # noqa: ANN401
    ) -> None:
        """When the step's completions are sampled and scored, and its gradients are there."""
        if state.global_step + 1 == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def main(step: int, file: Path) -> None:
    """Train up to the step."""
    config = read_config(file)
    trainer = build_trainer(config)
    trainer.add_callback(Killed(step))
    train(trainer, config)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
