"""DeepSpeed's ZeRO on two processes without GPUs: it trains as one process does, or the run is stopped."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from grpo_processes import TWO, finished, ran
from tiny_grpo import tiny_config
from transformers import AutoModelForCausalLM

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import check_started

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

with_deepspeed = pytest.mark.skipif(
    find_spec("deepspeed") is None, reason="DeepSpeed is not installed; `make test-deepspeed` installs it"
)


def shared(strategy: str, **changes: Any) -> dict[str, Any]:
    return {**TWO, "launch": {"strategy": strategy, "nproc": 2}, **changes}


@with_deepspeed
@pytest.mark.parametrize("strategy", ["zero2", "zero3"])
def test_zero_trains_as_one_process_does_and_saves_the_policy(
    made: Path, tmp_path: Path, strategy: str
) -> None:
    same: dict[str, Any] = {
        "trl": {"optim": "sgd"},  # Adam makes a step of a rounding error
        "training.learning_rate": 0.05,
        "training.num_iterations": 2,
        "training.max_steps": 4,
        "techniques.masking": {},
        "techniques.advantage": {"baseline": "batch", "scale": "batch"},
        "techniques.kl_in_reward": 0.1,
        "techniques.llds": {"coefficient": 0.5},
        "watch": {"unlikely": {"threshold": 0.0, "patience": 1, "action": "lower_rate"}},
    }
    one = ran(made, tmp_path / "one", same, 1)
    two = ran(made, tmp_path / "two", shared(strategy, **same), 2, script="grpo_sharded.py")
    assert two["updated"] == one["weights"] / 2
    assert two["weights"] == one["weights"] / (2 if strategy == "zero3" else 1)
    for alone, together in zip(one["steps"], two["steps"], strict=True):
        for name in ("reward", "accuracy", "entropy", "loss", "grad_norm", "learning_rate"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4, abs=1e-5), name
    saved = AutoModelForCausalLM.from_pretrained(tmp_path / "two")
    squares = sum(float(weight.detach().square().sum()) for weight in saved.parameters())
    assert squares == pytest.approx(one["squares"], rel=1e-5)


@with_deepspeed
@pytest.mark.parametrize("strategy", ["zero2", "zero3"])
def test_zero_run_that_goes_on_samples_and_learns_what_the_whole_run_does(
    made: Path, tmp_path: Path, strategy: str
) -> None:
    changes = shared(strategy, told=False, **{"checkpoints.save_steps": 2, "training.max_steps": 4})
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    expected = ran(made, whole, changes, 2, script="grpo_sharded.py")["steps"]
    shutil.copytree(whole / "checkpoint-2", broken / "checkpoint-2")
    found = ran(made, broken, changes, 2, script="grpo_sharded.py")["steps"]
    assert len(found) == 4
    for name in ("reward", "length/mean", "entropy", "loss", "grad_norm"):
        assert [step[name] for step in found] == pytest.approx([step[name] for step in expected]), name
    assert len({step["length/mean"] for step in found}) > 1  # sampled, not told


@with_deepspeed
@pytest.mark.parametrize(
    ("changes", "variables", "said"),
    [
        # accelerate finds no GPU, and both processes would train by themselves, on the same rows.
        ({}, {}, "asks for 2 processes and 1 train together"),
        # TRL would complain of the batch that one process is left with.
        ({"training.per_device_train_batch_size": 2}, {}, "asks for 2 processes and 1 train together"),
        # DeepSpeed is switched off in silence.
        ({}, {"ACCELERATE_USE_CPU": "true"}, "asks for zero2 and accelerate set up MULTI_CPU"),
    ],
    ids=["no GPU", "no GPU, small batch", "use_cpu"],
)
def test_zero_without_gpus_is_an_error(
    made: Path, tmp_path: Path, changes: dict[str, Any], variables: dict[str, str], said: str
) -> None:
    hidden = {"CUDA_VISIBLE_DEVICES": "", **variables}
    done = finished(made, tmp_path, shared("zero2", **changes), 2, **hidden)
    assert done.returncode != 0
    assert f"ConfigError: {'launch.strategy' if variables else 'launch'}: the file {said}" in done.stderr
    assert not list(tmp_path.glob("checkpoint-*"))


@pytest.mark.skipif(find_spec("deepspeed") is not None, reason="DeepSpeed is installed")
def test_without_deepspeed_the_file_is_refused(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="zero3 needs DeepSpeed"):
        check_started(tiny_config(made, shared("zero3")))
