"""Trackers of transformers: one that is named is told every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
pytest.importorskip("mlflow", reason="mlflow is not installed")

from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_run_tells_the_tracker_that_is_named(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path / 'mlflow'}")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run(tiny_config(made, {"logging.trackers": ["mlflow"], "checkpoints.output_dir": str(tmp_path / "out")}))
    (found,) = (tmp_path / "mlflow").rglob("metrics/reward")
    assert len(found.read_text("utf-8").splitlines()) == 3
