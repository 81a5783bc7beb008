"""A run that goes on from a checkpoint does what it would have done: data, lengths, rates and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from tiny_grpo import RECIPE, tiny_config
from transformers import TrainerCallback

from trainer_adapters.grpo.run import build_trainer, last_checkpoint, run
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from pathlib import Path

    from trainer_adapters.grpo.schema import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

STEPS, BROKEN_OFF = 10, 8

MEASURED_BY_THE_CLOCK = ("runtime", "per_second", "step_time")


class Break(TrainerCallback):
    """Ends a run after a step, as if it had been killed once its checkpoint was written."""

    def __init__(self, after: int = BROKEN_OFF) -> None:
        self._after = after

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002  # its caller's names
        control.should_training_stop = state.global_step == self._after


def logged(config: TrainConfig) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in line.items() if not any(one in name for one in MEASURED_BY_THE_CLOCK)}
        for line in read_log(config.checkpoints.output_dir / "log.jsonl")
        if "reward" in line or "alarm" in line
    ]


def test_run_that_is_resumed_logs_what_the_whole_run_logs(made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "bound.yaml"
    recipe.write_text(RECIPE + "    - {soft_overlong: {cache: 4}, name: overlong}\n", "utf-8")
    changes: dict[str, Any] = {
        "reward.recipe": str(recipe),
        "data.limit": 12,  # six steps, so that the break comes in the second pass
        "training.max_steps": STEPS,
        "training.num_iterations": 2,
        "training.lr_scheduler_type": "linear",
        "training.warmup_steps": 3,
        "checkpoints.save_steps": BROKEN_OFF,
        "techniques.dynamic_sampling": {"max_rounds": 2},
        "techniques.length_stages": [
            {"from_step": 0, "max_completion_length": 8},
            {"from_step": 2, "max_completion_length": 10},
            {"from_step": 8, "max_completion_length": 12},
        ],
        # One that lowers the rate before the break, and one whose signs lie on both sides of it.
        "watch": {
            "no_signal": {"threshold": -1.0, "patience": 2, "action": "lower_rate"},
            "truncated": {"threshold": -1.0, "patience": 5, "action": "lower_rate"},
        },
    }
    whole = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path / "whole")})
    broken = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path / "broken")})
    run(whole)
    first = build_trainer(broken)
    first.add_callback(Break)
    first.train()
    assert last_checkpoint(tmp_path / "broken") == tmp_path / "broken" / f"checkpoint-{BROKEN_OFF}"
    run(broken)
    expected = logged(whole)
    assert logged(broken) == expected
    assert {line["step"] for line in expected if line.get("action") == "lower_rate"} == {3, 9}
    assert max(line.get("dynamic_sampling/rounds", 0) for line in expected if line["step"] > BROKEN_OFF) > 0
    assert len({line["recipe_digest"] for line in expected if "reward" in line}) > 1


def test_run_that_is_resumed_remembers_alarms_without_a_log(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changes: dict[str, Any] = {
        "logging.jsonl": False,
        "training.max_steps": 4,
        "training.lr_scheduler_type": "constant",
        "checkpoints.save_steps": 2,
        # One is heard before the break, and once is enough; of one the signs lie on both sides of it.
        "watch": {
            "no_signal": {"threshold": -1.0, "patience": 1, "action": "lower_rate"},
            "truncated": {"threshold": -1.0, "patience": 3, "action": "lower_rate"},
        },
    }
    broken = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path)})
    first = build_trainer(broken)
    first.add_callback(Break(2))
    first.train()
    again = run(broken)
    assert not (tmp_path / "log.jsonl").exists()
    rates = [entry["learning_rate"] for entry in again.state.log_history if "reward" in entry]
    assert rates == [1e-3, 5e-4, 5e-4, 2.5e-4]
    said = [
        record.getMessage().split(":")[:2] for record in caplog.records if "lower_rate" in record.getMessage()
    ]
    assert said == [["step 1", " no_signal (lower_rate)"], ["step 3", " truncated (lower_rate)"]]
