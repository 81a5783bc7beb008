"""At full size: hostile answers, each alone and all inside one batch, and slow but legal ones under load.

`make test-slow` runs it without gmpy2 and `make test-gmpy2` with it: it is to make no difference.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from load import busy_cores
from pools import Asker, children, middling

from rewards import BoxedCorrectness, LocalScorer, Rollout
from rewards.answers.judge import Judge
from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool
from rewards.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ROOT = Path(__file__).resolve().parents[4]
DATA = Path(os.environ.get("TOUCHSTONE_DATA", ROOT.parent / "shared" / "data"))
LIMITS = Limits()
BATCH = 4096
GRACE = 0.2
"""CPU seconds that a task may take beyond its limit, all processes together."""


def lines(path: Path) -> list[dict[str, object]]:
    if not path.exists():
        pytest.skip(f"no shared data at {path}; name its folder in TOUCHSTONE_DATA")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def hostile() -> list[Rollout]:
    own = lines(ROOT / "tests/rewards/answers/hostile.jsonl")
    rollouts = []
    for row in own:
        gold, completion = (
            "".join(piece * times for piece, times in row[field])  # type: ignore[attr-defined]
            for field in ("gold", "completion")
        )
        rollouts.append(Rollout(id=f"own {row['id']}", completion=completion, ground_truth=gold))
    shared = [
        Rollout(
            id=f"shared {row['id']}", completion=str(row["completion"]), ground_truth=str(row["ground_truth"])
        )
        for row in lines(DATA / "hostile.jsonl")
    ]
    return rollouts + shared


def ordinary(count: int) -> list[Rollout]:
    """Real golds; every other answer is the gold of another row."""
    golds = [str(row["gold"]) for row in lines(DATA / "gold_math_test.jsonl")][:count]
    answers = [gold if n % 2 else golds[n - 7] for n, gold in enumerate(golds)]
    return [
        Rollout(id=f"row {n}", completion=rf"so \boxed{{{answer}}}", ground_truth=gold)
        for n, (answer, gold) in enumerate(zip(answers, golds, strict=True))
    ]


class Watch:
    """Looks at the pool's processes again and again: how much memory did any worker ever have?"""

    def __init__(self, pool: int) -> None:
        self.most = 0
        self._pool = pool
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = max([self.most, *(address_space(pid) for pid in children(self._pool))])


def address_space(pid: int) -> int:
    """The most bytes that a process ever had."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmPeak")), 0)


def cpu(pool: int) -> float:
    """CPU seconds of the pool, of its workers and of those it has reaped."""

    def of(pid: int, fields: slice) -> float:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return sum(map(int, stat[fields])) / os.sysconf("SC_CLK_TCK")

    return of(pool, slice(11, 15)) + sum(of(child, slice(11, 13)) for child in children(pool))


@pytest.fixture
def opener(own_folder: Path) -> Iterator[Judge]:
    """Keeps the pool of these tests alive; what it has judged no other judge remembers."""
    assert own_folder.is_dir()
    judge = Judge(LIMITS)
    answer, gold = middling(1)
    LocalScorer(BoxedCorrectness(), judge=judge).score(
        [Rollout(completion=rf"\boxed{{{answer}}}", ground_truth=gold)]
    )
    yield judge
    judge.close()


def verdicts(rollouts: list[Rollout]) -> dict[str, Status]:
    judge = Judge(LIMITS)
    scores = LocalScorer(BoxedCorrectness(), judge=judge).score(rollouts)
    judge.close()
    return {
        rollout.id: verdict.status
        for rollout, verdict in zip(rollouts, scores.verdicts, strict=True)
        if verdict is not None
    }


def test_hostile_answers_cost_no_more_than_their_limits_and_change_no_other(opener: Judge) -> None:
    assert opener.pool_pid is not None
    alone: dict[str, Status] = {}
    seconds: dict[str, float] = {}
    with Watch(opener.pool_pid) as watch:
        for rollout in hostile():
            before = time.process_time() + cpu(opener.pool_pid)
            alone |= verdicts([rollout])
            seconds[rollout.id] = time.process_time() + cpu(opener.pool_pid) - before
        others = ordinary(BATCH - len(alone))
        calm = verdicts(others)
        mixed = [*others, *hostile()]
        random.Random(1).shuffle(mixed)  # noqa: S311  # chance, not secrets
        together = verdicts(mixed)
    assert len(together) == BATCH
    assert {id_: together[id_] for id_ in calm if together[id_] != calm[id_]} == {}
    assert {id_: (alone[id_], together[id_]) for id_ in alone if together[id_] != alone[id_]} == {}
    assert not {Status.ERROR, Status.NOT_JUDGED} & set(together.values())
    assert {id_: spent for id_, spent in seconds.items() if spent > LIMITS.cpu_seconds + GRACE} == {}
    assert watch.most <= address_space(opener.pool_pid) + LIMITS.memory_bytes


def test_slow_but_legal_checks_are_never_out_of_time_while_others_load_all_cores(own_folder: Path) -> None:
    assert own_folder.is_dir()
    asker = Asker(Pool(LIMITS))
    answers = [middling(n)[0] for n in range(2_000)]
    with busy_cores():
        for n in range(len(answers)):
            asker.ask(*middling(n), cpu_seconds=LIMITS.cpu_seconds)
        outcomes = asker.wait(*answers, seconds=3_000)
    asker.pool.close()
    assert {outcome.status for outcome in outcomes} == {Status.CORRECT}
    slowest = max(outcome.seconds for outcome in outcomes)
    assert slowest < LIMITS.cpu_seconds
