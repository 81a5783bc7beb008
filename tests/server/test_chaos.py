"""A server under steady load while its parts are killed, and one that a million rollouts pass through."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Self

import numpy as np
import pytest
from processes import descendants, gone, naming, resident
from running import eventually, hanging, right

from rewards import LocalScorer, RemoteScorer, Rollout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from running import ServerProcess

    from rewards import Scores

pytestmark = pytest.mark.slow

CHAOS_SECONDS = float(os.environ.get("TOUCHSTONE_CHAOS_SECONDS", "60"))
SOAK_ROLLOUTS = int(os.environ.get("TOUCHSTONE_SOAK_ROLLOUTS", "1000000"))


@pytest.fixture
def pool_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where this test's worker pool has its socket: its processes name it in their command lines."""
    with tempfile.TemporaryDirectory(prefix="ts", dir="/tmp") as folder:  # a socket's path is short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield folder


def everyone(server: ServerProcess, pool_folder: str) -> list[int]:
    return [server.process.pid, *descendants(server.process.pid), *naming(pool_folder)]


# What the load is made of. One answer in twenty is hostile: in most batches of kinds that are refused before
# they are evaluated, in some of kinds that have to be killed.
REFUSED = [
    Rollout(completion=r"\boxed{9^{9^{9}}}", ground_truth="1"),
    Rollout(completion=r"\boxed{((20!)!)!}", ground_truth="1"),
    Rollout(completion=r"\boxed{" + "(" * 5000 + "}", ground_truth="1"),
]
HOSTILE = {"refused": [*REFUSED, *REFUSED[:2]], "killed": [*REFUSED, hanging(11), hanging(12)]}
ORDINARY = [
    *(right(n) for n in range(60)),
    *(Rollout(completion=rf"\boxed{{{n}x+1}}", ground_truth=f"1+{n}x") for n in range(2, 17)),
    *(Rollout(completion=rf"\boxed{{y^2+{n}}}", ground_truth=rf"\int_0^y 2x\,dx+{n}") for n in range(10)),
    *(Rollout(completion=rf"\boxed{{{n}}}", ground_truth=str(n + 1)) for n in range(10)),
]


def batch(hostile: str) -> list[Rollout]:
    rollouts = [*ORDINARY, *HOSTILE[hostile]]
    return [dataclasses.replace(rollout, id=str(n)) for n, rollout in enumerate(rollouts)]


@pytest.fixture(scope="module")
def expected() -> dict[str, Scores]:
    """The scores of the batches in a calm run, with workers that are not those of the tests' servers."""
    return {hostile: LocalScorer("boxed").score(batch(hostile)) for hostile in HOSTILE}


class Load:
    """Threads that score the same batches over and over, and keep what was not as expected."""

    def __init__(self, address: str, expected: dict[str, Scores]) -> None:
        self.batches = dict.fromkeys(expected, 0)
        self.faults: list[str] = []
        self._address = address
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(hostile, scores))
            for hostile, scores in expected.items()
            for _ in range(2)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, hostile: str, expected: Scores) -> None:
        rollouts = batch(hostile)
        with RemoteScorer(self._address, "boxed", patience=120) as remote:
            while not self._stop.is_set():
                try:
                    scores = remote.score(rollouts)
                except BaseException as failure:  # noqa: BLE001  # whatever it is, it is the finding
                    self.faults.append(repr(failure))
                    return
                self.batches[hostile] += 1
                if not np.array_equal(scores.totals, expected.totals):
                    differing = np.flatnonzero(scores.totals != expected.totals)
                    self.faults += [f"{row}: {scores.verdicts[row]}" for row in differing]


def test_processes_killed_at_random_cost_no_rollout(
    expected: dict[str, Scores], start_server: Callable[..., ServerProcess], pool_folder: str
) -> None:
    server = start_server("--recipe", "boxed", "--processes", "2")
    rng = random.Random(0)  # noqa: S311  # no secret
    seen: set[int] = set()
    killed = {"workers": 0, "servers": 0}
    memory: list[int] = []
    with Load(server.address, expected) as load:
        began = time.monotonic()
        next_server = began + 10
        while (now := time.monotonic()) < began + CHAOS_SECONDS and not load.faults:
            family = everyone(server, pool_folder)
            seen.update(family)
            memory.append(resident(*family))
            pool, *_ = naming(pool_folder) or [0]
            victims = descendants(pool) if pool else []
            if victims:
                _kill(rng.choice(victims))
                killed["workers"] += 1
            if now >= next_server:
                _kill(rng.choice(server.children))
                killed["servers"] += 1
                next_server += 10
            time.sleep(0.5)
    assert not load.faults
    assert server.process.poll() is None
    third = max(1, len(memory) // 3)
    calm, late = np.median(memory[third : 2 * third]), np.median(memory[-third:])
    print(  # noqa: T201  # the figures of a run
        f"\nchaos: {CHAOS_SECONDS:g} s, batches of 100 rollouts, by hostile kind: {load.batches}, "
        f"killed {killed}, "
        f"memory {calm / 1e6:.0f} MB in the second third, {late / 1e6:.0f} MB in the last"
    )
    assert all(load.batches.values())
    assert late < 1.25 * calm
    assert server.stop() == 0
    assert eventually(lambda: all(map(gone, seen)))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it had come to its end by itself


def test_a_million_rollouts_leave_no_trace_in_memory(
    start_server: Callable[..., ServerProcess], pool_folder: str
) -> None:
    """A server's memory after a tenth of the rollouts, and after all: no two of them are alike."""
    server = start_server("--recipe", "gsm8k-three-part")
    call = 5_000
    after_a_tenth = 0
    with RemoteScorer(server.address, "gsm8k-three-part") as remote:
        for start in range(0, SOAK_ROLLOUTS, call):
            if start == SOAK_ROLLOUTS // 10:
                after_a_tenth = resident(*everyone(server, pool_folder))
            rollouts = [
                Rollout(
                    completion=f"<think>{n} apples and {n % 97} pears</think> \\boxed{{{n + n % 2}}}",
                    ground_truth=str(n),
                )
                for n in range(start, start + call)
            ]
            totals = remote.score(rollouts).totals
            assert np.isfinite(totals).all()
            assert (totals[::2] > totals[1::2]).all()
    at_the_end = resident(*everyone(server, pool_folder))
    print(  # noqa: T201  # as above
        f"\nsoak: {SOAK_ROLLOUTS:,} rollouts, {after_a_tenth / 1e6:.1f} MB after a tenth, "
        f"{at_the_end / 1e6:.1f} MB at the end"
    )
    assert at_the_end < 1.1 * after_a_tenth
    assert server.stop() == 0
