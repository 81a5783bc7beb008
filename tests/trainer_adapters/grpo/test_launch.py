"""Processes: the guard against launches that fell back, and two processes that train as one does."""

from __future__ import annotations

import concurrent.futures
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


import yaml
from grpo_processes import TWO, process_environment, ran
from tiny_grpo import tiny_config
from transformers import AutoModelForCausalLM

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.launch import check_world, launch_command
from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch.log import read_log

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_check_world_refuses_a_world_that_was_not_asked_for(made: Path, tmp_path: Path) -> None:
    """As under `accelerate launch --cpu --num_processes 2`, which starts one process and says nothing."""
    config = tiny_config(made, {**TWO, "checkpoints.output_dir": str(tmp_path)})
    with pytest.raises(ConfigError, match="asks for 2 processes and 1 train together"):
        build_trainer(config)


class State:
    """What accelerate says of itself."""

    def __init__(self, kind: str, stage: int = 0, *, second: bool = False) -> None:
        self.num_processes = 2
        self.distributed_type = f"DistributedType.{kind}"
        self.is_fsdp2 = second
        self.zero_stage = stage
        self.state = self
        self.deepspeed_plugin = self


@pytest.mark.parametrize(
    ("strategy", "found", "said"),
    [
        ("fsdp2", State("MULTI_GPU"), "asks for fsdp2 and accelerate set up MULTI_GPU"),
        ("fsdp2", State("FSDP"), "asks for fsdp2 and accelerate set up FSDP 1"),
        ("zero3", State("MULTI_GPU"), "asks for zero3 and accelerate set up MULTI_GPU"),
        ("zero3", State("DEEPSPEED", 2), "asks for zero3 and DeepSpeed runs stage 2"),
        ("ddp", State("FSDP"), "asks for ddp and accelerate set up FSDP"),
        ("fsdp2", State("FSDP", second=True), None),
        ("zero2", State("DEEPSPEED", 2), None),
        ("ddp", State("MULTI_GPU"), None),
    ],
)
def test_check_world_refuses_a_strategy_that_was_not_asked_for(
    made: Path, strategy: str, found: State, said: str | None
) -> None:
    changes = {**TWO, "launch": {"strategy": strategy, "nproc": 2}}
    config = tiny_config(made, changes)
    if said is None:
        check_world(config, found)
        return
    with pytest.raises(ConfigError, match=said):
        check_world(config, found)


def test_launch_command_for_several_nodes_needs_their_meeting_place(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny_config(made, {**TWO, "launch": {"strategy": "ddp", "nproc": 1, "nodes": 2}})
    for name in ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="MASTER_ADDR"):
        launch_command(config, ["c.yaml"])
    for name, value in {"MASTER_ADDR": "host", "MASTER_PORT": "29500", "NODE_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    command = launch_command(config, ["c.yaml"])
    meeting = {"--nnodes=2", "--node_rank=1", "--master_addr=host", "--master_port=29500"}
    assert meeting | {"--nproc_per_node=1"} <= set(command)
    assert command[-4:] == ["-m", "--", "trainer_adapters.grpo", "c.yaml"]


TOUCHSTONE = str(Path(sys.executable).parent / "touchstone")


@pytest.fixture
def written(made: Path, tmp_path: Path) -> Path:
    """A folder with the tiny run's file for one process, as its user would write it."""
    settings = tiny_config(
        made,
        {
            "training.max_steps": 2,
            "training.per_device_train_batch_size": 8,
            "checkpoints": {"output_dir": str(tmp_path / "out"), "save_steps": 2},
        },
    ).model_dump(mode="json", exclude_unset=True)
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return tmp_path


def commanded(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`touchstone train` as it is installed, run to its end."""
    environment = process_environment(**variables)
    command = [TOUCHSTONE, "train", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=folder, timeout=300
    )


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def assert_two_processes_trained(folder: Path) -> None:
    last = folder / "out" / "checkpoint-2"
    assert {path.name for path in last.glob("rng_state*")} == {"rng_state_0.pth", "rng_state_1.pth"}
    assert [line["step"] for line in read_log(folder / "out" / "log.jsonl") if "reward" in line] == [1, 2]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["small.yaml", "--nproc", "2"], id="nproc"),
        pytest.param(
            ["--set", "training.seed=8", "--nproc=2", "--set", "launch.device=cpu", "--", "-odd name.yaml"],
            id="every-flag",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["small.yaml", "--set", "launch.nproc=2", "--set=launch.strategy=ddp"],
            id="set",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_command_trains_in_two_processes(written: Path, arguments: list[str]) -> None:
    shutil.copy(written / "small.yaml", written / "-odd name.yaml")
    done = commanded(written, *arguments)
    assert done.returncode == 0, done.stderr[-3000:]
    assert_two_processes_trained(written)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_launch_of_two_processes_tells_a_wrong_setting_once(written: Path) -> None:
    done = commanded(written, "small.yaml", "--nproc", "2", "--set", "data.path=nowhere.jsonl")
    assert done.returncode != 0
    told = [line for line in done.stderr.splitlines() if line.startswith("touchstone: ")]
    assert len(told) == 1
    assert "nowhere.jsonl" in told[0]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_command_trains_on_two_nodes(written: Path) -> None:
    """Both on this machine, as `examples/slurm/several_nodes.sh` starts one on each node."""
    arguments = ["small.yaml", "--nproc", "1", "--set", "launch.nodes=2", "--set", "launch.strategy=ddp"]
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        nodes = [
            pool.submit(commanded, written, *arguments, NODE_RANK=str(rank), **meeting) for rank in (0, 1)
        ]
    for node in nodes:
        assert node.result().returncode == 0, node.result().stderr[-3000:]
    assert_two_processes_trained(written)


@pytest.mark.slow
def test_launch_starts_no_process_for_print_config(written: Path) -> None:
    done = commanded(written, "small.yaml", "--print-config", "--nproc", "2", "--set", "training.seed=8")
    assert done.returncode == 0, done.stderr[-3000:]
    shown = yaml.safe_load(done.stdout)["touchstone"]
    assert (shown["launch"]["nproc"], shown["launch"]["strategy"], shown["training"]["seed"]) == (2, "ddp", 8)
    assert not (written / "out").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm.loss_type": "dapo"},
        {"algorithm.loss_type": "grpo"},
        {
            "techniques.masking": {},
            "techniques.advantage": {"baseline": "batch", "scale": "batch"},
            "techniques.kl_in_reward": 0.1,
            "training.num_iterations": 2,
            "training.max_steps": 4,
            "techniques.llds": {"coefficient": 0.5},
        },
    ],
    ids=["dapo", "grpo", "techniques"],
)
def test_launch_of_two_processes_trains_as_one_does(
    made: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    # Plain SGD, since Adam makes a step of a rounding error.
    same = {**changes, "trl": {"optim": "sgd"}, "training.learning_rate": 0.05}
    one = ran(made, tmp_path / "one", same, 1)
    two = ran(made, tmp_path / "two", {**same, **TWO}, 2)
    assert two["squares"] == pytest.approx(one["squares"], rel=1e-5)
    for alone, together in zip(one["steps"], two["steps"], strict=True):
        for name in ("reward", "accuracy", "groups/informative", "length/mean", "entropy", "loss"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4, abs=1e-5), name


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_launch_of_two_processes_samples_further_rounds_together(made: Path, tmp_path: Path) -> None:
    changes = {**TWO, "techniques.dynamic_sampling": {"max_rounds": 5}}
    steps = ran(made, tmp_path / "two", changes, 2)["steps"]
    assert len(steps) == 3
    assert all(step["dynamic_sampling/unfilled"] == 0 for step in steps)
    assert max(step["dynamic_sampling/rounds"] for step in steps) >= 1
    assert all(step["groups/informative"] == 1 for step in steps)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_launch_by_fsdp2_trains_as_one_process_does_and_saves_the_policy(made: Path, tmp_path: Path) -> None:
    same = {"trl": {"optim": "sgd"}, "training.learning_rate": 0.05, "techniques.masking": {}}
    one = ran(made, tmp_path / "one", same, 1)
    sharded = {
        **same,
        **TWO,
        "launch": {"strategy": "fsdp2", "nproc": 2},
        "checkpoints.save_steps": 2,
    }
    two = ran(made, tmp_path / "two", sharded, 2, script="grpo_sharded.py")
    assert two["weights"] == two["updated"] == pytest.approx(one["weights"] / 2, rel=0.01)  # rows are whole
    for alone, together in zip(one["steps"], two["steps"], strict=True):
        for name in ("reward", "accuracy", "entropy", "loss", "grad_norm"):
            assert together[name] == pytest.approx(alone[name], rel=1e-4, abs=1e-5), name
    saved = AutoModelForCausalLM.from_pretrained(tmp_path / "two")
    squares = sum(float(weight.detach().square().sum()) for weight in saved.parameters())
    assert squares == pytest.approx(one["squares"], rel=1e-5)
