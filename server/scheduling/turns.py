"""Who may compute next, and where: on the event loop what is quick of late, in threads all else."""

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
"""How long the event loop may stand still: what a thread that computes costs it, too, every few times that
it wants the interpreter back."""

_FORGETTING = 0.9
"""What is left of a memory after one more piece of work."""

_PATIENCE_SECONDS = 0.05
"""Several times what a step of scoring takes."""

_DEFERRAL_SECONDS = 0.25
"""Longer than a batch of several frames takes."""

_LULL_SECONDS = 0.005
"""Longer than it takes until the next frame of a batch is here, while others want the cores, too."""


class Pace:
    """How long pieces of work of one kind take: the longest of late, which is forgotten little by little."""

    def __init__(self) -> None:
        self._seconds = 0.0

    @property
    def quick(self) -> bool:
        """Whether the event loop may do the next one itself."""
        return self._seconds < _QUICK_SECONDS

    def took(self, seconds: float) -> None:
        """One of them was done."""
        self._seconds = max(seconds, _FORGETTING * self._seconds)


@dataclasses.dataclass(eq=False, slots=True)
class _Piece(Generic[T]):
    """A piece of work."""

    work: Callable[[], T]
    pace: Pace | None
    done: asyncio.Future[T]
    long: bool = False
    """It takes longer than others have patience for."""

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
    """Runs work, one piece at a time, and lets callers take turns; for one event loop.

    Two at once would only take the interpreter from each other, and both be late. Beside one that takes
    longer than `patience` seconds, and may wait for something, others go on. What may be done later lets
    all others go first, those of the next `lull` seconds too, for up to `deferral` seconds.

    A piece of a kind that is quick runs on the event loop: to hand it to a thread and to wait for
    that costs more than many a piece, and what was just received is at hand in one core's cache alone.

    Args:
        executor: the threads.
        threads: how many of them there are.
        patience: how long a piece of work may hold up others.
        deferral: how long what may be done later waits before it takes part in the turns.
        lull: how long nobody may have come before it is done sooner.
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
        """When the last piece of those that let nobody go first was done."""
        self._awaits_lull = False
        """Whether there will be a look whether it is over."""
        self._waiting: Rotation[_Piece[Any]] = Rotation()
        self._later: Rotation[_Piece[Any]] = Rotation()
        self._busy = False
        """Whether a thread has a piece that may yet be quick, or the next one is about to be begun."""
        self._long = 0
        """How many threads have pieces that take long."""

    async def run(
        self, caller: Hashable, work: Callable[[], T], *, pace: Pace | None = None, later: bool = False
    ) -> T:
        """What `work` returns, when it is the caller's turn.

        Args:
            caller: whose turn it is to be.
            work: what to do.
            pace: of such work, if it only ever computes; what may wait for something has none, and a thread.
            later: whether it lets all others go first.
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
        """It has let others go first for long enough, unless it is being done."""
        if self._later.drop(caller, piece):
            self._waiting.add(caller, piece)
            self._wake(loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        # Not at once: whoever else comes by then is to have a turn, and whoever was served goes on.
        if not self._busy:
            self._busy = True
            loop.call_soon(self._go_on, loop)

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have the next piece of work done."""
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
        """The next piece that there is somebody for."""
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
