"""Unions of intervals: joining, overlap and complement, by cuts between the real numbers.

A cut stands just before or just after a number, so that `[1, 2)` begins before 1 and ends before 2, and the
point 5 begins before and ends after 5. Open and closed ends need no cases of their own.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.tree import syntax as s

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EVERYTHING", "MINUS_INFINITY", "PLUS_INFINITY", "Cut", "Span", "complement", "joined", "overlap"]

_CLOSE: Final = 1e-11


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """A place just before or just after a number."""

    about: float
    """The number as a float, by which cuts are put in order."""
    at: s.Expr
    """The number as it was written."""
    after: bool

    def meets(self, other: Cut) -> bool:
        """Return True if the two are at one number, to float precision."""
        if math.isinf(self.about) or math.isinf(other.about):
            return self.about == other.about
        return abs(self.about - other.about) <= _CLOSE * max(1.0, abs(self.about), abs(other.about))

    def is_before(self, other: Cut) -> bool:
        """Return True if a number lies between this cut and the other one."""
        return self.after < other.after if self.meets(other) else self.about < other.about


class Span(NamedTuple):
    """All numbers between two cuts."""

    start: Cut
    end: Cut

    @property
    def is_point(self) -> bool:
        """Return True for one number alone."""
        return self.start.meets(self.end)


MINUS_INFINITY: Final = Cut(-math.inf, s.Negate(s.INFINITY), after=True)
PLUS_INFINITY: Final = Cut(math.inf, s.INFINITY, after=False)
EVERYTHING: Final[tuple[Span, ...]] = (Span(MINUS_INFINITY, PLUS_INFINITY),)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The union, in order, with what touches or overlaps made one.

    >>> one, two, three = (Cut(n, s.Number(n), after=False) for n in (1, 2, 3))
    >>> joined([Span(two, three), Span(one, two)]) == (Span(one, three),)
    True
    """
    found: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span.start.about, span.start.after)):
        if not found or found[-1].end.is_before(start):
            found.append(Span(start, end))
        elif found[-1].end.is_before(end):
            found[-1] = Span(found[-1].start, end)
    return tuple(found)


def overlap(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    """The numbers in both."""
    found = []
    for first in one:
        for second in other:
            start = second.start if first.start.is_before(second.start) else first.start
            end = first.end if first.end.is_before(second.end) else second.end
            if start.is_before(end):
                found.append(Span(start, end))
    return joined(found)


def complement(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """All other numbers, of spans in order.

    >>> complement(()) == EVERYTHING, complement(EVERYTHING)
    (True, ())
    """
    starts = [MINUS_INFINITY, *(span.end for span in spans)]
    ends = [*(span.start for span in spans), PLUS_INFINITY]
    gaps = (Span(start, end) for start, end in zip(starts, ends, strict=True))
    return tuple(gap for gap in gaps if gap.start.is_before(gap.end))
