"""Runs that are broken off: killed and begun again, and without their server for a while."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


import yaml
from running import eventually
from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import last_checkpoint, run
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[3]
KILLED = ROOT / "tests" / "support" / "grpo_killed.py"

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow, pytest.mark.timeout(1200)]

STEPS = 12


def rewards(out: Path) -> dict[int, float]:
    return {line["step"]: line["reward"] for line in read_log(out / "log.jsonl") if "reward" in line}


def test_last_checkpoint_is_not_one_that_was_cut_short(tmp_path: Path) -> None:
    for step in (2, 4):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-2" / "trainer_state.json").write_text("{}", "utf-8")
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert last_checkpoint(tmp_path / "nowhere") is None


def test_run_that_was_interrupted_goes_on_as_if_nothing_had_been(made: Path, tmp_path: Path) -> None:
    def settings(out: str) -> dict[str, Any]:
        changes = {
            "checkpoints.output_dir": str(tmp_path / out),
            "checkpoints.save_steps": 2,
            "checkpoints.save_total_limit": None,
            "training.max_steps": STEPS,  # more than one pass over the data
            "techniques.masking": {},
            "techniques.dynamic_sampling": {"filter_on": "total", "max_rounds": 1},
        }
        return tiny_config(made, changes).model_dump(mode="json", exclude={"preset"})

    def ended(out: str, *command: str) -> int:
        path = tmp_path / f"{out}.yaml"
        path.write_text(yaml.safe_dump(settings(out)), "utf-8")
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
        }
        done = subprocess.run(
            [sys.executable, *command, str(path)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        return done.returncode

    train = ("-c", "from rewards.cli.main import main; main()", "train")
    assert ended("whole", *train) == 0
    assert ended("killed", str(KILLED), "8") == -signal.SIGKILL
    assert last_checkpoint(tmp_path / "killed") == tmp_path / "killed" / "checkpoint-6"
    assert sorted(rewards(tmp_path / "killed")) == [1, 2, 3, 4, 5, 6, 7]
    assert ended("killed", *train) == 0
    assert rewards(tmp_path / "killed") == rewards(tmp_path / "whole")
    assert len(set(rewards(tmp_path / "whole").values())) > STEPS // 2


def test_run_loses_no_reward_to_a_server_that_is_gone_for_a_while(
    made: Path, tmp_path: Path, start_server: Callable[..., Any]
) -> None:
    recipe = str(made / "recipe.yaml")
    run(tiny_config(made, {"checkpoints.output_dir": str(tmp_path / "local"), "training.max_steps": 6}))
    # A port might be another's by the time that it is wanted again.
    server = start_server("--recipe", recipe, "--address", f"unix:{tmp_path}/server")
    remote = {
        "checkpoints.output_dir": str(tmp_path / "remote"),
        "training.max_steps": 6,
        "reward.server": [server.address],
    }

    def kill_and_restart() -> None:
        eventually(lambda: len(rewards(tmp_path / "remote")) >= 2, 600)
        server.stop(signal.SIGKILL)
        start_server("--recipe", recipe, "--address", server.address)

    meanwhile = threading.Thread(target=kill_and_restart)
    meanwhile.start()
    try:
        run(tiny_config(made, remote))
    finally:
        meanwhile.join()
    assert rewards(tmp_path / "remote") == rewards(tmp_path / "local")
