"""What hanging answers cost the others of their batch: p99 of the time until a row is judged.

    python -m benchmarks.pool.hanging

4,096 rows stream through `LocalScorer.start`. In every other run 1 % of them are replaced by answers that
hang: half are towers, which are refused before anything is evaluated, half are integrals that burn their
whole CPU time in a worker. The others are real golds of MATH, of which our judge decides nearly all by
itself; and, in the hard mix, 5 % of them need a worker, so that p99 is the workers' alone. Fails if p99
of the real mix becomes more than 1.2 times as long.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time

from benchmarks.verdicts.environment import data_directory
from rewards import BoxedCorrectness, LocalScorer, Rollout
from rewards.answers.judge import Judge
from rewards.answers.limits import Limits

ROWS = 4096
HANGING = 41
MIXES = {"real": 0.0, "hard": 0.05}
"""The share of rows that go to the workers, in addition to what real golds need."""
RUNS = 3
LIMIT = 1.2

_BOX = r"so the answer is \boxed{%s}"


def others(run: int, symbolic: float = 0.05) -> list[Rollout]:
    """Rows that do not hang; no two runs share a question for the workers."""
    path = data_directory() / "gold_math_test.jsonl"
    golds = [json.loads(line)["gold"] for line in path.read_text(encoding="utf-8").splitlines()]
    rows = []
    for n in range(ROWS - HANGING):
        if n < symbolic * ROWS:
            k = run * ROWS + n
            rows.append(Rollout(completion=_BOX % f"y^2+{k}", ground_truth=rf"\int_0^y 2x\,dx+{k}"))
        else:
            gold = golds[n % len(golds)]
            rows.append(Rollout(completion=_BOX % (gold if n % 2 else golds[n - 7]), ground_truth=gold))
    return rows


def hanging(run: int) -> list[Rollout]:
    """Rows of which half are refused at once and half burn all their time."""
    rows = []
    for n in range(HANGING):
        k = run * HANGING + n + 2
        if n % 2:
            rows.append(Rollout(completion=_BOX % rf"{k}^{{9^{{9^{{9}}}}}}", ground_truth="5"))
        else:
            integral = r"\int \frac{\sqrt{\tan x + \sin^5 x}}{1+x^{%d}} dx"
            rows.append(Rollout(completion=_BOX % (integral % k), ground_truth=integral % 100_000))
    return rows


def p99(run: int, symbolic: float, *, hung: bool) -> float:
    """The seconds within which 99 % of the other rows are judged, in one batch."""
    good = others(run, symbolic)
    bad = hanging(run) if hung else others(run + 1_000, symbolic)[-HANGING:]
    order = list(range(ROWS))
    random.Random(run).shuffle(order)  # noqa: S311  # chance, not secrets
    rows = [*good, *bad]
    counts = [place for place, n in enumerate(order) if n < len(good)]
    judge = Judge(Limits())
    times = [0.0] * ROWS
    began = time.perf_counter()
    for indices, _ in LocalScorer(BoxedCorrectness(), judge=judge).start([rows[n] for n in order]):
        now = time.perf_counter() - began
        for index in indices:
            times[index] = now
    judge.close()
    return statistics.quantiles((times[place] for place in counts), n=100)[98]


def main() -> int:
    """Measure in turns, print, and say by the exit code whether the limit was held."""
    keeper = Judge(Limits())  # the pool is to live and be warm all the time
    LocalScorer(BoxedCorrectness(), judge=keeper).score(others(900)[:1])
    ratios = {}
    for number, (mix, symbolic) in enumerate(MIXES.items()):
        seeds = range(20 * number, 20 * number + 2 * RUNS, 2)
        runs = [(p99(seed, symbolic, hung=False), p99(seed + 1, symbolic, hung=True)) for seed in seeds]
        calm, hung = (statistics.median(column) for column in zip(*runs, strict=True))
        ratios[mix] = hung / calm
        print(f"{mix} mix: p99 of the others {calm:.3f} s, with hanging ones {hung:.3f} s")
        print(f"ratio {hung / calm:.2f}", f"at most {LIMIT:g} is wanted" if mix == "real" else "")
    keeper.close()
    return int(ratios["real"] > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
