"""A run that goes on from a checkpoint does what it would have done: data, lengths, rates and alarms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from grpo_broken_off import Break, logged
from tiny_grpo import RECIPE, tiny_config

from rewards import Recipe
from trainer_adapters.grpo.run import build_trainer, last_checkpoint, run
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

STEPS, BROKEN_OFF = 10, 8


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
    first.add_callback(Break(BROKEN_OFF))
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


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("weight: 0.25", "weight: 3"), "reward.sum[1].weight was 0.25 and is 3.0"),
        (("max_penalty: -0.5", "max_penalty: -0.1"), "max_penalty was -0.5 and is -0.1"),
        (("name: tiny", "name: other"), "recipe was 'tiny@1' and is 'other@1'"),
        (("    - {has_box: {}, name: box, weight: 0.25}\n", ""), "sum[2] was"),
        (("version: 1", "version: 1"), ""),
    ],
)
def test_run_that_resumes_by_another_recipe_says_what_changed(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: tuple[str, str], said: str
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE, "utf-8")
    changes: dict[str, Any] = {
        "reward.recipe": str(recipe),
        "checkpoints.save_steps": 1,
        "checkpoints.output_dir": str(tmp_path / "out"),
        "training.max_steps": 1,
    }
    run(tiny_config(made, changes))
    assert "another recipe" not in capsys.readouterr().err
    recipe.write_text(RECIPE.replace(*changed), "utf-8")
    run(tiny_config(made, {**changes, "training.max_steps": 2}))
    found = [line for line in capsys.readouterr().err.splitlines() if "another recipe" in line]
    assert len(found) == bool(said)
    assert all("checkpoint-1 was trained by another recipe" in line and said in line for line in found)


def test_weights_that_change_go_on_from_the_step_of_the_checkpoint(made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "ramped.yaml"
    ramp = "weight: {from: 0.0, to: 1.0, steps: [0, 4]}"
    recipe.write_text(RECIPE.replace("weight: 0.25", ramp), "utf-8")
    changes: dict[str, Any] = {
        "reward.recipe": str(recipe),
        "checkpoints.save_steps": 2,
        "checkpoints.output_dir": str(tmp_path / "out"),
    }
    for steps in (2, 4):
        run(tiny_config(made, {**changes, "training.max_steps": steps}))
    lines = [line for line in read_log(tmp_path / "out" / "log.jsonl") if "reward" in line]
    bound = Recipe.load(recipe).bind(window=12)
    assert [line["recipe_digest"] for line in lines] == [bound.at_step(step).digest for step in range(4)]


def test_components_are_logged_by_the_source_column_of_the_data(made: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (made / "train.jsonl").read_text("utf-8").splitlines()]
    path = tmp_path / "mixed.jsonl"
    lines = [json.dumps({**row, "data_source": f"s{at % 2}"}) for at, row in enumerate(rows)]
    path.write_text("\n".join(lines), "utf-8")
    run(tiny_config(made, {"data.path": str(path), "checkpoints.output_dir": str(tmp_path / "out")}))
    names = {name for line in read_log(tmp_path / "out" / "log.jsonl") for name in line}
    assert {"components/box/s0", "components/box/s1", "components/correctness"} <= names
