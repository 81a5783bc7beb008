"""Fair scheduler for scoring: recently quick tasks run on the event loop, all others in threads."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from server.scheduling.round_robin import RoundRobin

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Executor

__all__ = ["FairScheduler", "RecentMax"]

T = TypeVar("T")

_QUICK_SECONDS = 0.02
"""Maximum seconds to block the event loop: about what waiting for the GIL costs it, every few times, while a
thread computes."""

_DECAY = 0.9
"""Decay factor of the recent maximum, per task."""

_TIME_SLICE_SECONDS = 0.05
"""Several times the duration of one scoring step."""

_MAX_DELAY_SECONDS = 0.25
"""Longer than the duration of a batch of several frames."""

_QUIET_PERIOD_SECONDS = 0.005
"""Longer than the gap between two frames of a batch on a machine with busy cores."""


class RecentMax:
    """Decaying maximum of the duration of tasks of one kind."""

    def __init__(self) -> None:
        self._seconds = 0.0

    @property
    def quick(self) -> bool:
        """True if the next task may run on the event loop."""
        return self._seconds < _QUICK_SECONDS

    def took(self, seconds: float) -> None:
        """Record the duration of a finished task."""
        self._seconds = max(seconds, _DECAY * self._seconds)


@dataclasses.dataclass(eq=False, slots=True)
class _Task(Generic[T]):
    """A queued unit of work with its future."""

    work: Callable[[], T]
    recent_max: RecentMax | None
    done: asyncio.Future[T]
    long: bool = False
    """True if the task has exceeded its time slice."""

    @property
    def quick(self) -> bool:
        return self.recent_max is not None and self.recent_max.quick

    def timed(self) -> T:
        began = time.perf_counter()
        try:
            return self.work()
        finally:
            if self.recent_max is not None:
                self.recent_max.took(time.perf_counter() - began)


class FairScheduler:
    """Run one task at a time, round-robin over callers; for use from one event loop.

    Two concurrent tasks would only compete for the GIL and both be late. When a task exceeds its time slice
    of `time_slice` seconds, and so may be blocked on something, the next task starts beside it. Low-priority
    tasks run after all others, once no other has finished for `quiet_period` seconds; after at most
    `max_delay` seconds they join the round-robin.

    Tasks of a quick kind run on the event loop: handing one to a thread and waiting for it often costs more
    than the task, and the data just received is only in the cache of the current core.

    Args:
        executor: thread pool.
        threads: number of threads in `executor`.
        time_slice: seconds that a task may run before the next one starts beside it.
        max_delay: maximum seconds that a low-priority task waits before it joins the round-robin.
        quiet_period: seconds without other tasks after which a low-priority task may run.
    """

    def __init__(
        self,
        executor: Executor,
        threads: int,
        *,
        time_slice: float = _TIME_SLICE_SECONDS,
        max_delay: float = _MAX_DELAY_SECONDS,
        quiet_period: float = _QUIET_PERIOD_SECONDS,
    ) -> None:
        self._executor = executor
        self._threads = threads
        self._time_slice = time_slice
        self._max_delay = max_delay
        self._quiet_period = quiet_period
        self._last = -math.inf
        """Time at which the last normal-priority task ended, in seconds of `time.monotonic()`."""
        self._awaits_quiet_period = False
        """True while a timer for the end of the quiet period is set."""
        self._waiting: RoundRobin[_Task[Any]] = RoundRobin()
        self._later: RoundRobin[_Task[Any]] = RoundRobin()
        self._busy = False
        """True while a thread runs a task within its time slice, or the next dispatch is scheduled."""
        self._long = 0
        """Number of threads whose task has exceeded its time slice."""

    async def run(
        self,
        caller: Hashable,
        work: Callable[[], T],
        *,
        recent_max: RecentMax | None = None,
        later: bool = False,
    ) -> T:
        """Run `work` when it is the caller's turn, and return its result.

        Args:
            caller: key for round-robin scheduling.
            work: function to call.
            recent_max: recent maximum for tasks of this kind, if they are CPU-bound; None for a task that may
                block, which always runs in a thread.
            later: True for low priority: all other tasks go first.
        """
        loop = asyncio.get_running_loop()
        task: _Task[T] = _Task(work, recent_max, loop.create_future())
        promotion = None
        if later:
            self._later.add(caller, task)
            promotion = loop.call_later(self._max_delay, self._promote, loop, caller, task)
        else:
            self._waiting.add(caller, task)
        self._wake(loop)
        try:
            return await task.done
        except asyncio.CancelledError:
            self._waiting.drop(caller, task)
            self._later.drop(caller, task)
            raise
        finally:
            if promotion is not None:
                promotion.cancel()
            else:
                self._last = time.monotonic()

    def _promote(self, loop: asyncio.AbstractEventLoop, caller: Hashable, task: _Task[Any]) -> None:
        """Move a low-priority task into the round-robin, unless it has already started."""
        if self._later.drop(caller, task):
            self._waiting.add(caller, task)
            self._wake(loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        # Not at once: whoever else comes by then is to have a turn, and whoever was served goes on.
        if not self._busy:
            self._busy = True
            loop.call_soon(self._go_on, loop)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Dispatch the next task."""
        self._busy = False
        if (task := self._take(self._waiting)) is None:
            if not self._later:
                return
            if (left := self._last + self._quiet_period - time.monotonic()) > 0:
                self._await_quiet_period(loop, left)
                return
            if (task := self._take(self._later)) is None:
                return
        if task.done.done():  # it was given up just now
            self._wake(loop)
        elif task.quick:
            try:
                task.done.set_result(task.timed())
            except Exception as error:  # noqa: BLE001  # it is raised where the result is awaited
                task.done.set_exception(error)
            self._wake(loop)
        else:
            self._busy = True
            slice_end = loop.call_later(self._time_slice, self._takes_long, loop, task)

            def over(running: asyncio.Future[Any]) -> None:
                slice_end.cancel()
                self._leave_thread(loop, task, running)

            loop.run_in_executor(self._executor, task.timed).add_done_callback(over)

    def _take(self, queue: RoundRobin[_Task[Any]]) -> _Task[Any] | None:
        """Remove and return the next task that can run now; None if there is none."""
        for caller, task in queue:
            if task.quick or self._long < self._threads:
                return queue.take(caller)
        return None

    def _await_quiet_period(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        def over() -> None:
            self._awaits_quiet_period = False
            self._wake(loop)

        if not self._awaits_quiet_period:
            self._awaits_quiet_period = True
            loop.call_later(seconds, over)

    def _takes_long(self, loop: asyncio.AbstractEventLoop, task: _Task[Any]) -> None:
        task.long = True
        self._long += 1
        self._busy = False
        self._wake(loop)

    def _leave_thread(
        self, loop: asyncio.AbstractEventLoop, task: _Task[Any], running: asyncio.Future[Any]
    ) -> None:
        if task.long:
            self._long -= 1
        else:
            self._busy = False
        if running.cancelled():  # the threads were shut down
            task.done.cancel()
        elif (error := running.exception()) is None:
            if not task.done.done():  # somebody still waits for it
                task.done.set_result(running.result())
        elif not task.done.done():
            task.done.set_exception(error)
        self._wake(loop)
