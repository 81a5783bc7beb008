"""How much may be in work at once, in bytes, and who gets how much of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from server.scheduling.rotation import Rotation

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["Budget"]

_GREED = 4
"""A caller may hold this many times what it leaves free: alone four fifths of all, with another caller
as greedy four ninths each. So whoever comes new finds something left.

Source: dynamic queue length thresholds (Choudhury and Hahne, 1998), by which switches share a buffer."""

_SMALLEST = 4096
"""Bytes that about the smallest call takes."""


class Budget:
    """Bytes that calls hold while they are in work; for one event loop.

    Where nothing is in work, anything is let in, so that no message can be too large for an idle server.
    Who waits does so in turns: one with a thousand frames waits behind one frame of each of the others.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        """Bytes in work."""
        self._of: Counter[Hashable] = Counter()
        self._waiting: Rotation[tuple[int, asyncio.Future[None]]] = Rotation()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing left even for someone who holds nothing."""
        return not self._fits(None, _SMALLEST) or self._someone_is_short()

    def take(self, caller: Hashable, size: int) -> bool:
        """Take `size` bytes at once; False, and nothing taken, if there are not as many left."""
        if not self._fits(caller, size) or self._someone_is_short():
            return False
        self._hold(caller, size)
        return True

    async def wait_for(self, caller: Hashable, size: int) -> None:
        """Take `size` bytes as soon as there are as many left, when it is the caller's turn."""
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
        """Give back what was taken, or a part of it."""
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
        return not self.held or (left >= 0 and self._of[caller] + size <= max(_GREED * left, size))

    def _someone_is_short(self) -> bool:
        """Whether someone waits whose turn it is, and who would be overtaken."""
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
