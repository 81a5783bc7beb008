"""Acting on alarms: a line in the log, a lower learning rate, or the end of the run."""

from __future__ import annotations

import dataclasses
import json
import logging
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback
from transformers.trainer_callback import ExportableState

from trainer_adapters.grpo.watch.alarms import ALARMS
from trainer_adapters.grpo.watch.log import NAME, plain

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.config import TrainConfig

__all__ = ["Watcher"]

logger = logging.getLogger(__name__)

QUIET = 50
"""Optimizer steps for which an alarm that has fired is not heard again."""

LOWERED = 0.5
"""What `lower_rate` multiplies the learning rate with."""


class Watcher(TrainerCallback, ExportableState):
    """Looks at every logged step, and does what the file says when an alarm fires.

    Every process sees the same metrics and so does the same. The alarms are written by the first. What a run
    that goes on has to know of the steps before is in its checkpoint, in the trainer's state: the metrics in
    its history, and here which alarms were heard.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._path = config.checkpoints.output_dir / NAME
        self._write = config.logging.jsonl
        changed = config.watch
        self._alarms = [
            dataclasses.replace(one, **changed[one.name].model_dump(exclude_none=True))
            if one.name in changed
            else one
            for one in ALARMS
        ]
        self._lines: list[dict[str, Any]] = []
        self._heard: dict[str, int] = {}

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        # Checkpoints of a run that had no such state lack the entry, which transformers needs for the next.
        before = state.stateful_callbacks.setdefault(type(self).__name__, self.state())
        self._heard = dict(before["attributes"]["heard"]) if state.global_step else {}
        self._lines = [plain(entry) for entry in state.log_history if "reward" in entry]

    def state(self) -> dict[str, Any]:
        """What checkpoints keep: the step at which each alarm was heard last."""
        return {"args": {}, "attributes": {"heard": dict(self._heard)}}

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not logs or "reward" not in logs:
            return
        self._lines.append(plain(logs))
        step = state.global_step
        for alarm in self._alarms:
            heard = self._heard.get(alarm.name)
            if (
                alarm.action == "off"
                or (heard is not None and step - heard < QUIET)
                or not alarm.fires(self._lines)
            ):
                continue
            self._heard[alarm.name] = step
            if alarm.action == "stop":
                control.should_training_stop = True
            elif alarm.action == "lower_rate":
                _lower(kwargs["lr_scheduler"])
            if state.is_world_process_zero:
                logger.warning("step %d: %s (%s): %s", step, alarm.name, alarm.action, alarm.says)
                self._note({"step": step, "alarm": alarm.name, "action": alarm.action, "says": alarm.says})

    def _note(self, line: dict[str, Any]) -> None:
        if self._write:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")


def _lower(scheduler: Any) -> None:
    inner = getattr(scheduler, "scheduler", scheduler)  # accelerate wraps it
    inner.base_lrs = [rate * LOWERED for rate in inner.base_lrs]
    inner._last_lr = [rate * LOWERED for rate in inner._last_lr]  # noqa: SLF001  # what the log reads
    for group in inner.optimizer.param_groups:
        group["lr"] *= LOWERED
