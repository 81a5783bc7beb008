"""What the bundled trainer costs beside plain TRL: CPU time of a step, by turns, with a confidence interval.

::

    python benchmarks/trainer_overhead.py --rounds 40
    python benchmarks/trainer_overhead.py --rounds 12 --against-itself    # TRL against TRL

Both trainers train the same model from the same weights, on the same prompts and told completions, with the
same recipe and seeds. Ours has on what is on by default: the alarms, the log, and the table as a terminal is
shown it. In each round both begin in new processes and take turns step by step, in an order drawn for each
step, while the other one waits; so what else the machine does meets both alike, each pays for its own
garbage, and where memory happens to lie is drawn anew. A step is all from its beginning to that of the next:
completions, rewards, loss, update, log and data. Its time is the CPU time of all threads of the process,
which must have started no other.

The first steps of a round are left out. A round's result is the sum of our times over the sum of TRL's, of
all its other steps, the slow ones too; the result is the mean over the rounds, and its interval that of
10,000 bootstrap samples of the rounds (percentiles 2.5 and 97.5). It is an error if the two saw different
rewards.

The model is tiny and completions are not sampled, which makes what is ours look large: a real step has
the same extra work and thousands of times the model's. Left out is what happens once a run: the report.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import torch
from transformers import PrinterCallback, TrainerCallback

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))

from plain_trl import plain_trainer
from tiny_grpo import make_folder, tiny_config, with_told_completions

from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from trl import GRPOTrainer

WARM, STEPS = 10, 80
"""Steps of a round that are left out, and that are measured."""

SAMPLES = 10_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--against-itself", action="store_true", help="TRL against TRL")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the steps, and of the bootstrap")
    parser.add_argument(
        "--into", type=Path, help="add the rounds to this file; the result is of all that are in it"
    )
    given = parser.parse_args()
    order = random.Random(given.seed)  # noqa: S311  # turns, not secrets
    earlier = given.into.read_text("utf-8").split() if given.into and given.into.exists() else []
    ratios = [float(ratio) for ratio in earlier]
    with tempfile.TemporaryDirectory() as place:
        folder = make_folder(Path(place), hidden=256, layers=4)
        for number in range(given.rounds):
            spent = one_round(folder, order, ours=not given.against_itself)
            sums = spent.sum(axis=1)
            ratios.append(sums[0] / sums[1])
            if given.into:
                with given.into.open("a", encoding="utf-8") as stream:
                    stream.write(f"{ratios[-1]}\n")
            print(
                f"round {number + 1}: {sums[0] / STEPS:.4f} s against {sums[1] / STEPS:.4f} s a step",
                flush=True,
            )
    drawn = np.random.default_rng(given.seed).choice(ratios, (SAMPLES, len(ratios))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    whose = "TRL" if given.against_itself else "ours"
    print(
        f"{len(ratios)} rounds from {min(ratios):.4f} to {max(ratios):.4f}\n"
        f"CPU time of a step, {whose} / TRL: {np.mean(ratios):.4f}, 95 % of it {low:.4f} to {high:.4f}"
    )


def one_round(folder: Path, order: random.Random, *, ours: bool) -> np.ndarray:
    """CPU seconds of each measured step of both, (2, STEPS)."""
    context = multiprocessing.get_context("spawn")
    ends, runs = [], []
    for at, kind in enumerate((ours, False)):
        mine, its = context.Pipe()
        run = context.Process(target=train, args=(folder, folder / f"out{at}", its), kwargs={"ours": kind})
        run.start()
        its.close()
        ends.append(mine)
        runs.append(run)
    for end in ends:
        assert end.recv() == "ready"
    spent = np.zeros((2, WARM + STEPS))
    for step in range(WARM + STEPS):
        for at in order.sample((0, 1), 2):
            ends[at].send("go")
            spent[at, step] = ends[at].recv()
    rewards = []
    for end in ends:
        end.send("go")
        rewards.append(end.recv())
    for run in runs:
        run.join()
        assert run.exitcode == 0
    assert rewards[0] == rewards[1], "they did not see the same rewards"
    assert len(rewards[0]) == WARM + STEPS + 1
    return spent[:, WARM:]


class Turns(TrainerCallback):
    """Says before each step what was spent since it was told to go on, and waits to be told again."""

    def __init__(self, end: Connection) -> None:
        self._end = end
        self._began: float | None = None

    def on_step_begin(self, *_: object, **__: object) -> None:
        self._end.send("ready" if self._began is None else time.process_time() - self._began)
        self._end.recv()
        self._began = time.process_time()


def train(folder: Path, output: Path, end: Connection, *, ours: bool) -> None:
    """One training run that waits before each step until it is told to go on."""
    warnings.simplefilter("ignore")
    os.environ["FORCE_COLOR"] = "1"  # rich then draws the table as in a terminal
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    torch.set_num_threads(1)
    trainer = made(folder, output, ours=ours)
    trainer.add_callback(Turns(end))
    trainer.train()
    assert not psutil.Process().children(), "what other processes spend was not counted"
    end.send([entry["reward"] for entry in trainer.state.log_history if "reward" in entry])


def made(folder: Path, output: Path, *, ours: bool) -> GRPOTrainer:
    """Our trainer, or TRL's with the same settings, reward functions, data and model."""
    config = tiny_config(
        folder,
        {
            "training.max_steps": WARM + STEPS + 1,  # the last one ends with the run
            "generation.max_completion_length": 48,
            "training.per_device_train_batch_size": 32,
            "checkpoints.output_dir": str(output),
            "logging": {},  # all that is on by default
        },
    )
    if ours:
        return with_told_completions(build_trainer(config))
    trainer = plain_trainer(config)
    trainer.remove_callback(PrinterCallback)
    return with_told_completions(trainer)


if __name__ == "__main__":
    main()
