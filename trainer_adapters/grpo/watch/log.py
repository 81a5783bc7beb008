"""The log of a run: one JSON object per line and logged step.

JSON has no NaN and no infinity, so these stand there as the strings "NaN", "Infinity" and "-Infinity" (as in
protobuf's mapping to JSON), which `float` reads in Python; :func:`read_log` gives numbers again.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["NAME", "SAMPLED", "JsonLog", "append", "numeric_metrics", "of_the_sampled", "read_log"]

NAME = "log.jsonl"

SAMPLED = "sampled/"
"""Begins the name of a figure of all that was sampled, where not all of it is trained on."""

OF_THE_BATCH = frozenset({"groups/zero_std"})
"""Figures that say whether the batch has a gradient, which what was discarded does not change."""

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""Strings of the log for the numbers that JSON lacks."""


class JsonLog(TrainerCallback):
    """Write `log.jsonl`: the metrics of each logged step, and the digest of the recipe that scored it.

    A resumed run first drops the lines of steps that it will repeat.
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
        shortened.write_text("".join(map(_json_line, kept)), "utf-8")
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
        append(self._path, {"step": state.global_step, **numeric_metrics(logs), **self._recipe(logs)})

    def _recipe(self, logs: dict[str, Any]) -> dict[str, str]:
        return {"recipe_digest": self._digest()} if "reward" in logs else {}


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Append a line, to a new file if there is none."""
    try:
        stream = path.open("a", encoding="utf-8")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a", encoding="utf-8")
    with stream:
        stream.write(_json_line(line))


def _json_line(line: Mapping[str, Any]) -> str:
    named = {
        name: _name_of(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in line.items()
    }
    return json.dumps(named, allow_nan=False) + "\n"


def _name_of(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a log, except those that a kill or a full disk cut short."""
    lines = []
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                found = json.loads(line)
            except json.JSONDecodeError:
                continue
            lines.append({name: _parsed_number(value) for name, value in found.items()})
    return lines


def _parsed_number(value: Any) -> Any:
    return NOT_FINITE.get(value, value) if isinstance(value, str) else value


def numeric_metrics(logs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metrics that are numbers; transformers formats some of them as text for printing."""
    found = {}
    for name, value in logs.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            continue
        found[name] = value if isinstance(value, (int, float)) else number
    return found


def of_the_sampled(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line whose figures are those of all that was sampled, where it has them.

    Dynamic sampling trains on a choice of groups, which hides what the policy does.
    """
    found = dict(line)
    for name, value in line.items():
        if (own := name.removeprefix(SAMPLED)) != name and own not in OF_THE_BATCH:
            found[own] = value
    return found
