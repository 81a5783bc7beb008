"""The batch scripts, sent to a Slurm cluster of two nodes on this machine."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


import yaml
from slurm_cluster import MISSING, said, slurm_cluster
from tiny_grpo import tiny_config

from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "examples" / "slurm"
OUR_PORTS = 5000
"""The job's number decides on its ports; these numbers keep away from those that systems hand out."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(bool(MISSING), reason=f"there is no {', '.join(MISSING)}; apt install slurm-wlm"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    first = 1 + random.SystemRandom().randrange(OUR_PORTS)
    with slurm_cluster(tmp_path_factory.mktemp("slurm"), job=first) as environment:
        yield {
            **environment,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1",
        }


def sent(cluster: dict[str, str], where: Path, *arguments: str) -> dict[int, float]:
    """The rewards by step of a job that ran to its end in `where`."""
    command = ["sbatch", "--wait", *arguments]
    done = subprocess.run(command, env=cluster, cwd=where, capture_output=True, text=True, check=False)
    output = "\n".join(path.read_text("utf-8") for path in where.glob("touchstone-grpo-*.log"))
    daemons = said(Path(cluster["SLURM_CONF"]).parent)
    assert done.returncode == 0, f"{done.stderr}\n{output[-4000:]}\n{daemons}"
    return {
        line["step"]: line["reward"] for line in read_log(where / "out" / "log.jsonl") if "reward" in line
    }


def written(made: Path, where: Path, launch: dict[str, Any]) -> str:
    where.mkdir()
    changes = {
        "launch": {"strategy": "ddp", "device": "cpu", **launch},
        "reward.recipe": "gsm8k-layered",
        "training.per_device_train_batch_size": 8,
        "checkpoints.output_dir": "out",
    }
    settings = tiny_config(made, changes).model_dump(mode="json", exclude={"preset"})
    (where / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return "config.yaml"


def test_one_node_and_several_train_alike(made: Path, tmp_path: Path, cluster: dict[str, str]) -> None:
    """Two processes on one node, scoring by themselves; one on each of two, scored by a server beside it.

    The nodes are one machine, so the servers want one port: the second one ends, and the first serves both.
    """
    one, two = tmp_path / "one", tmp_path / "two"
    config = written(made, one, {"nproc": 2})
    alone = sent(cluster, one, str(SCRIPTS / "one_node.sh"), config)
    config = written(made, two, {"nproc": 1, "nodes": 2})
    together = sent(cluster, two, "--nodes=2", str(SCRIPTS / "several_nodes.sh"), config)
    assert sorted(alone) == [1, 2, 3]
    assert together == alone
    assert (two / "out" / "model.safetensors").exists()


STANDS_IN = """#!/bin/sh
echo "$SLURMD_NODENAME${NODE_RANK+ $NODE_RANK}: $(basename "$0") $*"
touch "began-$1"
if [ "$1" = train ]; then  # the job ends with it
    until [ -e began-serve ] && [ -e began-vllm-serve ]; do sleep 0.1; done
fi
"""


def test_with_a_model_the_last_node_serves_it_and_the_other_trains(
    tmp_path: Path, cluster: dict[str, str]
) -> None:
    """By commands that say where they run and with what: vLLM takes new weights by NCCL only."""
    for name in ("trl", "touchstone"):
        path = tmp_path / name
        path.write_text(STANDS_IN, "utf-8")
        path.chmod(0o755)
    standing_in = {**cluster, "PATH": os.pathsep.join((str(tmp_path), cluster["PATH"]))}
    command = ["sbatch", "--wait", "--nodes=2", str(SCRIPTS / "several_nodes.sh"), "config.yaml", "MODEL"]
    subprocess.run(command, env=standing_in, cwd=tmp_path, capture_output=True, check=True)
    [log] = tmp_path.glob("touchstone-grpo-*.log")
    reward = f"127.0.0.1:{20000 + int(log.stem.rpartition('-')[2]) % 5000}"
    said = log.read_text("utf-8").splitlines()
    assert "n2: trl vllm-serve --model MODEL --tensor_parallel_size 8 --dtype bfloat16" in said
    assert f"n1: touchstone serve --processes 4 --address {reward}" in said
    sampler = "--set generation.vllm.server_base_url=http://127.0.0.1:8000"
    assert f"n1 0: touchstone train config.yaml {sampler} --set reward.server=[{reward}]" in said
