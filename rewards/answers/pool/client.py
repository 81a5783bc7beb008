"""The client of the worker pool: submits tasks and delivers verdicts, without blocking."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

from rewards.answers.pool.line import Connection, TaskRequest
from rewards.answers.pool.news import PoolStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rewards.answers.limits import Limits
    from rewards.answers.pool.task import Task
    from rewards.verdict import Verdict

__all__ = ["Pool"]


class Pool:
    """The pool for `limits`, started when the first task is submitted.

    `done` and `call` run in the pool's thread; they must neither block nor raise.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._connection: Connection | None = None
        self.news = PoolStats()
        """Statistics reported by the pool."""

    @property
    def pid(self) -> int | None:
        """Process id of the pool; None before it is ready."""
        return None if self._connection is None else self._connection.pid

    def submit(self, task: Task, done: Callable[[Verdict], None]) -> int:
        """Submit `task`; `done` is called with its verdict. Returns a ticket for :meth:`cancel`."""
        return self.submit_all([(task, done)])[0]

    def submit_all(self, tasks: Iterable[tuple[Task, Callable[[Verdict], None]]]) -> list[int]:
        """Submit several tasks with a single wake-up of the pool's thread."""
        with self._lock:
            connection = self._open()
            requests = {next(self._tickets): TaskRequest(task, done) for task, done in tasks}
            connection.waiting.update(requests)
            connection.wake()
        return list(requests)

    def cancel(self, ticket: int) -> None:
        """Cancel a task; its `done` is not called from now on."""
        with self._lock:
            connection = self._connection
            if connection is None or connection.waiting.pop(ticket, None) is not None:
                return
            if connection.take(ticket) is not None:
                connection.cancelled.append(ticket)
                connection.wake()

    def at(self, when: float, call: Callable[[], None]) -> None:
        """Call `call` at `when`, in seconds of `time.monotonic()`."""
        with self._lock:
            connection = self._open()
            connection.at(when, call)
            connection.wake()

    def close(self) -> None:
        """Disconnect from the pool; open tasks come back as NOT_JUDGED. A later task connects anew."""
        with self._lock:
            if self._connection is not None and not self._connection.closing:
                self._connection.closing = True
                self._connection.wake()

    def abandon(self) -> None:
        """Close the inherited file descriptors, in a process forked from the caller."""
        if self._connection is not None:
            self._connection.abandon()

    def _open(self) -> Connection:
        """Return the open connection, made anew if need be; the lock is held."""
        if self._connection is None or self._connection.closing:
            self._connection = Connection(self._limits, self._lock, self.news)
        return self._connection
