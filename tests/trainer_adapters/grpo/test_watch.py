"""What a run leaves behind, and what alarms do to it."""

from __future__ import annotations

import importlib.util
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from rich.console import Console
from tiny_grpo import tiny_config
from transformers import TrainerControl, TrainerState, TrainingArguments

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch.dashboard import Dashboard, table
from trainer_adapters.grpo.watch.log import read_log
from trainer_adapters.grpo.watch.measures import batch_measures, text_measures, token_measures
from trainer_adapters.grpo.watch.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_a_run_with_alarms_its_log_and_its_report(made: Path, tmp_path: Path) -> None:
    always: dict[str, Any] = {
        "entropy_explosion": {"action": "off"},
        "entropy_collapse": {"threshold": 100.0, "patience": 2, "action": "lower_rate"},
        "unlikely": {"threshold": 0.0, "patience": 3, "action": "stop"},
    }
    changes = {
        "watch": always,
        "training.max_steps": 6,
        "training.lr_scheduler_type": "constant",
        "logging.report": True,
        "logging.dashboard": True,
        "checkpoints.output_dir": str(tmp_path),
    }
    trainer = build_trainer(tiny_config(made, changes))
    trainer.train()
    lines = read_log(tmp_path / "log.jsonl")
    alarms = {line["alarm"]: line for line in lines if "alarm" in line}
    assert (alarms["entropy_collapse"]["step"], alarms["unlikely"]["step"]) == (2, 3)
    steps = [line for line in lines if "reward" in line]
    assert [line["step"] for line in steps] == [1, 2, 3]  # it stopped
    assert [line["learning_rate"] for line in steps] == [1e-3, 1e-3, 5e-4]
    assert steps[0]["recipe_digest"] == trainer.recipe.digest
    page = (tmp_path / "report.html").read_text("utf-8")
    assert ("<svg" in page) == (importlib.util.find_spec("matplotlib") is not None)
    assert "hardly varies" in page
    assert "3 logged steps" in page
    assert not re.search("<script|https?://(?!www.w3.org|purl.org|creativecommons.org|matplotlib.org)", page)


@pytest.mark.parametrize(("changes", "heard"), [({}, False), ({"action": "log"}, True)])
def test_the_alarm_that_is_not_calibrated_is_heard_only_where_it_is_asked_for(
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


def test_measures_of_a_batch() -> None:
    nan = torch.nan
    right = torch.tensor([1, 1, 0, 0, 1, 0, nan, nan, 1, nan])
    rewards = torch.tensor([1, 1, 0, 0.1, 1, 0, nan, nan, 1, nan])
    found = batch_measures(rewards, right, torch.arange(10), 2)
    expected = {"all_right": 2 / 5, "all_wrong": 1 / 5, "informative": 1 / 5, "zero_std": 3 / 5}
    assert {name: found[f"groups/{name}"] for name in expected} == pytest.approx(expected)
    assert found["not_judged"] == pytest.approx(0.3)
    assert found["accuracy"] == pytest.approx(4 / 7)
    assert found["length/p95"] == pytest.approx(np.quantile(np.arange(10), 0.95))


def test_measures_of_tokens_and_texts() -> None:
    logps = torch.tensor([[-1.0, -3.0], [-5.0, 9.0], [-1.0, -1.0]])
    mask = torch.tensor([[1, 1], [1, 0], [0, 0]])
    found = token_measures(logps, mask, torch.tensor([1.0, 1.0, 1.0]), lambda one: one)
    assert found == pytest.approx({"logprob": -3.0, "gibberish": 0.5})
    assert token_measures(logps, mask * 0, torch.ones(3), lambda one: one) == {}
    texts = text_measures([[1] * 15, list(range(15))], ["all English", "half 一半 and half 中文 mixed"])
    assert texts == pytest.approx({"repetition": 0.5 * 7 / 8, "mixing": 0.5})
