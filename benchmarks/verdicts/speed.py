"""Checks per second by kind of answer, as ratios in one run on one core.

Ours is :class:`rewards.LocalScorer` with ``BoxedCorrectness`` on whole batches; the peer is
Math-Verify's ``parse`` + ``verify`` in a loop in one process, its gold parsed for each check as its
users do. Both are pinned to the same core, and what counts is processor time, ours with that of its
worker pool, so that a busy machine changes no ratio by much. Turns alternate, a slice of the pairs at a
time; the peer sees a sample of the pairs, since all of them would take it an hour. What is not grading is
not counted on either side: imports, which a few pairs of every kind bring about before the clock starts,
and the garbage that was left by reading the pairs.

The sets: golds of one kind against themselves in a short response, and a batch shaped like GRPO's:
groups of 16 that share a gold, answers drawn from real responses to the same problem, repeating as
they do there; and the hunted cases, whose answers are hard and hardly ever repeat.
"""

# ruff: noqa: S311, S603, PLW1509  (samples, not secrets; our own programs; no threads)

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.verdicts.environment import REPOSITORY, RESULTS, limited, peers_python
from benchmarks.verdicts.golds import golds_of
from benchmarks.verdicts.rows import labelled_rows, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["SETS", "Speed", "measure"]

_SEED = 20240607
_GROUP = 16
_ROUNDS = 5

Pairs = list[tuple[str, str]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Speed:
    """Both graders on one set."""

    pairs: int
    ours_per_second: float
    """Checks per second of processor time, median of the rounds."""
    peer_per_second: float
    slowest: float
    """The ratio in the round that was worst for us: the peer's mean against ours of that round."""
    fastest: float
    agreeing: float
    """Share of the peer's sample on which the two verdicts are the same."""

    @property
    def ratio(self) -> float:
        """How many times as fast ours is."""
        return self.ours_per_second / self.peer_per_second


def _against_themselves(file: str) -> Callable[[], Pairs]:
    """Half the golds against themselves, half against the next gold of the file."""

    def make() -> Pairs:
        golds = golds_of(file)
        answers = [gold if number % 2 else golds[number - 1] for number, gold in enumerate(golds)]
        return [
            (gold, f"Working through the steps, the answer is $\\boxed{{{answer}}}$.")
            for gold, answer in zip(golds, answers, strict=True)
        ]

    return make


def _grpo_shaped() -> Pairs:
    """256 groups of 16: a problem's real responses, drawn with replacement, each under its own words."""
    chance = random.Random(_SEED)
    answers: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for file in ("labelled_rho_math500", "labelled_qwen_math_cot100", "labelled_rho_gsm8k"):
        for row in labelled_rows(file):
            if row.answer is not None:
                answers[file, row.gold].append(row.answer)
    groups = chance.sample([(gold, said) for (_, gold), said in answers.items() if len(said) >= 4], 256)
    return [
        (gold, f"Attempt {number}. So the answer is $\\boxed{{{chance.choice(said)}}}$.")
        for gold, said in groups
        for number in range(_GROUP)
    ]


def _hunted() -> Pairs:
    """The cases that were hunted down for what a grader gets wrong, right and wrong ones alike."""
    return [
        (str(row["ground_truth"]), str(row.get("completion") or f"\\boxed{{{row['answer']}}}"))
        for row in read_lines("hunt_cases")
        if isinstance(row["ground_truth"], str)
    ]


SETS: dict[str, tuple[Callable[[], Pairs], int]] = {
    "GSM8K golds": (_against_themselves("gold_gsm8k_test"), 1300),
    "MATH golds": (_against_themselves("gold_math_test"), 1000),
    "Big-Math golds": (_against_themselves("gold_bigmath"), 600),
    "GRPO-shaped batch": (_grpo_shaped, 1000),
    "hunted cases": (_hunted, 600),
}
"""Name -> (how to make the pairs, how many of them the peer is given)."""

_WARM_UP: Pairs = [
    ("12", r"\boxed{12.5}"),
    ("1+x", r"\boxed{x+1}"),
    (r"\sqrt{2}", r"\boxed{2\sin x}"),
    ("(1, 2)", r"\boxed{(1, 3)}"),
]
"""What both sides judge before the clock first starts, so that neither is charged for its imports."""

_OURS = """
import gc, json, sys
from rewards import BoxedCorrectness, LocalScorer, Rollout
def scorer(): return LocalScorer(BoxedCorrectness())
def rollouts(pairs):
    return [Rollout(id=str(n), completion=t, ground_truth=gold) for n, (gold, t) in enumerate(pairs)]
scorer().score(rollouts(json.loads(sys.stdin.readline())))
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    pairs = json.loads(line)
    batch, fresh = rollouts(pairs), scorer()
    gc.collect()
    print(json.dumps("prepared"), flush=True)
    sys.stdin.readline()
    verdicts = (fresh.score(batch).totals > 0).tolist()
    print(json.dumps(verdicts), flush=True)
"""

_PEER = """
import gc, json, sys, warnings
warnings.simplefilter("ignore")
from math_verify import parse, verify
def dressed(pairs): return [(gold if "$" in gold else f"${gold}$", text) for gold, text in pairs]
def verdicts(pairs): return [bool(verify(parse(gold), parse(text))) for gold, text in pairs]
verdicts(dressed(json.loads(sys.stdin.readline())))
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    pairs = dressed(json.loads(line))
    gc.collect()
    print(json.dumps("prepared"), flush=True)
    sys.stdin.readline()
    print(json.dumps(verdicts(pairs)), flush=True)
"""


class _Runner:
    """One side, alive for as long as it is needed, on one core."""

    def __init__(self, python: str, program: str, core: int) -> None:
        self._mark = f"VERDICTS_SPEED={uuid.uuid4()}"
        name, _, value = self._mark.partition("=")
        self._process = subprocess.Popen(
            [python, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), name: value},
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        self._say(_WARM_UP)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, list[bool]]:
        """Processor seconds for all the pairs together, and the verdicts."""
        self._say(pairs)
        begun = self._cpu_seconds()
        self._say("go")
        verdicts: list[bool] = self._answer()
        return self._cpu_seconds() - begun, verdicts

    def _say(self, message: object) -> None:
        """Send a line; what is sent as material is answered when it is ready to be used."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        if message != "go":
            self._answer()

    def _answer(self) -> Any:  # noqa: ANN401  (JSON)
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def _cpu_seconds(self) -> float:
        """Of every process that inherited this side's mark: a worker pool is not always a child."""
        total = 0
        for home in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (home / "environ").read_bytes():
                    # nanoseconds on a core, of all threads; `stat` only counts ticks of 10 ms
                    total += sum(int(t.read_text().split()[0]) for t in home.glob("task/*/schedstat"))
            except OSError:
                continue
        return total / 1e9

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def measure(name: str) -> Speed:
    """Run one set: rounds of ours on everything, each followed by the peer on a slice of its sample."""
    make, peer_count = SETS[name]
    pairs = make()
    sample = limited(random.Random(_SEED).sample(range(len(pairs)), min(peer_count, len(pairs))))
    core = min(os.sched_getaffinity(0))
    peer = _Runner(str(peers_python()), _PEER, core)
    ours_seconds, peer_seconds = [], []
    verdicts: list[bool] = []
    theirs: list[tuple[int, bool]] = []
    try:
        for turn in range(_ROUNDS):
            # a fresh process each round: what an earlier round left in a cache may not count
            ours = _Runner(sys.executable, _OURS, core)
            try:
                seconds, verdicts = ours(pairs)
            finally:
                ours.close()
            ours_seconds.append(seconds / len(pairs))
            piece = sample[turn::_ROUNDS]
            if not piece:  # of a limited sample
                continue
            seconds, said = peer([pairs[place] for place in piece])
            peer_seconds.append(seconds / len(piece))
            theirs += list(zip(piece, said, strict=True))
    finally:
        peer.close()
    theirs_each = statistics.mean(peer_seconds)
    return Speed(
        pairs=len(pairs),
        ours_per_second=1 / statistics.median(ours_seconds),
        peer_per_second=1 / theirs_each,
        slowest=theirs_each / max(ours_seconds),
        fastest=theirs_each / min(ours_seconds),
        agreeing=sum(verdicts[place] == said for place, said in theirs) / len(theirs),
    )


def main() -> None:
    """Print and keep the speed of each set."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    (RESULTS / "speed").mkdir(parents=True, exist_ok=True)
    for name in options.parse_args().sets:
        speed = measure(name)
        kept = dataclasses.asdict(speed) | {"ratio": speed.ratio}
        (RESULTS / "speed" / f"{name.replace(' ', '-').lower()}.json").write_text(json.dumps(kept, indent=1))
        print(
            f"{time.strftime('%H:%M:%S')} {name}: ours {speed.ours_per_second:,.0f}/s,"
            f" Math-Verify {speed.peer_per_second:,.0f}/s, {speed.ratio:.0f} times"
            f" ({speed.slowest:.0f} to {speed.fastest:.0f} by round),"
            f" verdicts agree {speed.agreeing:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
