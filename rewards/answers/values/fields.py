"""Finite fields to evaluate in: a prime of 61 bits, a square root of -1, and a seed that places the unknowns.

A value is drawn by hashing a name under the seed, never from a generator with a state, so that the same name
has the same value in every process. It leaves out what is evaluated: :mod:`~.fingerprints`.
"""

from __future__ import annotations

import hashlib

__all__ = ["FIELDS", "MAX_LITERAL_BITS", "PrimeField", "fields_for"]


class PrimeField:
    """A prime field with a square root of -1, and a seed that places unknowns in it."""

    __slots__ = ("imaginary", "prime", "residues", "seed")

    def __init__(self, prime: int, imaginary: int, seed: bytes) -> None:
        self.prime = prime
        self.imaginary = imaginary
        self.seed = seed
        self.residues: dict[tuple[str, tuple[int, ...]], int] = {}

    def draw(self, kind: str, arguments: tuple[int, ...] = ()) -> int:
        """Return a residue determined by its name, its arguments and the seed."""
        key = (kind, arguments)
        found = self.residues.get(key)
        if found is None:
            text = f"{kind}\x00{arguments}".encode()
            found = (
                int.from_bytes(hashlib.blake2b(text, digest_size=16, key=self.seed).digest(), "big")
                % self.prime
            )
            if len(self.residues) >= _MEMORY:
                self.residues.clear()
            self.residues[key] = found
        return found

    def determinant(self, rows: list[list[int]]) -> int:
        """The determinant of a square matrix of residues.

        >>> PrimeField(7, 0, b"").determinant([[1, 2], [3, 4]])
        5
        """
        import flint  # noqa: PLC0415 - FLINT is loaded by the first question that needs it

        cells = [cell for row in rows for cell in row]
        return int(flint.nmod_mat(len(rows), len(rows), cells, self.prime).det())


_MEMORY = 50_000

_PRIMES = (
    (2**61 - 31, 583529827753931384),
    (2**61 - 259, 966685122347009555),
    (2**61 - 283, 1015389886790033265),
    (2**61 - 339, 330140092769082148),
)

FIELDS = tuple(PrimeField(prime, imaginary, b"touchstone") for prime, imaginary in _PRIMES)
"""Fields whose points are the same for all questions. An answer could be built to vanish there, but two of
them together need more bits of literals than :data:`MAX_LITERAL_BITS`."""

MAX_LITERAL_BITS = 60
"""Bits of literals in two expressions below which the fixed fields may confirm that they are equal."""


def fields_for(seed: bytes) -> tuple[PrimeField, ...]:
    """Three fields with primes and points of their own for one question; no answer can be built for them.

    >>> [field.prime.bit_length() for field in fields_for(b"a question")]
    [61, 61, 61]
    """
    return tuple(
        _field(hashlib.blake2b(seed, digest_size=16, salt=bytes([number])).digest()) for number in range(3)
    )


def _field(seed: bytes) -> PrimeField:
    import flint  # noqa: PLC0415 - FLINT is loaded by the first question that needs it

    prime = (1 << 60) | (int.from_bytes(seed[:8], "big") >> 4) & ~3 | 1
    while not flint.fmpz(prime).is_prime():
        prime += 4
    # Half of all residues are no squares; the first of them has a square root of -1 among its powers.
    base = next(base for base in range(2, prime) if pow(base, (prime - 1) // 2, prime) == prime - 1)
    return PrimeField(prime, pow(base, (prime - 1) // 4, prime), seed)
