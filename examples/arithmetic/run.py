"""A model that learns to add: warm start, GRPO by `touchstone train`, and held-out accuracy before and after.

::

    make arithmetic

Three seeds, two at a time, one core each. Everything goes to `build/arithmetic`: `summary.json` with one
object a seed, `learning.png`, and under each seed the log and the report of its run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two processes share two cores

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--processes", type=int, default=2, help="seeds at a time")
    parser.add_argument("--folder", type=Path, default=Path("build/arithmetic"))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)  # a seed, in a process of its own
    parser.add_argument("settings", nargs="*", help="further settings, SECTION.NAME=VALUE")
    given = parser.parse_args()
    folder = given.folder.resolve()
    if given.one is not None:
        print(json.dumps(one_seed(folder, given.one, given.settings)))
        return
    write_data(folder)
    began = time.monotonic()
    with ThreadPoolExecutor(given.processes) as pool:
        found = list(pool.map(lambda seed: started(folder, seed, given.settings), given.seeds))
    (folder / "summary.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    plot(folder, given.seeds)
    for line in found:
        print(json.dumps(line))
    print(f"{time.monotonic() - began:.0f} s; {folder / 'summary.json'}, {folder / 'learning.png'}")


def started(folder: Path, seed: int, settings: list[str]) -> dict[str, float]:
    """One seed in a process of its own."""
    command = [sys.executable, str(HERE / "run.py"), "--folder", str(folder), "--one", str(seed), *settings]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=environment)
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def one_seed(folder: Path, seed: int, settings: list[str]) -> dict[str, float]:
    """Warm start, accuracy, GRPO, accuracy."""
    from held_out import accuracy  # noqa: PLC0415  # torch is loaded in the processes that train
    from warm_start import warm_start  # noqa: PLC0415

    from trainer_adapters.grpo.cli import read_changed  # noqa: PLC0415
    from trainer_adapters.grpo.run import run  # noqa: PLC0415

    began = time.monotonic()
    place = folder / f"seed-{seed}"
    warm, out = place / "warm", place / "grpo"
    warm_start(warm, seed=seed)
    before = {how: accuracy(warm, sampled=how == "sampled") for how in ("sampled", "greedy")}
    changes = [
        f"model.path={warm}",
        f"data.path={folder / 'train.jsonl'}",
        f"checkpoints.output_dir={out}",
        "checkpoints.resume=false",
        f"training.seed={seed}",
        *settings,
    ]
    run(read_changed(HERE / "config.yaml", changes))
    after = {how: accuracy(out, sampled=how == "sampled") for how in ("sampled", "greedy")}
    return {
        "seed": seed,
        "sampled_before": before["sampled"],
        "sampled_after": after["sampled"],
        "greedy_before": before["greedy"],
        "greedy_after": after["greedy"],
        "seconds": round(time.monotonic() - began, 1),
    }


def write_data(folder: Path) -> None:
    """The sums to train on, as a file of prompts and answers."""
    sys.path.insert(0, str(HERE))
    import task  # noqa: PLC0415  # beside this file

    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"prompt": task.prompt(*one), "answer": str(sum(one))} for one in task.split()[0]]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def plot(folder: Path, seeds: list[int]) -> None:
    """Accuracy, reward, entropy and length of each step, of every seed."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    from trainer_adapters.grpo.watch.log import read_log  # noqa: PLC0415

    figure = Figure(figsize=(10, 6), layout="constrained")
    panels = {
        "accuracy": "sampled accuracy",
        "reward": "reward",
        "entropy": "entropy",
        "length/mean": "length",
    }
    for axes, (name, title) in zip(figure.subplots(2, 2).flat, panels.items(), strict=True):
        for seed in seeds:
            lines = [
                line for line in read_log(folder / f"seed-{seed}" / "grpo" / "log.jsonl") if name in line
            ]
            values = [line[name] for line in lines]
            axes.plot([line["step"] for line in lines], smoothed(values), label=f"seed {seed}")
        axes.set(title=title, xlabel="step")
        axes.grid(visible=True, alpha=0.3)
    figure.axes[0].legend()
    figure.savefig(folder / "learning.png", dpi=120)


def smoothed(values: list[float], over: int = 10) -> list[float]:
    """The mean of up to `over` values that end with each."""
    return [sum(values[max(0, at - over + 1) : at + 1]) / min(at + 1, over) for at in range(len(values))]


if __name__ == "__main__":
    main()
