"""Round-robin queue over callers, regardless of how many items each caller has waiting."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

__all__ = ["RoundRobin"]

T = TypeVar("T")


class RoundRobin(Generic[T]):
    """One FIFO queue per caller, served round-robin.

    >>> waiting = RoundRobin()
    >>> for caller, item in [("a", 1), ("a", 2), ("a", 3), ("b", 4)]:
    ...     waiting.add(caller, item)
    >>> [waiting.take(next(iter(waiting))[0]) for _ in range(4)]
    [1, 4, 2, 3]
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[Hashable, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def __bool__(self) -> bool:
        return bool(self._queues)

    def __iter__(self) -> Iterator[tuple[Hashable, T]]:
        """Iterate over waiting callers with the next item of each, in round-robin order."""
        return ((caller, queue[0]) for caller, queue in self._queues.items())

    def add(self, caller: Hashable, item: T) -> None:
        """Append `item` to the queue of `caller`."""
        self._queues.setdefault(caller, deque()).append(item)

    def take(self, caller: Hashable) -> T:
        """Remove and return the next item of `caller`, and move the caller to the end of the round."""
        queue = self._queues.pop(caller)
        item = queue.popleft()
        if queue:
            self._queues[caller] = queue
        return item

    def drop(self, caller: Hashable, item: T) -> bool:
        """Remove `item` from the queue of `caller`; return False if it was not queued."""
        if (queue := self._queues.get(caller)) is None or item not in queue:
            return False
        queue.remove(item)
        if not queue:
            del self._queues[caller]
        return True
