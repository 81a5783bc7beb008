"""Runs that go on from a checkpoint by another file: changes are said, or refused where they cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import make_folder, tiny_config

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.run import last_checkpoint, run
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

BASE: dict[str, Any] = {"checkpoints.save_steps": 1, "training.max_steps": 1}


def trained(made: Path, out: Path, changes: dict[str, Any] | None = None) -> Any:
    return run(tiny_config(made, {**BASE, "checkpoints.output_dir": str(out), **(changes or {})}))


def lines(captured: str) -> list[str]:
    return [line for line in captured.splitlines() if "was trained" in line]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"launch.nproc": 1, "logging.steps": 2, "checkpoints.save_steps": 2, "watch": {}}, []),
        ({"training.per_device_train_batch_size": 8, "training.gradient_accumulation_steps": 2}, []),
        ({"generation.temperature": 0.5}, ["generation.temperature was 1.0 and is 0.5"]),
        (
            {"algorithm.epsilon": 0.1, "techniques.masking": {}},
            ["algorithm.epsilon was 0.2 and is 0.1", "techniques.masking was None and is {"],
        ),
        (
            {"training.steps_per_generation": 2, "checkpoints.save_steps": 2},
            ["completions_per_generation was 16 and is 32"],
        ),
        ({"training.lr_scheduler_type": "linear"}, ["lr_scheduler_type was 'constant_with_warmup' and is"]),
        ({"data.limit": 20}, ["on other data", "prompts was 36 and is 20", "sha256 was"]),
    ],
)
def test_run_that_resumes_with_other_settings_or_data_says_what_changed(
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    said: list[str],
) -> None:
    trained(made, tmp_path)
    capsys.readouterr()
    trainer = trained(made, tmp_path, {"training.max_steps": 2, **changes})
    assert trainer.state.global_step == 2
    found = lines(capsys.readouterr().err)
    assert len(found) == bool(said)
    assert all("checkpoint-1 was trained " in line and part in line for line in found for part in said)
    assert all(line.endswith("or set checkpoints.resume: false") for line in found)
    # It is the new file's run from there on.
    trained(made, tmp_path, {"training.max_steps": 3, **changes})
    assert lines(capsys.readouterr().err) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"training.learning_rate": 1e-2}, "training.learning_rate was 0.001 and is 0.01"),
        ({"training.weight_decay": 0.1}, "training.weight_decay was 0.0 and is 0.1"),
        ({"training.adam_beta2": 0.9}, "training.adam_beta2 was 0.999 and is 0.9"),
        ({"trl": {"optim": "sgd"}}, "trl.optim was None and is 'sgd'"),
        ({"trl": {"adam_epsilon": 0.1}}, "trl.adam_epsilon was None and is 0.1"),
        ({"trl": {"optim_args": "amsgrad=True"}}, "trl.optim_args was None and is 'amsgrad=True'"),
        ({"model.lora": {}}, "model.lora was None and is {"),
        ({"model.path": "other"}, "model.path was "),
    ],
)
def test_settings_that_a_checkpoint_has_of_its_own_are_refused(
    made: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    out = tmp_path / "out"
    trained(made, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    if "model.path" in changes:  # a model that cannot be loaded: the refusal comes before
        changes = {"model.path": str(tmp_path / "nowhere")}
    with pytest.raises(ConfigError) as caught:
        trained(made, out, {"training.max_steps": 2, **changes})
    assert said in str(caught.value)
    assert "checkpoint-1 has a policy and an optimizer of its own" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    if "model.path" not in changes and "model.lora" not in changes:
        again = trained(made, out, {"checkpoints.resume": False, **changes})
        assert again.state.global_step == 1


def test_the_rate_of_a_checkpoint_wins_over_a_file_that_nothing_compares(made: Path, tmp_path: Path) -> None:
    """The reason of the refusal: transformers takes the optimizer's rate from the checkpoint."""
    trained(made, tmp_path)
    (tmp_path / "settings.json").unlink()
    trained(made, tmp_path, {"training.max_steps": 2, "training.learning_rate": 1e-2})
    rates = [entry["learning_rate"] for entry in read_log(tmp_path / "log.jsonl") if "reward" in entry]
    assert rates == [1e-3, 1e-3]


def test_the_schedule_of_a_file_wins_over_that_of_a_checkpoint(made: Path, tmp_path: Path) -> None:
    trained(made, tmp_path, {"training.max_steps": 2})
    schedule = {"training.lr_scheduler_type": "linear", "training.max_steps": 4}
    trained(made, tmp_path, schedule)
    rates = [entry["learning_rate"] for entry in read_log(tmp_path / "log.jsonl") if "reward" in entry]
    assert rates[3] == pytest.approx(2.5e-4)


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"training": 3, "model": []}', "[" * 100_000])
def test_a_damaged_record_does_not_end_a_run(made: Path, tmp_path: Path, damage: str) -> None:
    trained(made, tmp_path)
    for name in ("data.json", "recipe.json", "settings.json"):
        (tmp_path / name).write_text(damage, "utf-8")
    assert trained(made, tmp_path, {"training.max_steps": 2}).state.global_step == 2
    assert json.loads((tmp_path / "data.json").read_text("utf-8"))["prompts"] == 36


def test_a_model_that_is_named_by_another_path_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path)
    trained(folder, tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    trained(folder, tmp_path / "out", {"training.max_steps": 2, "model.path": "model"})
    assert last_checkpoint(tmp_path / "out") == tmp_path / "out" / "checkpoint-2"
    assert lines(capsys.readouterr().err) == []
