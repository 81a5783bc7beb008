"""The threads that score, and who may use them next."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from server.rotation import Rotation

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from concurrent.futures import Executor, Future

__all__ = ["Turns"]

T = TypeVar("T")

_PATIENCE_SECONDS = 0.05
"""Several times what a step of scoring takes."""

_DEFERRAL_SECONDS = 0.25
"""Longer than a batch of several frames takes."""


class Turns:
    """Runs work in threads, and lets callers take turns; for one event loop.

    One piece of work at a time: two would only take the interpreter from each other, and both be late.
    Beside one that takes long, and may wait for something, others go on after `patience` seconds. What may
    be done later lets all others go first, for up to `deferral` seconds.

    Args:
        executor: the threads.
        at_once: how many pieces of work may be with them; what takes long holds up less than that many.
        patience: how long a piece of work waits for others before it runs beside them.
        deferral: how long what may be done later waits before it takes part in the turns.
    """

    def __init__(
        self,
        executor: Executor,
        at_once: int,
        *,
        patience: float = _PATIENCE_SECONDS,
        deferral: float = _DEFERRAL_SECONDS,
    ) -> None:
        self._executor = executor
        self._at_once = at_once
        self._patience = patience
        self._deferral = deferral
        self._running = 0
        self._waiting: Rotation[asyncio.Future[None]] = Rotation()
        self._later: Rotation[asyncio.Future[None]] = Rotation()

    async def run(self, caller: Hashable, work: Callable[[], T], *, later: bool = False) -> T:
        """What `work` returns, in a thread, when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        if self._running:
            turn = loop.create_future()
            if later:
                self._later.add(caller, turn)
                impatience = loop.call_later(self._deferral, self._promote, caller, turn)
            else:
                self._waiting.add(caller, turn)
                impatience = loop.call_later(self._patience, self._next, self._at_once)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._ended()
                else:
                    self._waiting.drop(caller, turn)
                    self._later.drop(caller, turn)
                raise
            finally:
                impatience.cancel()
        else:
            self._running = 1
        running = self._executor.submit(work)

        def ended(_: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(self._ended)

        # Not when this coroutine ends: one that is cancelled leaves its work running in the thread.
        running.add_done_callback(ended)
        return await asyncio.wrap_future(running)

    def _ended(self) -> None:
        self._running -= 1
        self._next(1)

    def _promote(self, caller: Hashable, turn: asyncio.Future[None]) -> None:
        """It has let others go first for long enough."""
        self._later.drop(caller, turn)
        self._waiting.add(caller, turn)
        self._next(self._at_once)

    def _next(self, most: int) -> None:
        """Let the next go on, unless `most` pieces of work are with the threads."""
        for queue in (self._waiting, self._later):
            while queue and self._running < most:
                caller, _ = next(iter(queue))
                if not (turn := queue.take(caller)).done():
                    turn.set_result(None)
                    self._running += 1
