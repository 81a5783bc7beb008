"""A file called rewards.py beside a training script hides our package; what fails then says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import rewards


def test_a_file_that_hides_our_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "rewards.py").write_text("def my_reward(completions): return [0.0] * len(completions)\n")
    (tmp_path / "train.py").write_text("from trainer_adapters.trl import reward_funcs\n")
    environ = {**os.environ, "PYTHONPATH": str(Path(rewards.__file__).parent.parent)}
    command = [sys.executable, str(tmp_path / "train.py")]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    told = ran.stderr.splitlines()[-1]
    hiding = tmp_path / "rewards.py"
    assert (
        told == f"ImportError: {hiding} hides Touchstone's own package `rewards`; give the file another name"
    )
