"""The log of a run: one JSON object a line, for every step that is logged."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.config import TrainConfig

__all__ = ["NAME", "JsonLog", "plain", "read_log"]

NAME = "log.jsonl"


class JsonLog(TrainerCallback):
    """Writes `log.jsonl`: the metrics of each logged step, and which recipe scored it.

    A run that goes on from a checkpoint first drops the lines of steps that it is going to do again.
    """

    def __init__(self, config: TrainConfig, digest: Callable[[], str]) -> None:
        self._digest = digest
        self._path = config.checkpoints.output_dir / NAME

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if not state.is_world_process_zero:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        kept = (
            [line for line in read_log(self._path) if line["step"] <= state.global_step]
            if state.global_step
            else []
        )
        shortened = self._path.with_suffix(".tmp")  # other processes may be reading it
        shortened.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        shortened.replace(self._path)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not state.is_world_process_zero or not logs:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"step": state.global_step, **plain(logs), **self._recipe(logs)}) + "\n")

    def _recipe(self, logs: dict[str, Any]) -> dict[str, str]:
        return {"recipe_digest": self._digest()} if "reward" in logs else {}


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, but for one that a kill cut short."""
    lines = []
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except json.JSONDecodeError:
                break
    return lines


def plain(logs: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics that are finite numbers; transformers formats some of them as text for printing."""
    found = {}
    for name, value in logs.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(number):
            found[name] = value if isinstance(value, (int, float)) else number
    return found
