"""The context of an evaluation in ball arithmetic: its precision, its point and its work limit.

FLINT keeps its working precision in one place for the whole process, so evaluation holds a lock
(:func:`precision`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from typing import TYPE_CHECKING, TypeAlias

import flint

from rewards.answers.values.exact import ValueTooBig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rewards.answers.tree import syntax as s

__all__ = ["Ball", "Point", "WorkLimit", "precision"]

Ball: TypeAlias = "flint.arb | flint.acb"

_LOCK = threading.RLock()


@contextlib.contextmanager
def precision(bits: int) -> Iterator[None]:
    """Evaluate at `bits` bits, under the process-wide lock."""
    with _LOCK:
        before = flint.ctx.prec
        flint.ctx.prec = bits
        try:
            yield
        finally:
            flint.ctx.prec = before


class WorkLimit:
    """Work limit of one comparison, in units of about a microsecond; counted, and so deterministic."""

    __slots__ = ("left",)

    def __init__(self, units: int = 400_000) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        """Count `units` of work; raise ValueTooBig when the limit is exceeded."""
        self.left -= units
        if self.left < 0:
            message = "more work than one comparison may cost"
            raise ValueTooBig(message)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of evaluation: the values of the unknowns and the conventions in force."""

    free: Callable[[int], flint.arb]
    """The exact value of an unknown, or of a function without a definition, by its fingerprint."""
    integers: dict[s.Symbol, int]
    """The unknowns that are whole numbers."""
    complex_names: frozenset[str] = frozenset()
    """The unknowns that take complex values; only where :attr:`complex` is set."""
    complex: bool = False
    logarithm: int | None = None
    """The base of a logarithm written without one; None for the natural one."""
    known: dict[s.Symbol, Ball] = dataclasses.field(default_factory=dict)
    """Values that were drawn already; they are exact, and so hold at any precision."""
