"""The table of a run in a terminal."""

from __future__ import annotations

import io

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from rich.console import Console
from transformers import TrainerControl, TrainerState, TrainingArguments

from trainer_adapters.grpo.watch.dashboard import Dashboard, table

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_the_table_shows_the_last_steps() -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(table([(1, {"reward": 0.5, "length/mean": 12.0}), (2, {"reward": 0.75})], 10))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "step 2 of 10" in said
    assert "0.75" in said


def test_the_table_in_a_terminal_ends_with_the_last_step() -> None:
    console = Console(file=io.StringIO(), width=160, force_terminal=True)
    shown, control = Dashboard(console), TrainerControl()
    arguments = TrainingArguments(report_to="none", use_cpu=True, bf16=False)
    state = TrainerState(max_steps=40)
    shown.on_train_begin(arguments, state, control)
    for step in range(1, 41):
        state.global_step = step
        shown.on_log(arguments, state, control, logs={"reward": step / 100})
    shown.on_train_end(arguments, state, control)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    last = said[said.rindex("step 40 of 40") :]
    assert [number for number in ("0.25", "0.26", "0.4") if number in last] == ["0.26", "0.4"]  # 15 rows
