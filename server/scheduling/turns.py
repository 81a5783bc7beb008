"""Fair scheduler for scoring: recently quick tasks run on the event loop, all others in threads."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from server.scheduling.rotation import Rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Executor

__all__ = ["Pace", "Turns"]

T = TypeVar("T")

_QUICK_SECONDS = 0.02
"""Maximum seconds to block the event loop: about what waiting for the GIL costs it, every few times, while a
thread computes."""

_FORGETTING = 0.9
"""Decay factor of the recent maximum, per task."""

_PATIENCE_SECONDS = 0.05
"""Several times the duration of one scoring step."""

_DEFERRAL_SECONDS = 0.25
"""Longer than the duration of a batch of several frames."""

_LULL_SECONDS = 0.005
"""Longer than the gap between two frames of a batch on a machine with busy cores."""


class Pace:
    """Decaying maximum of the duration of tasks of one kind."""

    def __init__(self) -> None:
        self._seconds = 0.0

    @property
    def quick(self) -> bool:
        """True if the next task may run on the event loop."""
        return self._seconds < _QUICK_SECONDS

    def took(self, seconds: float) -> None:
        """Record the duration of a finished task."""
        self._seconds = max(seconds, _FORGETTING * self._seconds)


@dataclasses.dataclass(eq=False, slots=True)
class _Piece(Generic[T]):
    """A queued unit of work with its future."""

    work: Callable[[], T]
    pace: Pace | None
    done: asyncio.Future[T]
    long: bool = False
    """True if the task has exceeded its time slice."""

    @property
    def quick(self) -> bool:
        return self.pace is not None and self.pace.quick

    def timed(self) -> T:
        began = time.perf_counter()
        try:
            return self.work()
        finally:
            if self.pace is not None:
                self.pace.took(time.perf_counter() - began)


class Turns:
    """Run one task at a time, round-robin over callers; for use from one event loop.

    Two concurrent tasks would only compete for the GIL and both be late. When a task exceeds its time slice
    of `patience` seconds, and so may be blocked on something, the next task starts beside it. Low-priority
    tasks run after all others, once no other has finished for `lull` seconds; after at most `deferral`
    seconds they join the round-robin.

    Tasks of a quick kind run on the event loop: handing one to a thread and waiting for it often costs more
    than the task, and the data just received is only in the cache of the current core.

    Args:
        executor: thread pool.
        threads: number of threads in `executor`.
        patience: seconds that a task may run before the next one starts beside it.
        deferral: maximum seconds that a low-priority task waits before it joins the round-robin.
        lull: seconds without other tasks after which a low-priority task may run.
    """

    def __init__(
        self,
        executor: Executor,
        threads: int,
        *,
        patience: float = _PATIENCE_SECONDS,
        deferral: float = _DEFERRAL_SECONDS,
        lull: float = _LULL_SECONDS,
    ) -> None:
        self._executor = executor
        self._threads = threads
        self._patience = patience
        self._deferral = deferral
        self._lull = lull
        self._last = -math.inf
        """Time at which the last normal-priority task ended, in seconds of `time.monotonic()`."""
        self._awaits_lull = False
        """True while a timer for the end of the quiet period is set."""
        self._waiting: Rotation[_Piece[Any]] = Rotation()
        self._later: Rotation[_Piece[Any]] = Rotation()
        self._busy = False
        """True while a thread runs a task within its time slice, or the next dispatch is scheduled."""
        self._long = 0
        """Number of threads whose task has exceeded its time slice."""

    async def run(
        self, caller: Hashable, work: Callable[[], T], *, pace: Pace | None = None, later: bool = False
    ) -> T:
        """Run `work` when it is the caller's turn, and return its result.

        Args:
            caller: key for round-robin scheduling.
            work: function to call.
            pace: recent maximum for tasks of this kind, if they are CPU-bound; None for a task that may
                block, which always runs in a thread.
            later: True for low priority: all other tasks go first.
        """
        loop = asyncio.get_running_loop()
        piece: _Piece[T] = _Piece(work, pace, loop.create_future())
        promotion = None
        if later:
            self._later.add(caller, piece)
            promotion = loop.call_later(self._deferral, self._promote, loop, caller, piece)
        else:
            self._waiting.add(caller, piece)
        self._wake(loop)
        try:
            return await piece.done
        except asyncio.CancelledError:
            self._waiting.drop(caller, piece)
            self._later.drop(caller, piece)
            raise
        finally:
            if promotion is not None:
                promotion.cancel()
            else:
                self._last = time.monotonic()

    def _promote(self, loop: asyncio.AbstractEventLoop, caller: Hashable, piece: _Piece[Any]) -> None:
        """Move a low-priority task into the round-robin, unless it has already started."""
        if self._later.drop(caller, piece):
            self._waiting.add(caller, piece)
            self._wake(loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        # Not at once: whoever else comes by then is to have a turn, and whoever was served goes on.
        if not self._busy:
            self._busy = True
            loop.call_soon(self._go_on, loop)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Dispatch the next task."""
        self._busy = False
        if (piece := self._take(self._waiting)) is None:
            if not self._later:
                return
            if (left := self._last + self._lull - time.monotonic()) > 0:
                self._await_lull(loop, left)
                return
            if (piece := self._take(self._later)) is None:
                return
        if piece.done.done():  # it was given up just now
            self._wake(loop)
        elif piece.quick:
            try:
                piece.done.set_result(piece.timed())
            except Exception as error:  # noqa: BLE001  # it is raised where the result is awaited
                piece.done.set_exception(error)
            self._wake(loop)
        else:
            self._busy = True
            impatience = loop.call_later(self._patience, self._takes_long, loop, piece)

            def over(running: asyncio.Future[Any]) -> None:
                impatience.cancel()
                self._leave_thread(loop, piece, running)

            loop.run_in_executor(self._executor, piece.timed).add_done_callback(over)

    def _take(self, queue: Rotation[_Piece[Any]]) -> _Piece[Any] | None:
        """Remove and return the next task that can run now; None if there is none."""
        for caller, piece in queue:
            if piece.quick or self._long < self._threads:
                return queue.take(caller)
        return None

    def _await_lull(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        def over() -> None:
            self._awaits_lull = False
            self._wake(loop)

        if not self._awaits_lull:
            self._awaits_lull = True
            loop.call_later(seconds, over)

    def _takes_long(self, loop: asyncio.AbstractEventLoop, piece: _Piece[Any]) -> None:
        piece.long = True
        self._long += 1
        self._busy = False
        self._wake(loop)

    def _leave_thread(
        self, loop: asyncio.AbstractEventLoop, piece: _Piece[Any], running: asyncio.Future[Any]
    ) -> None:
        if piece.long:
            self._long -= 1
        else:
            self._busy = False
        if running.cancelled():  # the threads were shut down
            piece.done.cancel()
        elif (error := running.exception()) is None:
            if not piece.done.done():  # somebody still waits for it
                piece.done.set_result(running.result())
        elif not piece.done.done():
            piece.done.set_exception(error)
        self._wake(loop)
