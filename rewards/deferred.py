"""A lazy sequence, computed on first access.

Most callers want numbers, and the evidence for them only where something looks odd: spans and verdicts
row by row are made for those who ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Deferred"]

T_co = TypeVar("T_co", covariant=True)


class Deferred(Sequence[T_co]):
    """A sequence of the `size` items that `make` returns, computed once; pickled and compared as a plain one.

    >>> squares = Deferred(3, lambda: [number**2 for number in range(3)])
    >>> len(squares), squares[2], squares == [0, 1, 4]
    (3, 4, True)
    """

    __slots__ = ("_items", "_make", "_size")

    def __init__(self, size: int, make: Callable[[], Sequence[T_co]]) -> None:
        self._size = size
        self._make: Callable[[], Sequence[T_co]] | None = make
        self._items: Sequence[T_co] = ()

    def _made(self) -> Sequence[T_co]:
        # Two threads may both make the items, which are equal; `_make` goes once they are there.
        if (make := self._make) is not None:
            self._items = make()
            self._make = None
        return self._items

    def take(self, rows: Sequence[int]) -> Deferred[T_co]:
        """Return the items of just these rows, in this order, computed on first access as well.

        >>> Deferred(3, lambda: "abc").take([2, 0])
        ['c', 'a']
        """
        return Deferred(len(rows), lambda: [self[row] for row in rows])

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> T_co: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[T_co]: ...

    def __getitem__(self, at: int | slice) -> T_co | Sequence[T_co]:
        return self._made()[at]

    def __iter__(self) -> Iterator[T_co]:
        return iter(self._made())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Deferred, list, tuple)):
            return NotImplemented
        return self._size == len(other) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # its items may be lists

    def __repr__(self) -> str:
        return repr(self._made())

    def __reduce__(self) -> tuple[type[tuple[T_co, ...]], tuple[tuple[T_co, ...]]]:
        return tuple, (tuple(self),)
