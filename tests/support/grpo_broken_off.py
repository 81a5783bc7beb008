"""A run that ends after a step, as if it had been killed once its checkpoint was written, and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["Break", "logged"]

MEASURED_BY_THE_CLOCK = ("runtime", "per_second", "step_time")


class Break(TrainerCallback):
    """Ends a run after a step."""

    def __init__(self, after: int) -> None:
        self._after = after

    def on_step_end(
        self,
        args: TrainingArguments,  # noqa: ARG002  # its caller's names
        state: TrainerState,
        control: TrainerControl,
        **kwargs: object,  # noqa: ARG002
    ) -> None:
        control.should_training_stop = state.global_step == self._after


def logged(config: TrainConfig) -> list[dict[str, Any]]:
    """The steps and alarms of its log, but for what the clock measures."""
    return [
        {name: value for name, value in line.items() if not any(one in name for one in MEASURED_BY_THE_CLOCK)}
        for line in read_log(config.checkpoints.output_dir / "log.jsonl")
        if "reward" in line or "alarm" in line
    ]
