"""Sample points: values for unknowns, drawn from a seed and the number of the attempt.

Nothing here depends on a clock or a global generator, so the same pair of expressions is tried at the same
points in every process.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    import flint

    from rewards.answers.tree import syntax as s

__all__ = ["SamplePoints", "whole_values"]

_LARGER = frozenset("nNmMpq")
_FIRST_SCALES = ((0, 1), (1, 4))
_STRATA = 32
_MAGNITUDES = 32
_LEAST_MAGNITUDE = -90
_OCTAVES = 8
_LEAST_REACH = 10
_MOST_REACH = 1_000_000
_SPREADS = (4, 16)
_POSITIVE_ATTEMPTS = 2
_LARGEST_EXPONENT = 1_000


def whole_values(
    wanting: AbstractSet[s.Symbol], small: AbstractSet[s.Symbol], seed: bytes, attempt: int
) -> dict[s.Symbol, int]:
    """Whole values for the unknowns that need one.

    Those in `small` (under a factorial, in a bound) run through consecutive values, so that an expression
    with a period cannot hide it, and by custom `n` is larger than `k`, so that binomials have values; the
    rest stand in exponents only and may be large.

    >>> from rewards.answers.tree import syntax as s
    >>> n, k = s.Symbol("n"), s.Symbol("k")
    >>> values = whole_values({n, k}, {n, k}, bytes(16), 3)
    >>> values[n] > values[k] > 0
    True
    """
    values = {}
    for position, symbol in enumerate(sorted(wanting | small, key=repr)):
        if symbol not in small:
            digest = hashlib.blake2b(f"{attempt} {position}".encode(), digest_size=8, key=seed).digest()
            values[symbol] = 2 + int.from_bytes(digest, "big") % _LARGEST_EXPONENT
            continue
        start = 5 + (seed[position % 16] & 3) if symbol.name in _LARGER else 1
        spread = _SPREADS[attempt % 2]
        values[symbol] = start + (attempt if position == 0 else seed[(position + attempt) % 16] % spread)
    return values


class SamplePoints:
    """The order in which values are tried for real unknowns, given by their fingerprints.

    At first all are positive, then one after the other is negative among positive ones, so that `sqrt(x^2 y)`
    meets a negative `x` while it has a value, then all are. Where an expression has `branches` (an absolute
    value, a maximum), every unknown next passes once through each of 32 parts of a range that reaches beyond
    the largest number in the expressions, on either side of zero, so that no branch between them goes
    unseen, and then through magnitudes from 2^-90 to 2^158, on either side as well. After that signs and
    sizes are drawn.
    """

    __slots__ = ("_keys", "_magnitudes", "_reach", "_seed", "_strata")

    def __init__(self, seed: bytes, keys: Sequence[int], *, reach: int, branches: bool) -> None:
        self._seed = seed
        self._keys = keys
        self._reach = min(max(reach, _LEAST_REACH), _MOST_REACH)
        self._strata = _STRATA if branches else 0
        self._magnitudes = 2 * _MAGNITUDES if branches else 0

    def prepared(self) -> int:
        """The attempts before drawing; an equality needs them all."""
        return _POSITIVE_ATTEMPTS + len(self._keys) + 1 + self._strata + self._magnitudes

    def values(self, attempt: int) -> Callable[[int], flint.arb]:
        """A function from unknowns to exact reals with 64 random bits."""
        import flint  # noqa: PLC0415 - FLINT is loaded by the first question that needs it

        turn = attempt - _POSITIVE_ATTEMPTS
        negative = self._keys[turn] if 0 <= turn < len(self._keys) else None
        stratum = turn - len(self._keys) - 1

        def value(key: int) -> flint.arb:
            digest = hashlib.blake2b(f"{attempt} {key}".encode(), digest_size=10, key=self._seed).digest()
            fraction = int.from_bytes(digest[:8], "big") | 1
            if stratum < 0:
                low, high = _FIRST_SCALES[attempt % 2]
                minus = key == negative or turn == len(self._keys)
            elif stratum < self._strata:
                # An odd stride of its own for each unknown passes all parts, and not in step with the others.
                place = (stratum * (key | 1) + (key >> 8)) % _STRATA
                width = 3 * self._reach
                return flint.arb((((place << 64) + fraction) * width // _STRATA - (width << 63), -64))
            elif stratum < self._strata + self._magnitudes:
                place = ((stratum - self._strata) * (key | 1) + (key >> 8)) % self._magnitudes
                exponent = _LEAST_MAGNITUDE + _OCTAVES * (place // 2) - 64
                found = flint.arb(((1 << 64) + fraction, exponent))
                return -found if place % 2 else found
            else:
                scales = (
                    *_FIRST_SCALES,
                    (4, 30),
                    (0, self._reach),
                    (0, self._reach),
                    (self._reach, 4 * self._reach),
                )
                low, high = scales[digest[8] % len(scales)]
                minus = bool(digest[9] & 1)
            found = flint.arb(((low << 64) + (high - low) * fraction, -64))
            return -found if minus else found

        return value
