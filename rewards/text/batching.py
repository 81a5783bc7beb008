"""Batching of short rows, so that the overhead of a numpy call is paid once for many of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["bundles"]


def bundles(sizes: Sequence[int], most: int) -> Iterator[slice]:
    """Cut rows of these sizes into runs of at most `most` together; a row that is longer is a run of its own.

    >>> list(bundles([3, 3, 9, 1], 6))
    [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    ends = list(itertools.accumulate(sizes))
    first, before = 0, 0
    for row, end in enumerate(ends):
        if end - before > most and row > first:
            yield slice(first, row)
            first, before = row, ends[row - 1]
    if ends:
        yield slice(first, len(ends))
