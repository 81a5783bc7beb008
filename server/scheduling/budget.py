"""Memory budget in bytes for calls in flight, shared among callers by dynamic thresholds."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from server.scheduling.round_robin import RoundRobin

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Budget"]

_MAX_RATIO = 4
"""Maximum ratio of the bytes that one caller holds to the bytes that it leaves free.

A lone caller may hold four fifths of the budget, two equally busy callers four ninths each, so that a new
caller always finds some budget left.

Source: dynamic queue length thresholds (Choudhury and Hahne, 1998), by which switches share a buffer."""

_SMALLEST = 4096
"""Approximate bytes held by the smallest call."""


class Budget:
    """Byte budget for calls in flight; for use from one event loop.

    An idle server admits a message of any size, so no message can be too large for it. Waiting callers are
    served round-robin: a caller with a thousand frames waits behind one frame of each other caller.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        """Bytes held by calls in flight."""
        self._of: Counter[Hashable] = Counter()
        self._waiting: RoundRobin[tuple[int, asyncio.Future[None]]] = RoundRobin()

    @property
    def waiting(self) -> int:
        """Number of requests waiting for budget."""
        return len(self._waiting)

    @property
    def exhausted(self) -> bool:
        """True if not even a caller that holds nothing can be admitted."""
        return not self._fits(None, _SMALLEST) or self._has_starved_caller()

    def take(self, caller: Hashable, size: int) -> bool:
        """Take `size` bytes without waiting; return False and take nothing if they are not available."""
        if not self._fits(caller, size) or self._has_starved_caller():
            return False
        self._hold(caller, size)
        return True

    async def wait_for(self, caller: Hashable, size: int) -> None:
        """Wait until it is the caller's turn and `size` bytes are available, then take them."""
        if not self._waiting and self.take(caller, size):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, (size, turn))
        self._serve()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(caller, size)  # it was our turn at the very moment that we were cancelled
            else:
                self._waiting.drop(caller, (size, turn))
                self._serve()
            raise

    def give_back(self, caller: Hashable, size: int) -> None:
        """Release `size` bytes, all or part of the bytes taken."""
        self.held -= size
        self._of[caller] -= size
        if not self._of[caller]:
            del self._of[caller]
        self._serve()

    def _hold(self, caller: Hashable, size: int) -> None:
        self.held += size
        self._of[caller] += size

    def _room(self, size: int) -> bool:
        return not self.held or self.held + size <= self.size

    def _fits(self, caller: Hashable, size: int) -> bool:
        left = self.size - self.held - size
        return not self.held or (left >= 0 and self._of[caller] + size <= max(_MAX_RATIO * left, size))

    def _has_starved_caller(self) -> bool:
        """True if a waiting caller lacks room for its next item, so that a new request would overtake it."""
        return any(not self._room(size) for _, (size, _) in self._waiting)

    def _serve(self) -> None:
        while (caller := self._next()) is not None:
            size, turn = self._waiting.take(caller)
            if not turn.done():
                self._hold(caller, size)
                turn.set_result(None)

    def _next(self) -> Hashable | None:
        for caller, (size, turn) in self._waiting:
            if turn.done() or self._fits(caller, size):
                return caller
            if not self._room(size):
                return None  # it is not passed over, or a large frame would never have its turn
        return None
