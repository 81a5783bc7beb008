"""Repeated n-grams of a sequence.

Every n-gram gets a 64-bit hash in log2(n) passes over the whole sequence, and sorting the hashes
brings equal ones together. A hash alone would be a guess, and one that somebody may have prepared for,
so each repetition found is checked against the sequence itself; if two different n-grams did share a
hash, all is hashed again with another salt. The result is exactly that of a set of tuples. Time is that
of the sort, memory a few words a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rewards.text.batching import bundles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["repetitions", "repetitions_in_each"]

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ODD_TOO = np.uint64(0xC2B2AE3D27D4EB4F)
_HALF = np.uint64(32)
_PACKED = 1 << 16
"""Maximum number of positions sorted together with their hashes: 48 bits are left for the hash."""
_TOGETHER = 1 << 13
"""Maximum number of units in short sequences processed together: enough to spread the cost of a call."""
_NUMBER_BITS = 32


def repetitions(ids: NDArray[np.int64], n: int) -> NDArray[np.intp]:
    """Return the start of each n-gram of `ids` that equals an earlier one, ascending.

    Empty where there is no n-gram.

    >>> repetitions(np.asarray([1, 2, 1, 2, 1]), 2)
    array([2, 3])
    """
    if len(ids) <= n:
        return np.zeros(0, dtype=np.intp)
    salt = 0
    while True:
        repeated, first = _pairs(_hashes(ids, n, salt))
        if _proven(ids, n, repeated, first):
            return repeated
        salt += 1


def repetitions_in_each(sequences: Sequence[NDArray[np.int64]], n: int) -> list[NDArray[np.intp]]:
    """Return :func:`repetitions` of each of `sequences`, whose numbers have at most 32 bits.

    Short sequences are processed together.

    >>> [found.tolist() for found in repetitions_in_each([np.asarray([1, 1, 1]), np.asarray([1, 1])], 1)]
    [[1, 2], [1]]
    """
    found: list[NDArray[np.intp]] = []
    for bundle in bundles([len(ids) for ids in sequences], _TOGETHER):
        some = sequences[bundle]
        sizes = [len(ids) for ids in some]
        # Numbers of different sequences are made different, so that no n-gram of one equals one of another,
        # and one that spans two sequences equals none at all.
        own = np.repeat(np.arange(len(some)) << _NUMBER_BITS, sizes)
        repeated = repetitions(np.concatenate(some) + own, n)
        begins = np.cumsum(sizes) - sizes
        parts = np.split(repeated, np.searchsorted(repeated, begins[1:]))
        found += [part - begin for part, begin in zip(parts, begins.tolist(), strict=True)]
    return found


def _hashes(ids: NDArray[np.int64], n: int, salt: int) -> NDArray[np.uint64]:
    """Return 64 bits for each n-gram, from those of windows half as long: 1, 2, 4, … and at last n units."""
    hashes = ids.astype(np.uint64)
    hashes += np.uint64(salt)
    _mix(hashes)
    span = 1
    while span < n:
        step = min(span, n - span)
        joined = hashes[:-step] * _ODD
        joined += hashes[step:]
        _mix(joined)
        hashes, span = joined, span + step
    return hashes


def _mix(values: NDArray[np.uint64]) -> None:
    """Let every bit of each value depend on all of its bits, in place."""
    values *= _ODD
    values ^= values >> _HALF
    values *= _ODD_TOO


def _pairs(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of repeated hashes, ascending, and of the first occurrence of each."""
    size = len(hashes)
    if size <= _PACKED:
        # One sort of hash and position together is several times faster than an argsort.
        bits = np.uint64((size - 1).bit_length())
        hashes >>= bits
        hashes <<= bits
        hashes |= np.arange(size, dtype=np.uint64)
        hashes.sort()
        order = (hashes & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.intp)
        hashes >>= bits
    else:
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
    again = hashes[1:] == hashes[:-1]
    if not again.any():
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    # In the order of the hashes: all but the first of each run of equal ones, and where that first one is.
    later = np.flatnonzero(again) + 1
    begins = np.concatenate(([True], later[1:] - later[:-1] != 1))
    head = np.repeat(later[begins] - 1, np.diff(np.flatnonzero(begins), append=len(later)))
    first = np.full(size, -1, dtype=np.intp)
    first[order[later]] = order[head]
    repeated = np.flatnonzero(first >= 0)
    return repeated, first[repeated]


def _proven(ids: NDArray[np.int64], n: int, repeated: NDArray[np.intp], first: NDArray[np.intp]) -> bool:
    """Return True if the n-gram at each of `repeated` truly equals the one at `first`."""
    if not len(repeated):
        return True  # different hashes, different n-grams
    # Where a repetition goes on from the one before it, only its last unit is new.
    begins = np.ones(len(repeated), dtype=np.bool_)
    begins[1:] = (repeated[1:] - repeated[:-1] != 1) | (first[1:] - first[:-1] != 1)
    left, right = repeated[begins], first[begins]
    return np.array_equal(ids[repeated + (n - 1)], ids[first + (n - 1)]) and all(
        np.array_equal(ids[left + k], ids[right + k]) for k in range(n - 1)
    )
