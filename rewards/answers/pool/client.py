"""The worker pool as its callers see it: tasks go in, outcomes come back, nothing blocks."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from rewards.answers.pool.line import Job, Line
from rewards.answers.pool.news import PoolNews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rewards.answers.limits import Limits
    from rewards.answers.pool.task import Outcome, Task

__all__ = ["Pool"]


class Pool:
    """The pool for `limits`, started when the first task is submitted.

    `done` and `call` run in the pool's thread; they must neither block nor raise.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._line: Line | None = None
        self.news = PoolNews()
        """What the pool has told of its workers."""

    @property
    def pid(self) -> int | None:
        """The process id of the pool, once it has said that it is ready."""
        return None if self._line is None else self._line.pid

    def submit(self, task: Task, done: Callable[[Outcome], None]) -> int:
        """Have `task` decided; `done` gets its outcome. Returns a ticket to cancel it by."""
        return self.submit_all([(task, done)])[0]

    def submit_all(self, tasks: Iterable[tuple[Task, Callable[[Outcome], None]]]) -> list[int]:
        """The same for several, by which the pool's thread is woken once."""
        with self._lock:
            line = self._open()
            jobs = {next(self._tickets): Job(task, done) for task, done in tasks}
            line.waiting.update(jobs)
            line.ring()
        return list(jobs)

    def cancel(self, ticket: int) -> None:
        """Nobody waits for this task any more; its `done` is not called from now on."""
        with self._lock:
            line = self._line
            if line is None or line.waiting.pop(ticket, None) is not None:
                return
            if line.take(ticket) is not None:
                line.cancelled.append(ticket)
                line.ring()

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call `call` at `when`, in seconds of `time.monotonic()`."""
        with self._lock:
            line = self._open()
            line.at(when, call)
            line.ring()

    def close(self) -> None:
        """Let go of the pool; open tasks come back as NOT_JUDGED. A later task connects anew."""
        with self._lock:
            if self._line is not None and not self._line.closing:
                self._line.closing = True
                self._line.ring()

    def abandon(self) -> None:
        """In a process forked from the caller: close what belongs to the caller, touch nothing else."""
        if self._line is not None:
            self._line.abandon()

    def _open(self) -> Line:
        """The line that takes tasks; the lock is held."""
        if self._line is None or self._line.closing:
            self._line = Line(self._limits, self._lock, self.news)
        return self._line
