"""Runs of the bundled trainer in processes of their own, one or several, as `grpo_ranks.py` runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from tiny_grpo import tiny_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUPPORT = Path(__file__).resolve().parent
ROOT = SUPPORT.parents[1]

TWO = {"launch": {"strategy": "ddp", "nproc": 2, "device": "cpu"}, "training.per_device_train_batch_size": 8}
"""The tiny run, its batch shared by two processes."""


def process_environment(**variables: str) -> dict[str, str]:
    """The environment of a run on this machine's CPUs, which asks no model hub."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, SUPPORT))),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        # DeepSpeed compiles what its processes talk by, once, and calls ninja for it.
        "DS_ACCELERATOR": "cpu",
        "TORCH_EXTENSIONS_DIR": str(Path(sys.prefix) / "torch_extensions"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        **variables,
    }


def ran(
    folder: Path, out: Path, changes: Mapping[str, Any], processes: int, *, script: str = "grpo_ranks.py"
) -> dict[str, Any]:
    """What such a run printed as its result."""
    done = finished(folder, out, changes, processes, script=script)
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert found, done.stderr[-3000:]
    return dict(json.loads(found[0].removeprefix("RESULT ")))


def finished(
    folder: Path,
    out: Path,
    changes: Mapping[str, Any],
    processes: int,
    *,
    script: str = "grpo_ranks.py",
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Such a run, ended, in `out` and with further variables of the environment."""
    out.mkdir(exist_ok=True)
    settings = out / "changes.json"
    settings.write_text(json.dumps({**changes, "checkpoints.output_dir": str(out)}), "utf-8")
    start = [sys.executable]
    if processes > 1:
        start += ["-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={processes}"]
    environment = process_environment(**variables)
    command = [*start, str(SUPPORT / script), str(folder), str(settings)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=out)


def commanded(
    folder: Path, where: Path, changes: Mapping[str, Any], *further: str, without: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """The tiny run by `touchstone train`, in `where` with its output in `out` there, ended.

    Args:
        folder: of :func:`tiny_grpo.make_folder`.
        where: the working folder.
        changes: of the training file.
        further: arguments of the command.
        without: modules that cannot be imported there.
    """
    (where / "blocked").mkdir(exist_ok=True)
    blocking = f"import sys\nsys.modules.update(dict.fromkeys({list(without)!r}))\n"
    (where / "blocked" / "sitecustomize.py").write_text(blocking, "utf-8")
    config = tiny_config(folder, {"checkpoints.output_dir": str(where / "out"), **changes})
    path = where / "train.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json", exclude={"preset"})), "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (where / "blocked", ROOT, SUPPORT))),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    command = [sys.executable, "-m", "trainer_adapters.grpo", str(path), *further]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=where)
