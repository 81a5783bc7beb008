"""How long from giving up on a worker that hangs until a warm one has answered: ours against pebble.

    python -m benchmarks.pool.replacement

Each has one worker, which computes without end. The clock runs from the moment at which that task is
cancelled, so that its worker is killed, until another question has been answered that only sympy can
tell. pebble's workers come from a forkserver in which all they need is imported and warm: the fastest
way that it has. Fails unless ours is at least five times faster.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import threading
import time

from pebble import ProcessPool

from benchmarks.pool.warm import HANGING, QUESTION, decide
from rewards.answers.limits import Limits
from rewards.answers.pool.client import Pool
from rewards.answers.pool.task import Task
from rewards.answers.question import Policy
from rewards.verdict import Status, Verdict

RUNS = 15
LIMIT = 5.0
"""How many times faster ours is to be."""

_UNDER_WAY = 0.2
"""Seconds after which a task has certainly begun."""


class Ours:
    """The pool of Touchstone."""

    name = "touchstone"

    def __init__(self) -> None:
        self._pool = Pool(Limits(workers=1, cpu_seconds=1000.0))

    def ask(self, question: tuple[str, str]) -> tuple[int, threading.Event]:
        """Have `question` decided; its ticket, and what is set when it is."""
        answered = threading.Event()

        def done(verdict: Verdict) -> None:
            assert verdict.status is Status.CORRECT
            answered.set()

        return self._pool.submit(Task(*question, Policy(), 1000.0), done), answered

    def replace(self) -> float:
        """Seconds that one replacement takes."""
        hanging, _ = self.ask(HANGING)
        time.sleep(_UNDER_WAY)
        began = time.perf_counter()
        self._pool.cancel(hanging)
        assert self.ask(QUESTION)[1].wait(60)
        return time.perf_counter() - began

    def close(self) -> None:
        """Let go."""
        self._pool.close()


class Pebble:
    """A pool of pebble on a forkserver that is warm."""

    name = "pebble"

    def __init__(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["benchmarks.pool.warm"])
        self._pool = ProcessPool(max_workers=1, context=context)

    def replace(self) -> float:
        """Seconds that one replacement takes."""
        hanging = self._pool.schedule(decide, args=HANGING)
        time.sleep(_UNDER_WAY)
        began = time.perf_counter()
        hanging.cancel()
        assert self._pool.schedule(decide, args=QUESTION).result(60) == Status.CORRECT
        return time.perf_counter() - began

    def close(self) -> None:
        """Let go."""
        self._pool.stop()
        self._pool.join()


def main() -> int:
    """Measure in turns, print, and say by the exit code whether the limit was held."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    pools = (Ours(), Pebble())
    for pool in pools:
        pool.replace()  # the start of the pool itself does not count
    runs = [[pool.replace() for pool in pools] for _ in range(RUNS)]
    for pool in pools:
        pool.close()
    ours, theirs = (statistics.median(column) for column in zip(*runs, strict=True))
    print(f"median of {RUNS}: touchstone {ours * 1e3:.1f} ms, pebble {theirs * 1e3:.1f} ms")
    print(f"ratio {theirs / ours:.1f}, at least {LIMIT:g} is wanted")
    return int(theirs / ours < LIMIT)


if __name__ == "__main__":
    sys.exit(main())
