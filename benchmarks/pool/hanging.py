"""What hanging answers cost the others of their batch: p99 of the time until a row is judged.

    python -m benchmarks.pool.hanging

A batch is as GRPO makes them: 256 golds of MATH, each with sixteen completions of 4 KB, real reasoning before
a box; half of the answers are right, and half are the golds of others. In the hard mix, one row in twenty
has a question of its own that needs a worker. In every other run 1 % of the rows are replaced by answers
that hang: half are towers, which are refused before anything is evaluated, half are integrals that burn
their whole CPU time in a worker. Batches are scored in this process (`LocalScorer.start`), and through a
server of one process (`RemoteScorer.stream`), which shares the machine with its client and its workers.
Both have judged before, but nothing comes twice.

p99 is that of the rows that do not hang; a run ends when they are judged. Fails if in one of the two ways
the median of the real mix becomes more than 1.2 times as long.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import sys
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from benchmarks.server.servers import ours
from benchmarks.server.traffic import real_texts
from benchmarks.verdicts.environment import data_directory
from rewards import LocalScorer, RemoteScorer, Rollout
from rewards.answers.judge import Judge
from rewards.answers.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROBLEMS, ANSWERS = 256, 16
ROWS = PROBLEMS * ANSWERS
HANGING = 41
MIXES = {"real": 0.0, "hard": 0.05}
"""The share of rows that go to the workers, in addition to what real golds need."""
LIMIT = 1.2

CHARACTERS = 4_000
"""Of a completion."""


def golds() -> Iterator[list[str]]:
    """Those of one batch after the other, until there are no more."""
    files = [data_directory() / f"gold_math_{part}.jsonl" for part in ("train", "test")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line)["gold"] for line in lines]
    random.Random(0).shuffle(found)  # noqa: S311  # chance, not secrets
    for start in range(0, len(found) - PROBLEMS, PROBLEMS):
        yield found[start : start + PROBLEMS]


def batch(
    texts: list[str], found: list[str], run: int, symbolic: float, *, hung: bool
) -> tuple[list[Rollout], set[str]]:
    """The rows of a run, in no order, and the ids of those that do not hang."""
    chance = random.Random(run)  # noqa: S311  # chance, not secrets
    pairs = [(gold if n % 2 else chance.choice(found), gold) for gold in found for n in range(ANSWERS)]
    chance.shuffle(pairs)
    for n in range(int(symbolic * ROWS)):
        k = run * ROWS + n
        pairs[n] = (f"y^2+{k}", rf"\int_0^y 2x\,dx+{k}")
    if hung:
        pairs[-HANGING:] = hanging(run)
    rows = [
        Rollout(
            id=str(n),
            completion=rf"<think>{chance.choice(texts)}</think> It is \boxed{{{answer}}}.",
            ground_truth=gold,
        )
        for n, (answer, gold) in enumerate(pairs)
    ]
    counted = {row.id for row in rows[:-HANGING]}
    chance.shuffle(rows)
    return rows, counted


def hanging(run: int) -> list[tuple[str, str]]:
    """Answers and golds, of which half are refused at once and half burn all their time."""
    pairs = []
    for n in range(HANGING):
        k = run * HANGING + n + 2
        if n % 2:
            pairs.append((rf"{k}^{{9^{{9^{{9}}}}}}", "5"))
        else:
            integral = r"\int \frac{\sqrt{\tan x + \sin^5 x}}{1+x^{%d}} dx"
            pairs.append((integral % k, integral % 100_000))
    return pairs


def in_process(scorer: LocalScorer, rows: list[Rollout]) -> Iterator[list[str]]:
    """The ids of rows as they are judged."""
    scoring = scorer.start(rows)
    try:
        for indices, _ in scoring:
            yield [rows[index].id for index in indices]
    finally:
        for future in scoring.waiting:
            future.cancel()


def through_a_server(scorer: RemoteScorer, rows: list[Rollout]) -> Iterator[list[str]]:
    """The same, by a client."""
    for scored in scorer.stream(rows):
        yield [scored.rollout.id]


def p99(judged: Iterator[list[str]], counted: set[str]) -> float:
    """The seconds within which 99 % of the counted rows are judged."""
    spent: list[float] = []
    began = time.perf_counter()
    for ids in judged:
        spent += [time.perf_counter() - began] * len(counted.intersection(ids))
        if len(spent) == len(counted):
            break
    judged.close()  # type: ignore[attr-defined]  # they are generators, and what hangs is given up
    return statistics.quantiles(spent, n=100)[98]


def ratios(
    score: Callable[[list[Rollout]], Iterator[list[str]]], symbolic: float
) -> list[tuple[float, float]]:
    """p99 without hanging answers and with them, in turns; first a batch that does not count."""
    runs: list[float] = []
    texts = list(real_texts(data_directory(), CHARACTERS))
    for run, found in enumerate(golds()):
        rows, counted = batch(texts, found, run, symbolic, hung=run % 2 == 0)
        gc.collect()
        gc.freeze()  # as servers do
        runs.append(p99(score(rows), counted))
        time.sleep(0.2)  # workers that were given up are replaced
    return list(zip(runs[1::2], runs[2::2], strict=False))


def main() -> int:
    """Measure, print, and say by the exit code whether the limit was held."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    missed = False
    with ExitStack() as stack:
        judge = stack.enter_context(closing(Judge(Limits())))
        judge.warm_up().result()
        local = LocalScorer("boxed", judge=judge)
        server = stack.enter_context(ours(1))
        remote = stack.enter_context(RemoteScorer(server.target, "boxed"))
        ways = {
            "in process": lambda rows: in_process(local, rows),
            "by a server": lambda rows: through_a_server(remote, rows),
        }
        for mix, symbolic in MIXES.items():
            for way, score in ways.items():
                runs = ratios(score, symbolic)
                calm, hung = (statistics.median(column) for column in zip(*runs, strict=True))
                quarters = statistics.quantiles((with_ / without for without, with_ in runs), n=4)
                print(
                    f"{mix} mix, {way}: p99 of the others {calm:.3f} s, with hanging ones {hung:.3f} s,",
                    f"ratio {hung / calm:.2f} (half of the pairs {quarters[0]:.2f} to {quarters[2]:.2f})",
                    f"at most {LIMIT:g} is wanted" if mix == "real" else "",
                    flush=True,
                )
                missed |= mix == "real" and hung / calm > LIMIT
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
