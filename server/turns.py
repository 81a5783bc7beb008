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


class Turns:
    """Runs work in threads, a few pieces at once, and lets callers take turns; for one event loop.

    Args:
        executor: the threads.
        at_once: how many pieces of work may be with them.
    """

    def __init__(self, executor: Executor, at_once: int) -> None:
        self._executor = executor
        self._free = at_once
        self._waiting: Rotation[asyncio.Future[None]] = Rotation()

    async def run(self, caller: Hashable, work: Callable[[], T]) -> T:
        """What `work` returns, in a thread, when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        if self._free:
            self._free -= 1
        else:
            turn = loop.create_future()
            self._waiting.add(caller, turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._pass_on()
                else:
                    self._waiting.drop(caller, turn)
                raise
        running = self._executor.submit(work)

        def ended(_: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                loop.call_soon_threadsafe(self._pass_on)

        # Not when this coroutine ends: one that is cancelled leaves its work running in the thread.
        running.add_done_callback(ended)
        return await asyncio.wrap_future(running)

    def _pass_on(self) -> None:
        while self._waiting:
            caller, _ = next(iter(self._waiting))
            if not (turn := self._waiting.take(caller)).done():
                turn.set_result(None)
                return
        self._free += 1
