"""Runs that are done: started again they stay as they are, and go on where more is asked for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from grpo_processes import commanded
from tiny_grpo import tiny_config

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.run import FINISHED, build_trainer, run
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def weights(out: Path) -> dict[str, tuple[str, int]]:
    """What every file of weights holds and when it was written."""
    return {
        str(path.relative_to(out)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(out.rglob("*"))
        if path.suffix in {".safetensors", ".pt", ".bin", ".pth"}
    }


def steps(out: Path) -> list[int]:
    return [line["step"] for line in read_log(out / "log.jsonl") if "reward" in line]


@pytest.mark.slow
def test_run_that_is_finished_trains_no_step_and_changes_no_weight(made: Path, tmp_path: Path) -> None:
    changes = {"checkpoints.save_steps": 2}
    first = commanded(made, tmp_path, changes)
    assert first.returncode == 0, first.stderr
    before, logged = weights(tmp_path / "out"), steps(tmp_path / "out")
    assert logged == [1, 2, 3]
    again = commanded(made, tmp_path, changes)
    assert again.returncode == 0, again.stderr
    assert "finished at step 3" in again.stderr
    assert weights(tmp_path / "out") == before
    assert steps(tmp_path / "out") == logged


@pytest.mark.parametrize(
    ("asked", "more", "expected"),
    [
        ({"training.max_steps": 3}, {"training.max_steps": 5}, 5),
        ({"training.max_steps": 3}, {"training.max_steps": 2}, None),
        ({"training.max_steps": -1, "data.limit": 8}, {"training.num_train_epochs": 2.0}, 4),
        ({"training.max_steps": -1, "data.limit": 8}, {}, None),
        ({"training.max_steps": 3}, {"checkpoints.resume": False, "training.learning_rate": 1e-2}, 3),
    ],
    ids=["more steps", "fewer steps", "more epochs", "same epochs", "anew"],
)
def test_run_that_is_finished_goes_on_only_where_more_is_asked_for(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    asked: Any,
    more: Any,
    expected: int | None,
) -> None:
    base = {"checkpoints.output_dir": str(tmp_path), "training.num_train_epochs": 1.0, **asked}
    run(tiny_config(made, base))
    before, logged = weights(tmp_path), steps(tmp_path)
    capsys.readouterr()
    run(tiny_config(made, {**base, **more}))
    said = capsys.readouterr().err
    if expected is None:
        assert f"finished at step {logged[-1]}" in said
        assert (weights(tmp_path), steps(tmp_path)) == (before, logged)
    else:
        assert "finished at step" not in said
        assert steps(tmp_path) == list(range(1, expected + 1))
        assert weights(tmp_path) != before


def test_run_that_was_killed_before_its_policy_was_saved_saves_it(made: Path, tmp_path: Path) -> None:
    config = tiny_config(made, {"checkpoints.output_dir": str(tmp_path)})
    run(config)
    policy = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / FINISHED).unlink()
    (tmp_path / "model.safetensors").unlink()
    again = run(config)
    assert again.state.global_step == 3
    assert (tmp_path / "model.safetensors").read_bytes() == policy
    assert steps(tmp_path) == [1, 2, 3]
    assert (tmp_path / FINISHED).exists()


@pytest.mark.parametrize("further", [{}, {"training.max_steps": -1}])
def test_build_trainer_refuses_too_few_prompts_for_one_batch(
    made: Path, tmp_path: Path, further: dict[str, Any]
) -> None:
    changes = {"data.limit": 3, "checkpoints.output_dir": str(tmp_path / "out"), **further}
    with pytest.raises(ConfigError, match="data: there are 3 prompts, and one batch needs 4") as caught:
        build_trainer(tiny_config(made, changes))
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "out").exists()
    build_trainer(tiny_config(made, {**changes, "data.limit": 4}))
    with pytest.raises(ConfigError, match="one batch needs 8, which are 32 completions"):
        build_trainer(tiny_config(made, {**changes, "data.limit": 7, "training.steps_per_generation": 2}))
