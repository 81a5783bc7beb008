"""Each preset trains, as it is but for the sizes of the model, the batches and the completions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config, with_told_completions

from trainer_adapters.grpo.reading import preset_names, read_config
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

NOTED = {
    "dppo": "dppo/stopped",
    "scale-rl": "cispo_clip_ratio",
    "reinforce++": "kl_in_reward",
    "dapo": "dynamic_sampling/rounds",
}
"""A figure that only a run by the preset logs."""


@pytest.mark.parametrize("preset", preset_names())
def test_a_preset_trains(preset: str, made: Path, tmp_path: Path) -> None:
    tiny = tiny_config(made).model_dump(mode="json", include={"model", "data", "launch", "logging"})
    config = read_config(
        {
            **tiny,
            "preset": preset,
            "reward": {} if preset in {"dapo", "light-r1", "max-rl"} else {"recipe": "boxed"},
            "generation": {"num_generations": 4, "max_completion_length": 12},
            "training": {"precision": "fp32", "prompts_per_generation": 16, "max_steps": 18},
            "checkpoints": {"output_dir": str(tmp_path)},
        }
    )
    trainer = with_told_completions(build_trainer(config))
    before = [one.detach().clone() for one in trainer.model.parameters()]
    trainer.train()
    steps = [entry for entry in trainer.state.log_history if "grad_norm" in entry]
    assert len(steps) == 18
    assert all(math.isfinite(entry["loss"]) and math.isfinite(entry["grad_norm"]) for entry in steps)
    assert any(entry["grad_norm"] > 0 for entry in steps)
    assert any(not torch.equal(*pair) for pair in zip(before, trainer.model.parameters(), strict=True))
    assert any(NOTED.get(preset, "reward") in entry for entry in steps)
