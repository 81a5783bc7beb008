"""One caller of several under stress: asks a mix of quick, middling and hanging tasks for some seconds.

`python pool_caller.py SEED SECONDS` writes what became of its tasks as JSON, when all are answered.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from pools import HANGING, HOPELESS, area, middling

from rewards.answers.limits import Limits
from rewards.answers.pool import line
from rewards.answers.pool.client import Pool
from rewards.answers.pool.task import Task
from rewards.answers.question import Policy

if TYPE_CHECKING:
    from rewards.verdict import Verdict

LIMITS = Limits(workers=2, cpu_seconds=1.0, wall_factor=8.0)
AT_ONCE = 20
"""Tasks that a caller has under way."""


class Caller:
    """Asks through two pools in turn and writes down each verdict."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # chance, not secrets
        self._pools = [Pool(LIMITS), Pool(LIMITS)]
        self._changed = threading.Condition()
        self._open = 0
        self._answers: dict[int, int] = {}
        self.said: Counter[str] = Counter()
        self.asked = 0

    def ask(self) -> None:
        """One more task of any kind."""
        self.asked += 1
        n = self.asked
        roll = self._random.random()
        if roll < 0.03:
            answer, gold, kind = HANGING % n, HOPELESS, "hanging"
        elif roll < 0.15:
            answer, gold = middling(n)
            kind = "middling"
        elif roll < 0.5:
            answer, gold, kind = area(n)[0], area(n + 1)[1], "wrong"
        else:
            answer, gold = area(n)
            kind = "right"
        with self._changed:
            self._changed.wait_for(lambda: self._open < AT_ONCE)
            self._open += 1
        pool = self._random.choice(self._pools)
        ticket = pool.submit(Task(answer, gold, Policy(), LIMITS.cpu_seconds), partial(self._done, n, kind))
        if self._random.random() < 0.01:
            pool.cancel(ticket)
            with self._changed:
                if n not in self._answers:
                    self._answers[n] = 1
                    self._open -= 1

    def _done(self, n: int, kind: str, verdict: Verdict) -> None:
        with self._changed:
            self._answers[n] = self._answers.get(n, 0) + 1
            self._open -= 1
            reason = verdict.reason if verdict.status in {"ERROR", "RESOURCE_LIMIT", "TIMEOUT"} else ""
            self.said[f"{kind}: {verdict.status} {reason}".strip()] += 1
            self._changed.notify_all()

    def finish(self) -> list[int]:
        """Wait for what is open and let go of the pools; the tasks that were not answered exactly once."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, 300)
        for pool in self._pools:
            pool.close()
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join(60)
        return [n for n in range(1, self.asked + 1) if self._answers.get(n) != 1]


def main(seed: int, seconds: float) -> None:
    line.SILENCE_SECONDS = 10.0  # a pool that was stopped is to be noticed within the test
    files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  # names are enough
    caller = Caller(seed)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        caller.ask()
    astray = caller.finish()
    leaked = len(os.listdir("/proc/self/fd")) - files  # noqa: PTH208
    report = {"asked": caller.asked, "astray": astray, "leaked": leaked, "said": caller.said}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
