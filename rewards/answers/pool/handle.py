"""The pool's handle of a worker: a forked process, its CPU clock and its job."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

from rewards.answers.pool.frames import Channel
from rewards.answers.pool.worker import run_worker

if TYPE_CHECKING:
    from rewards.answers.limits import Limits
    from rewards.answers.pool.server import QueuedTask

__all__ = ["GROWTH", "QUANTUM", "Worker", "level_of"]

QUANTUM = 0.01
"""CPU seconds of the first level, within which nearly every task is done."""

GROWTH = 10
"""Factor of CPU time between one level and the next."""


def level_of(seconds: float) -> int:
    """Return the level of a task with `seconds` of CPU time: level k ends at `QUANTUM * GROWTH**k`.

    >>> [level_of(seconds) for seconds in (0.009, 0.06, 0.39, 0.9, 3.3)]
    [0, 1, 2, 2, 3]
    """
    level, end = 0, QUANTUM
    while seconds >= end:
        level, end = level + 1, end * GROWTH
    return level


@dataclasses.dataclass(eq=False, slots=True)
class Worker:
    """A worker process."""

    pid: int
    channel: Channel
    job: QueuedTask | None = None
    suspended: bool = False
    spent_before: float = 0.0
    """Its CPU time at the start of its job."""
    seen: tuple[float, float] = (0.0, 0.0)
    """Monotonic time at which it was last seen to have computed, and its CPU time then."""

    @classmethod
    def fork(cls, limits: Limits) -> Worker | None:
        """Fork a worker; None if the machine has no room for one now."""
        parent = os.getpid()
        with contextlib.ExitStack() as undo:
            try:
                ours, theirs = (undo.enter_context(end) for end in socket.socketpair())
                pid = os.fork()
            except OSError:
                return None
            undo.pop_all()
        if pid == 0:
            try:
                # Whatever else is open here must close when the pool or a caller does.
                os.closerange(3, theirs.fileno())
                os.closerange(theirs.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
                run_worker(theirs, limits, parent)
                os._exit(0)
            finally:
                os._exit(1)
        theirs.close()
        ours.setblocking(False)  # noqa: FBT003  # its only argument
        return cls(pid, Channel(ours))

    @property
    def cpu(self) -> float:
        """CPU time of the process, in seconds."""
        try:
            return time.clock_gettime((~self.pid << 3) | 2)  # how Linux names the clock of a process
        except OSError:
            return 0.0  # it is gone, which is noticed elsewhere

    @property
    def spent(self) -> float:
        """CPU time spent on its job, in seconds."""
        return self.cpu - self.spent_before

    @property
    def level(self) -> int:
        """Current level of its job; 0 without one."""
        return max(self.job.level, level_of(self.spent)) if self.job else 0

    def take(self, job: QueuedTask) -> None:
        """Assign `job` and send it."""
        job.worker, self.job = self, job
        self.spent_before = self.cpu
        self.seen = time.monotonic(), self.spent_before
        with contextlib.suppress(EOFError):  # its end is noticed where it is read
            self.channel.send(job.task.to_json())

    def release(self) -> QueuedTask | None:
        """Unassign and return its job."""
        job, self.job = self.job, None
        if job is not None:
            job.worker = None
        return job

    def suspend(self) -> None:
        """Suspend the process, by SIGSTOP."""
        if not self.suspended:
            self.suspended = True
            os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Resume the process, by SIGCONT."""
        if self.suspended:
            self.suspended = False
            self.seen = time.monotonic(), self.cpu
            os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process; it is reaped when its socket closes."""
        os.kill(self.pid, signal.SIGKILL)

    def stands_still(self, seconds: float) -> bool:
        """Return True if it has a job, is not suspended and has not computed for `seconds`."""
        now, cpu = time.monotonic(), self.cpu
        since, before = self.seen
        if self.job is None or self.suspended or now < since + seconds:
            return False
        self.seen = now, cpu
        return cpu <= before  # else it was only starved

    def reap(self) -> int:
        """Reap the process, whose socket has closed, and return its wait status."""
        self.channel.close()
        self.kill()  # it is ending; should it not be, waiting for it would not end
        return os.waitpid(self.pid, 0)[1]
