"""What a run leaves behind, and what alarms do to it."""

from __future__ import annotations

import importlib.util
import re
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch.log import read_log

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
