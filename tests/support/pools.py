"""Asking a worker pool, and looking at its processes."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.answers.pool.task import Task
from rewards.answers.question import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.pool.client import Pool
    from rewards.verdict import Status, Verdict

HANGING = r"\int \frac{\sqrt{\tan x + \sin^5 x}}{1+x^{%d}} dx"
"""Against HOPELESS nothing refuses it in advance, and sympy does not come back from it."""

HOPELESS = HANGING % 1000
"""The gold that makes an answer hang."""


def area(n: int) -> tuple[str, str]:
    """An answer and the gold it equals, which only sympy can tell."""
    return f"y^2+{n}", rf"\int_0^y 2x\,dx+{n}"


def middling(n: int) -> tuple[str, str]:
    """As :func:`area`, but sympy takes a tenth of a second and more."""
    return rf"\pi^3-6\pi+{n}", rf"\int_0^{{\pi}} x^3\sin x\,dx+{n}"


class Asker:
    """Submits tasks and keeps what comes back, in order."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.outcomes: dict[str, Verdict] = {}
        self.arrivals: dict[str, float] = {}
        self._changed = threading.Condition()

    def ask(self, answer: str, gold: str = HOPELESS, cpu_seconds: float = 0.3) -> int:
        def done(outcome: Verdict) -> None:
            with self._changed:
                self.outcomes[answer] = outcome
                self.arrivals[answer] = time.monotonic()
                self._changed.notify_all()

        return self.pool.submit(Task(answer, gold, Policy(), cpu_seconds), done)

    def wait(self, *answers: str, seconds: float = 100.0) -> list[Verdict]:
        """The outcomes of these answers, when all are there."""
        with self._changed:
            assert self._changed.wait_for(lambda: all(answer in self.outcomes for answer in answers), seconds)
        return [self.outcomes[answer] for answer in answers]


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that are still there."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that must come to pass."""
    give_up = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < give_up, "it never came to pass"
        time.sleep(0.01)


def status(asker: Asker, answer: str) -> Status:
    return asker.wait(answer)[0].status


def busy(pool: Pool) -> list[int]:
    """The workers that are computing, those whose CPU time grows: first the one that computes most."""

    def spent(pid: int) -> float:
        return time.clock_gettime((~pid << 3) | 2)

    assert pool.pid is not None
    before = {pid: spent(pid) for pid in children(pool.pid)}
    time.sleep(0.05)
    grown = {pid: spent(pid) - cpu for pid, cpu in before.items() if alive(pid)}
    return sorted((pid for pid in grown if grown[pid] > 0), key=grown.__getitem__, reverse=True)
