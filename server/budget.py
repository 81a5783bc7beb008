"""How much may be in work at once, in bytes: what keeps a flood from becoming a queue without end."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Budget"]


class Budget:
    """Bytes that calls hold while they are in work; for one event loop.

    Whoever comes alone is always let in, so that no message can be too large for an idle server.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._size

    @property
    def held(self) -> int:
        """How many are in work."""
        return self._held

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @property
    def exhausted(self) -> bool:
        """Whether someone is waiting, or nothing is left."""
        return bool(self._waiting) or self._held >= self._size

    def take(self, size: int) -> bool:
        """Take `size` bytes at once; False, and nothing taken, if there are not as many left."""
        if self._waiting or (self._held and self._held + size > self._size):
            return False
        self._held += size
        return True

    async def wait_for(self, size: int) -> None:
        """Take `size` bytes as soon as there are as many left, first come, first served."""
        if self.take(size):
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(size)  # it was our turn at the very moment that we were cancelled
            raise

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        self._held -= size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done() and self._held and self._held + wanted > self._size:
                return
            self._waiting.popleft()
            if not turn.done():
                self._held += wanted
                turn.set_result(None)
