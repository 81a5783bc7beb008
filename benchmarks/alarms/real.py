"""``python -m benchmarks.alarms.real``: the alarms on real runs of a tiny model, healthy ones and sick ones.

The model of `examples/arithmetic` is warm-started and trained by `touchstone train`'s own code; each kind of
run has other settings, recipes or data. What is counted are the alarms in `log.jsonl`, as the run wrote them.
The tables go into docs/trainers/alarms.md. A run takes minutes on a core; `--only` runs some kinds,
whose tables are printed only. A run that is there is not repeated. Left out: what a model of 346 thousand
parameters cannot show (mixed scripts, long thoughts).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import statistics
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.alarms.__main__ import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROOT = Path(__file__).resolve().parents[2]
_ARITHMETIC = _ROOT / "examples" / "arithmetic"
_DOCUMENT = _ROOT / "docs" / "trainers" / "alarms.md"
_MARKS = (
    "<!-- what follows is written by python -m benchmarks.alarms.real -->\n",
    "## Simulated logs\n",
)

SEEDS = 2
"""Runs of each kind."""

TRAPS = "benchmarks.alarms.traps:"

RIGHT = {"boxed_correctness": {}, "name": "correctness", "weight": 2.0}
FORM = {"think_format": {"mode": "graded", "tags": 0.2, "box": 0.2, "order": 0.1}, "name": "format"}
REPEATS = {"ngram_repetition": {"n": 3, "max_penalty": -0.5, "unit": "tokens"}, "name": "repetition"}


def _trap(name: str, weight: float, **settings: object) -> dict[str, Any]:
    return {f"{TRAPS}{name}": settings, "name": name.lower(), "weight": weight}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of run."""

    changes: Mapping[str, object] = dataclasses.field(default_factory=dict)
    """Settings of the training file, by dotted names."""

    terms: Sequence[Mapping[str, Any]] = (RIGHT, FORM, REPEATS)
    """The terms of the reward."""

    data: str = "all"
    """Which sums, by the name of one of :data:`DATA`."""

    end: str = "<eos>"
    """The sign that the tokenizer and the model's configuration take for the end."""

    alarms: tuple[str, ...] = ()
    """The alarms for it, if it is sick."""

    steps: int = 120


DATA = {
    "all": lambda sums: [(one, other, str(one + other)) for one, other in sums],
    "four": lambda sums: [(one, other, str(one + other)) for one, other in sums[:4]] * 8,
    "wrong": lambda sums: [(one, other, str(one + other + 1000)) for one, other in sums],
}
"""Ways to make rows of sums: two numbers and the gold."""

_UP, _DOWN = ([FORM, _trap("Near", 4.0, target=target)] for target in (32, 12))

HEALTHY = {
    "as it is": Kind(steps=160),
    "twice the rate": Kind(changes={"training.learning_rate": 5e-4}, steps=160),
    "batches of 32": Kind(changes={"training.per_device_train_batch_size": 32}, steps=160),
    "16 completions a prompt": Kind(changes={"generation.num_generations": 16}, steps=160),
    "loss grpo, constant rate": Kind(
        changes={"algorithm.loss_type": "grpo", "training.lr_scheduler_type": "constant"}, steps=160
    ),
    "correctness alone": Kind(terms=[RIGHT], steps=160),
    "a price on length": Kind(terms=[RIGHT, FORM, _trap("Long", -0.5)], steps=160),
    "two passes a batch": Kind(changes={"training.num_iterations": 2}, steps=160),
}
"""Kinds of healthy runs."""

SICK = {
    "length is paid": Kind(terms=[_trap("Long", 2.0), FORM], alarms=("truncated", "no_eos")),
    "repetition is paid": Kind(
        terms=[_trap("Repeated", 4.0), FORM], alarms=("repetition", "entropy_collapse", "truncated")
    ),
    "the tokenizer has another end": Kind(end=" stop", alarms=("no_eos",), steps=40),
    "brevity alone is paid": Kind(
        terms=[_trap("Long", -4.0)], alarms=("no_signal", "no_gradient"), steps=100
    ),
    "an entropy bonus": Kind(
        changes={"algorithm.entropy_coef": 0.3}, alarms=("entropy_explosion", "unlikely")
    ),
    "equal rewards": Kind(
        terms=[_trap("Constant", 1.0, value=0.5)], alarms=("no_gradient", "no_signal"), steps=40
    ),
    "wrong golds, form is paid": Kind(data="wrong", alarms=("reward_trap", "all_wrong"), steps=160),
    "a term that never fires": Kind(
        terms=[RIGHT, FORM, {"language_mixing": {}, "name": "mixing"}], alarms=("idle_term",), steps=60
    ),
    "four sums over and over": Kind(data="four", alarms=("all_right",)),
    "a term that judges three of four": Kind(
        terms=[RIGHT, FORM, _trap("Unsure", 1.0)], alarms=("not_judged",), steps=40
    ),
    "another length is paid every 25 steps": Kind(
        terms=_UP,
        changes={
            "techniques.length_stages": [
                {
                    "from_step": at,
                    "max_completion_length": 48,
                    "recipe": "up" if at // 25 % 2 == 0 else "down",
                }
                for at in range(0, 200, 25)
            ]
        },
        alarms=("length_oscillation",),
        steps=200,
    ),
    "a rate beyond any number": Kind(
        changes={"training.learning_rate": 1e30, "training.warmup_steps": 0}, alarms=("not_finite",), steps=40
    ),
    "the same, two passes a batch": Kind(
        changes={
            "training.learning_rate": 1e30,
            "training.warmup_steps": 0,
            "training.num_iterations": 2,
        },
        alarms=("not_finite",),
        steps=40,
    ),
    "a rate 100 times too high": Kind(
        changes={"training.learning_rate": 2.5e-2, "training.lr_scheduler_type": "constant"},
        alarms=("all_wrong",),
        steps=60,
    ),
}
"""Kinds of sick runs, from the first step on."""


def main() -> None:
    """Make the runs that are not there yet, and write the tables of all that are."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--folder", type=Path, default=Path("build/alarms"))
    options.add_argument("--processes", type=int, default=2, help="runs at a time, a core each")
    options.add_argument("--seeds", type=int, default=SEEDS, help="runs of each kind; 0 for those there are")
    options.add_argument("--only", nargs="+", choices=[*HEALTHY, *SICK], help="kinds; prints the tables only")
    options.add_argument("--one", nargs=2, help=argparse.SUPPRESS)  # a kind and a seed, in its own process
    chosen = options.parse_args()
    folder = chosen.folder.resolve()
    if chosen.one:
        one_run(folder, chosen.one[0], int(chosen.one[1]))
        return
    kinds = chosen.only or [*HEALTHY, *SICK]
    wanted = [(kind, seed) for seed in range(1, chosen.seeds + 1) for kind in kinds]
    with ThreadPoolExecutor(chosen.processes) as pool:
        fine = list(pool.map(lambda one: started(folder, *one), wanted))
    failed = [one for one, ended in zip(wanted, fine, strict=True) if not ended]
    tables = f"{healthy_table(folder, kinds)}\n{sick_table(folder, kinds)}"
    print(tables)
    if failed:
        sys.exit("\n".join(f"failed: {place_of(folder, *one) / 'said'}" for one in failed))
    if not chosen.only:
        first, last = _MARKS
        before, rest = _DOCUMENT.read_text("utf-8").split(first)
        _DOCUMENT.write_text(f"{before}{first}\n{tables}\n{last}{rest.split(last)[1]}", "utf-8")


def place_of(folder: Path, kind: str, seed: int) -> Path:
    """Return the output folder of a run."""
    return folder / kind.replace(" ", "-").replace(",", "") / str(seed)


def started(folder: Path, kind: str, seed: int) -> bool:
    """Make a run in a process of its own, unless it is there, and return True if it ended as it should."""
    place = place_of(folder, kind, seed)
    if (place / "ended").exists():
        return True
    place.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ARITHMETIC)])}
    environment |= {"OMP_NUM_THREADS": "1"}
    command = [
        sys.executable,
        "-m",
        "benchmarks.alarms.real",
        "--folder",
        str(folder),
        "--one",
        kind,
        str(seed),
    ]
    with (place / "said").open("w") as said:
        ran = subprocess.run(command, check=False, cwd=_ROOT, env=environment, stdout=said, stderr=said)  # noqa: S603  # itself
    return ran.returncode == 0


def seeds_of(folder: Path, kind: str) -> list[int]:
    """Return the seeds of the runs that are there."""
    return sorted(int(path.parent.name) for path in place_of(folder, kind, 0).parent.glob("*/ended"))


def one_run(folder: Path, kind: str, seed: int) -> None:
    """Make a run, from the warm start of its seed on."""
    from trainer_adapters.grpo.reading import read_config, read_sections  # noqa: PLC0415  # it takes seconds
    from trainer_adapters.grpo.run import run  # noqa: PLC0415
    from trainer_adapters.grpo.watch import StoppedError  # noqa: PLC0415

    made, place = (HEALTHY | SICK)[kind], place_of(folder, kind, seed)
    given = read_sections(_ARITHMETIC / "config.yaml")
    terms = {"recipe": made.terms, "up": _UP, "down": _DOWN}
    for name, listed in terms.items():
        reward = {"sum": [dict(term) for term in listed]} if len(listed) > 1 else dict(listed[0])
        recipe = {"name": name, "version": 1, "reward": reward}
        (place / f"{name}.yaml").write_text(yaml.safe_dump(recipe), "utf-8")
    changes = {
        "model.path": str(_warm(folder, seed, made.end)),
        "data.path": str(_rows(place, made.data)),
        "reward.recipe": str(place / "recipe.yaml"),
        "training.max_steps": made.steps,
        "training.seed": seed,
        "checkpoints.output_dir": str(place / "out"),
        "checkpoints.resume": False,
        "checkpoints.save_steps": made.steps,
        "logging.dashboard": False,
        "logging.report": False,
        **made.changes,
    }
    for name, value in changes.items():
        *sections, last = name.split(".")
        inner = given
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    for stage in given.get("techniques", {}).get("length_stages", []):
        stage["recipe"] = str(place / f"{stage['recipe']}.yaml")
    try:
        run(read_config(given))
    except StoppedError as error:
        print(error)
    (place / "ended").touch()


def _warm(folder: Path, seed: int, end: str) -> Path:
    """Return the model that a run begins with, made once for each seed; with another sign of the end."""
    from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415
    from warm_start import warm_start  # noqa: PLC0415  # examples/arithmetic

    warm = folder / "warm" / f"{seed}{end.strip().strip('<>')}"
    if not warm.exists():
        making = warm.with_name(f"{warm.name}-{os.getpid()}")
        warm_start(making, seed=seed)
        tokenizer, model = AutoTokenizer.from_pretrained(making), AutoModelForCausalLM.from_pretrained(making)
        tokenizer.eos_token = end
        model.config.eos_token_id = model.generation_config.eos_token_id = tokenizer.eos_token_id
        tokenizer.save_pretrained(making)
        model.save_pretrained(making)
        if not warm.exists():
            making.rename(warm)
    return warm


def _rows(place: Path, data: str) -> Path:
    import task  # noqa: PLC0415  # examples/arithmetic

    sums = task.split()[0]
    random.Random(0).shuffle(sums)  # noqa: S311  # the same rows in every run
    rows = [{"prompt": task.prompt(one, other), "answer": gold} for one, other, gold in DATA[data](sums)]
    path = place / "train.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def alarms_of(folder: Path, kind: str, seed: int) -> dict[str, int]:
    """Return the alarms that a run logged, each with its first step."""
    found: dict[str, int] = {}
    for line in _log(folder, kind, seed):
        if "alarm" in line:
            found.setdefault(line["alarm"], line["step"])
    return found


def _log(folder: Path, kind: str, seed: int) -> list[dict[str, Any]]:
    from trainer_adapters.grpo.watch.log import read_log  # noqa: PLC0415  # it takes seconds

    return read_log(place_of(folder, kind, seed) / "out" / "log.jsonl")


def healthy_table(folder: Path, kinds: Sequence[str]) -> str:
    """Return a row for each kind of healthy run, with the alarms that were heard, which are all false."""
    rows = []
    for kind in [one for one in HEALTHY if one in kinds]:
        seeds = seeds_of(folder, kind)
        heard = Counter(name for seed in seeds for name in alarms_of(folder, kind, seed))
        right = [
            [line["accuracy"] for line in _log(folder, kind, seed) if "accuracy" in line] for seed in seeds
        ]
        grown = ", ".join(f"{_percent(run[:10])} to {_percent(run[-10:])}" for run in right)
        rows.append([kind, str(len(seeds)), grown, _named(heard) or "none"])
    return table(["healthy runs", "runs", "accuracy, sampled", "false alarms"], rows)


def _percent(values: Sequence[float]) -> str:
    return f"{100 * statistics.mean(values):.0f}"


def sick_table(folder: Path, kinds: Sequence[str]) -> str:
    """Return a row for each kind of sick run, with the steps until its alarm, and the others heard."""
    rows = []
    for kind in [one for one in SICK if one in kinds]:
        every = [alarms_of(folder, kind, seed) for seed in seeds_of(folder, kind)]
        others = Counter(name for found in every for name in found if name not in SICK[kind].alarms)
        for alarm in SICK[kind].alarms:
            steps = sorted(found[alarm] for found in every if alarm in found)
            hits = f"{len(steps)} of {len(every)}"
            rows.append([kind, f"`{alarm}`", hits, ", ".join(map(str, steps)), _named(others)])
    return table(["sick runs", "alarm", "hits", "at steps", "also heard in"], rows)


def _named(heard: Mapping[str, int]) -> str:
    return ", ".join(f"`{name}` {count}" for name, count in sorted(heard.items()))


if __name__ == "__main__":
    main()
