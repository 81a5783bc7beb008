"""The judge under everything a model can write, under both directions of a question, and under load.

Minutes of work, so marked slow. Material is the real golds where the data is, and the labelled cases besides.
"""

# ruff: noqa: S311 - a seed, so that every run draws the same

from __future__ import annotations

import json
import multiprocessing
import os
import random
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.verdicts.rewritten import made
from rewards import BoxedCorrectness, LocalScorer, Rollout
from rewards.answers.comparing.compare import compare
from rewards.answers.question import EXACT
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Node
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("TOUCHSTONE_DATA", ROOT.parent / "shared" / "data"))

pytestmark = pytest.mark.slow


def golds() -> list[str]:
    """Every distinct gold, in an order that puts like beside like."""
    with (Path(__file__).parent / "cases.jsonl").open(encoding="utf-8") as lines:
        found = {json.loads(line)["gold"] for line in lines}
    for path in sorted(DATA.glob("gold_*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            found |= {json.loads(line)["gold"] for line in lines}
    return sorted(found)


def changed(gold: str, chance: random.Random) -> str:
    """The gold with one character dropped, doubled or moved."""
    place = chance.randrange(len(gold) + 1)
    return chance.choice(
        [gold[:place] + gold[place + 1 :], gold[:place] + gold[place - 1 :], gold + gold[:place]]
    )


def pairs() -> Iterator[tuple[str, str]]:
    """Neighbours, strangers, restyled copies and broken copies."""
    chance = random.Random(11)
    everything = golds()
    yield from pairwise(everything)
    for gold in everything:
        yield gold, chance.choice(everything)
        yield gold, f"${gold.replace('frac', 'dfrac')}$."
        yield gold, changed(gold, chance)


def rewritten_pairs() -> Iterator[tuple[str, str]]:
    """Golds rewritten with and without a change of meaning."""
    if DATA.is_dir():
        yield from ((pair.gold, pair.answer) for right in (True, False) for pair in made(right=right))


@pytest.mark.timeout(900)
def test_two_hundred_thousand_broken_answers_have_a_verdict() -> None:
    command = [sys.executable, "-m", "benchmarks.verdicts.fuzz", "--count", "200000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TOUCHSTONE_DATA": str(DATA)}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.timeout(900)
def test_swapping_answer_and_gold_keeps_the_verdict_under_the_exact_policy() -> None:
    one_sided = []
    for one, other in chain(pairs(), rewritten_pairs()):
        if not (_plain(one) and _plain(other)):
            continue
        there, back = compare(one, other, EXACT), compare(other, one, EXACT)
        if (there and there.status is Status.CORRECT) != (back and back.status is Status.CORRECT):
            one_sided.append((one, other))
    assert not one_sided, f"{len(one_sided)}: {one_sided[:20]}"


def _plain(text: str) -> bool:
    """Whether a text is understood as it stands; a gold is trusted, and mended where its source broke it."""
    whole = text.count("{") == text.count("}") and "boxed" not in text
    return whole and isinstance(read(text), Node)


def _spin(stop: multiprocessing.synchronize.Event) -> None:
    while not stop.is_set():
        sum(range(10_000))


def _verdicts(sample: list[tuple[str, str]]) -> list[Verdict | None]:
    rollouts = [
        Rollout(id=str(number), completion=f"\\boxed{{{answer}}}", ground_truth=gold)
        for number, (gold, answer) in enumerate(sample)
    ]
    return list(LocalScorer(BoxedCorrectness()).score(rollouts).verdicts)


def _verdicts_of_a_fresh_process(sample: list[tuple[str, str]]) -> list[Verdict | None]:
    """What a process says that remembers nothing."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(_verdicts, sample).result()


def test_the_same_verdicts_while_every_core_is_busy() -> None:
    sample = random.Random(13).sample(list(pairs()), 4_000)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    busy = [context.Process(target=_spin, args=(stop,)) for _ in range(2 * (os.cpu_count() or 2))]
    quiet = _verdicts_of_a_fresh_process(sample)
    for process in busy:
        process.start()
    try:
        loaded = _verdicts_of_a_fresh_process(sample)
    finally:
        stop.set()
        for process in busy:
            process.join()
    assert len(quiet) == len(sample)
    assert [
        (pair, one, other) for pair, one, other in zip(sample, quiet, loaded, strict=True) if one != other
    ] == []
