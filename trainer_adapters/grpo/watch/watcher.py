"""Act on alarms: log a line, lower the learning rate, or end the run."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback
from transformers.trainer_callback import ExportableState

from trainer_adapters.grpo.watch.alarms import ALARMS
from trainer_adapters.grpo.watch.harmless import Harmless
from trainer_adapters.grpo.watch.log import NAME, append, numeric_metrics, of_the_sampled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.watch.alarms import Alarm

__all__ = ["Watcher"]

logger = logging.getLogger(__name__)

QUIET = 50
"""Optimizer steps for which an alarm stays silent after it has fired."""

LOWERED = 0.5
"""Factor that `lower_rate` applies to the learning rate."""


class Watcher(TrainerCallback, ExportableState):
    """Check every logged step, and take the configured action when an alarm fires.

    Every process sees the same metrics and so takes the same actions; the first one logs them. A resumed run
    restores earlier steps from the trainer's state in its checkpoint: the metrics from its history, and the
    alarms that fired from the state kept here.

    Attributes:
        stopped: the alarm that ended the run, if one did.

    Args:
        config: the training file.
        rewards: the names of the rewards in its recipe, for advice.
    """

    def __init__(self, config: TrainConfig, rewards: Collection[str] = ()) -> None:
        self._config = config
        self._rewards = rewards
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
        self._harmless = Harmless()
        self.stopped: Alarm | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        # Checkpoints of a run that had no such state lack the entry, which transformers needs for the next.
        before = state.stateful_callbacks.setdefault(type(self).__name__, self.state())
        self._heard = dict(before["attributes"]["heard"]) if state.global_step else {}
        self._lines = [_line(entry) for entry in state.log_history if _is_step(entry)]

    def state(self) -> dict[str, Any]:
        """Return the state for checkpoints: the step at which each alarm last fired."""
        return {"args": {}, "attributes": {"heard": dict(self._heard)}}

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not logs or not _is_step(logs):
            return
        self._lines.append(_line(logs))
        for alarm in self._alarms:
            with self._harmless(f"watch.{alarm.name}"):
                if self._is_due(alarm, state.global_step) and alarm.fires(self._lines):
                    self._heard[alarm.name] = state.global_step
                    self._act(alarm, control, kwargs)
                    self._tell(alarm, state)

    def _is_due(self, alarm: Alarm, step: int) -> bool:
        heard = self._heard.get(alarm.name)
        return alarm.action != "off" and (heard is None or step - heard >= QUIET)

    def _act(self, alarm: Alarm, control: TrainerControl, given: dict[str, Any]) -> None:
        if alarm.action == "stop":
            control.should_training_stop = True
            self.stopped = self.stopped or alarm
            if alarm.fatal:
                control.should_save = False  # a checkpoint of this step would be gone on from
        elif alarm.action == "lower_rate":
            _lower(given["lr_scheduler"])

    def _tell(self, alarm: Alarm, state: TrainerState) -> None:
        if not state.is_world_process_zero:
            return
        step = state.global_step
        says = alarm.explained(self._lines, self._config, self._rewards)
        logger.warning("step %d: %s (%s): %s", step, alarm.name, alarm.action, says)
        if self._write:
            line = {"step": step, "alarm": alarm.name, "action": alarm.action, "says": says}
            append(self._path, line)


def _line(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what alarms read of an entry: the figures of what the policy sampled, not of a choice of it."""
    return of_the_sampled(numeric_metrics(entry))


def _is_step(entry: Mapping[str, Any]) -> bool:
    """Return whether a step was logged; with partial rollouts the first process alone has the rewards."""
    return "reward" in entry or "loss" in entry


def _lower(scheduler: Any) -> None:
    inner = getattr(scheduler, "scheduler", scheduler)  # accelerate wraps it
    inner.base_lrs = [rate * LOWERED for rate in inner.base_lrs]
    inner._last_lr = [rate * LOWERED for rate in inner._last_lr]  # noqa: SLF001  # what the log reads
    for group in inner.optimizer.param_groups:
        group["lr"] *= LOWERED
