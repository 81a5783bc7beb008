"""A live table in a terminal; one short line per logged step without one."""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.text import Text
from transformers import TrainerCallback

from trainer_adapters.grpo.watch.log import numeric_metrics

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

__all__ = ["Dashboard", "table"]

SHOWN = {
    "reward": "reward",
    "accuracy": "accuracy",
    "sampled/accuracy": "of sampled",
    "length/mean": "length",
    "entropy": "entropy",
    "logprob": "logprob",
    "loss": "loss",
    "groups/informative": "informative",
    "completions/clipped_ratio": "clipped",
    "not_judged": "unjudged",
    "grad_norm": "grad_norm",
    "learning_rate": "rate",
    "step_time": "seconds",
}
"""Metrics of the table with their headings, the most important ones first."""

SHORT = 5
"""Number of metrics on a line without a terminal."""

ROWS = 15

EVERY = 1.0
"""Min seconds between two drawings of the table."""


class Dashboard(TrainerCallback):
    """Show the last logged steps."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._lines: list[tuple[int, dict[str, Any]]] = []
        self._live: Live | None = None
        self._drawn = 0.0

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero and self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False)
            self._live.start()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not state.is_world_process_zero or not logs or "reward" not in logs:
            return
        logs = numeric_metrics(logs)
        self._lines = [*self._lines, (state.global_step, dict(logs))][-ROWS:]
        if self._live is not None:
            if time.monotonic() - self._drawn >= EVERY:
                self._draw(state)
        else:
            shown = ", ".join(f"{name} {_formatted(logs[name])}" for name in _in_short(logs))
            said = f"step {state.global_step}/{state.max_steps}: {shown}"
            self._console.print(said, highlight=False, soft_wrap=True)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self._live is not None:
            self._draw(state)
            self._live.stop()
            self._live = None

    def _draw(self, state: TrainerState) -> None:
        if self._live is not None and self._lines:
            self._live.update(table(self._lines, state.max_steps), refresh=True)
            self._drawn = time.monotonic()


def table(lines: list[tuple[int, dict[str, Any]]], steps: int) -> Text:
    """Return the last logged steps, one per row; columns beyond the terminal's width are cut off.

    It is laid out here, since rich takes tens of milliseconds for a table of this size.
    """
    names = [name for name in SHOWN if any(name in logs for _, logs in lines)]
    rows = [("step", *(SHOWN[name] for name in names))]
    rows += [(str(step), *(_formatted(logs.get(name)) for name in names)) for step, logs in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *shown = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    ]
    title = (f"step {lines[-1][0]} of {steps}\n", "italic")
    return Text.assemble(title, (head, "bold"), "\n", "\n".join(shown), no_wrap=True, overflow="crop")


def _in_short(logs: dict[str, Any]) -> list[str]:
    """Return the metrics of a line: the first ones of the table, and any that is not finite."""
    return [
        name
        for at, name in enumerate(SHOWN)
        if name in logs and (at < SHORT or not math.isfinite(logs[name]))
    ]


def _formatted(value: object) -> str:
    return f"{float(value):.4g}" if isinstance(value, (int, float, str)) else ""
