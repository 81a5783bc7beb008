"""Length stages in a run: the window and the recipe that scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def steps(trainer: Any) -> list[dict[str, float]]:
    return [entry for entry in trainer.state.log_history if "reward" in entry]


def test_trainer_length_stages_change_the_window_and_the_recipe(made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "overlong.yaml"
    recipe.write_text("name: over\nversion: 1\nreward:\n  soft_overlong: {cache: 4}\n", "utf-8")
    stages = [{"from_step": 0, "max_completion_length": 5}, {"from_step": 2, "max_completion_length": 9}]
    changes = {"reward.recipe": str(recipe), "techniques.length_stages": stages, "training.max_steps": 4}
    config = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path / "out")})
    trainer = build_trainer(config)
    digests = []
    trainer.train()
    longest = [entry["completions/max_length"] for entry in steps(trainer)]
    assert longest[:2] == [5, 5]
    assert longest[2:] == [9, 9]
    for step in (0, 2):
        trainer.recipe.window_at(step)
        digests.append(trainer.recipe.digest)
    assert len(set(digests)) == 2
    assert [entry["window"] for entry in steps(trainer)] == [5, 5, 9, 9]
