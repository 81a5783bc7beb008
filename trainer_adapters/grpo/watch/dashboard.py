"""A live table in a terminal; one short line a logged step where there is none."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from transformers import TrainerCallback

if TYPE_CHECKING:
    from transformers import TrainerControl, TrainerState, TrainingArguments

__all__ = ["Dashboard", "table"]

SHOWN = (
    "reward",
    "accuracy",
    "length/mean",
    "entropy",
    "logprob",
    "groups/informative",
    "completions/clipped_ratio",
    "not_judged",
    "grad_norm",
    "learning_rate",
    "step_time",
)
ROWS = 15


class Dashboard(TrainerCallback):
    """Shows the last logged steps."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._lines: list[tuple[int, dict[str, Any]]] = []
        self._live: Live | None = None

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
        self._lines = [*self._lines, (state.global_step, dict(logs))][-ROWS:]
        if self._live is not None:
            self._live.update(table(self._lines, state.max_steps), refresh=True)
        else:
            shown = ", ".join(f"{name} {_number(logs[name])}" for name in SHOWN[:5] if name in logs)
            self._console.print(f"step {state.global_step}/{state.max_steps}: {shown}", highlight=False)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


def table(lines: list[tuple[int, dict[str, Any]]], steps: int) -> Table:
    """The last logged steps, one a row."""
    found = Table(title=f"step {lines[-1][0]} of {steps}")
    names = [name for name in SHOWN if any(name in logs for _, logs in lines)]
    for name in ("step", *names):
        found.add_column(
            name.rpartition("/")[2] if name != "groups/informative" else "informative", justify="right"
        )
    for step, logs in lines:
        found.add_row(str(step), *(_number(logs.get(name)) for name in names))
    return found


def _number(value: object) -> str:
    return f"{float(value):.4g}" if isinstance(value, (int, float, str)) else ""
