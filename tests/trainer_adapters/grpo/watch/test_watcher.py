"""Alarms as they are heard over a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config
from transformers import TrainerControl, TrainerState, TrainingArguments

from trainer_adapters.grpo.watch.log import read_log
from trainer_adapters.grpo.watch.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


@pytest.mark.parametrize(("changes", "heard"), [({}, False), ({"action": "log"}, True)])
def test_watcher_hears_the_uncalibrated_alarm_only_where_asked(
    made: Path, tmp_path: Path, changes: dict[str, Any], *, heard: bool
) -> None:
    """On healthy runs: a good base whose reward does not move, and whose lengths grow slowly."""
    watch = {"reward_before_length": changes} if changes else {}
    watcher = Watcher(tiny_config(made, {"watch": watch, "checkpoints.output_dir": str(tmp_path)}))
    arguments = TrainingArguments(report_to="none", use_cpu=True, bf16=False)
    state, noise = TrainerState(is_world_process_zero=True), np.random.default_rng(0)
    for step in range(1, 201):
        state.global_step = step
        reward, length = 0.6 + 0.03 * noise.standard_normal(), 400 + 0.5 * step
        logs = {"loss": 0.0, "reward": reward, "length/mean": length}
        watcher.on_log(arguments, state, TrainerControl(), logs=logs)
    alarms = {line["alarm"] for line in read_log(tmp_path / "log.jsonl")}
    assert alarms == ({"reward_before_length"} if heard else set())
