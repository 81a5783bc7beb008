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


@pytest.mark.parametrize(
    ("changes", "heard"),
    [
        ({}, {"repetition"}),
        ({"repetition": {"action": "off"}}, set()),
        ({"repetition": {"threshold": 0.5}}, set()),
    ],
)
def test_watcher_hears_what_the_file_asks_for_and_advises_what_is_not_on(
    made: Path, tmp_path: Path, changes: dict[str, Any], heard: set[str]
) -> None:
    """On a run that repeats itself, with a reward that does not move and lengths that grow slowly."""
    watch = changes
    watcher = Watcher(
        tiny_config(made, {"watch": watch, "checkpoints.output_dir": str(tmp_path)}), {"ngram_repetition"}
    )
    arguments = TrainingArguments(report_to="none", use_cpu=True, bf16=False)
    state, noise = TrainerState(is_world_process_zero=True), np.random.default_rng(0)
    for step in range(1, 201):
        state.global_step = step
        reward, length = 0.6 + 0.03 * noise.standard_normal(), 400 + 0.5 * step
        logs = {"loss": 0.0, "grad_norm": 0.1, "repetition": 0.4, "reward": reward, "length/mean": length}
        watcher.on_log(arguments, state, TrainerControl(), logs=logs)
    told = read_log(tmp_path / "log.jsonl")
    assert {line["alarm"] for line in told} == heard
    assert all("ngram_repetition is too weak" in line["says"] for line in told)
    assert not any("Add ngram_repetition" in line["says"] for line in told)
