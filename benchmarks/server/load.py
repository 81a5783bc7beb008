"""The client's side, in a process of its own: asks as fast as it is answered, and says how fast that was.

``python -m benchmarks.server.load`` reads one JSON object on standard input (:class:`Load`) and writes
one (:class:`LoadReport`).
"""

from __future__ import annotations

import dataclasses
import http.client
import itertools
import json
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.server.traffic import SIZES, rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.server.traffic import AnsweredProblem

    Ask = Callable[[Sequence[Any]], list[float]]

MOST_ROUNDS, MOST_CHARACTERS = 40, 64_000_000
"""How many different rounds of rollouts are made in advance."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Load:
    """What to ask."""

    target: str
    """`host:port`."""
    kind: str
    """`unary`, `stream` or `json`."""
    data: str
    size: str
    """The name of one of `SIZES`."""
    count: int
    """Rollouts in one call."""
    connections: int
    callers: int
    """Threads that ask at once."""
    seconds: float
    seed: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What came of it."""

    rollouts_per_second: float
    rollouts: int
    p50_ms: float
    p99_ms: float
    right: float
    """Share of rollouts that came back as right; 60 % are, and of GSM8K's 70 %."""


def asking_grpc(load: Load) -> Ask:
    from rewards import RemoteScorer  # noqa: PLC0415  # not where JSON is asked for

    remote = RemoteScorer(load.target, "boxed", connections=load.connections)
    return lambda rollouts: remote.score(rollouts).totals.tolist()


def asking_json(load: Load) -> Ask:
    mine = threading.local()

    def ask(rollouts: Sequence[dict[str, str]]) -> list[float]:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(load.target)
        mine.connection.request("POST", "/score", json.dumps(rollouts), {"Content-Type": "application/json"})
        found: list[float] = json.loads(mine.connection.getresponse().read())
        return found

    return ask


def made(kind: str, pairs: list[AnsweredProblem]) -> list[Any]:
    if kind == "json":
        return [{"completion": pair.completion, "gold": pair.gold} for pair in pairs]
    from rewards import Rollout  # noqa: PLC0415  # as above

    return [
        Rollout(completion=pair.completion, ground_truth=pair.gold, id=str(n)) for n, pair in enumerate(pairs)
    ]


def measured(load: Load) -> LoadReport:
    size = SIZES[load.size]
    generated = rounds(Path(load.data), size, load.count, load.seed)
    count = max(2, min(MOST_ROUNDS, MOST_CHARACTERS // (load.count * size.characters)))
    batches = [made(load.kind, pairs) for pairs in itertools.islice(generated, count)]
    ask = asking_json(load) if load.kind == "json" else asking_grpc(load)
    ask(batches[0])
    turn = itertools.cycle(batches)
    lock = threading.Lock()
    spent: list[float] = []
    right: list[float] = []
    end = time.perf_counter() + load.seconds

    def caller() -> None:
        while (began := time.perf_counter()) < end:
            with lock:
                batch = next(turn)
            totals = ask(batch)
            assert len(totals) == len(batch)
            with lock:
                spent.append(time.perf_counter() - began)
                right.append(sum(totals) / len(totals))

    began = time.perf_counter()
    threads = [threading.Thread(target=caller) for _ in range(load.callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - began
    spent.sort()
    return LoadReport(
        rollouts_per_second=len(spent) * load.count / whole,
        rollouts=(len(spent) + 1) * load.count,
        p50_ms=1000 * spent[len(spent) // 2],
        p99_ms=1000 * spent[min(len(spent) * 99 // 100, len(spent) - 1)],
        right=sum(right) / len(right),
    )


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(measured(Load(**json.load(sys.stdin))))))
