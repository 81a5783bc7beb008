"""Unions, overlaps and complements of intervals."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.comparing.spans import EVERYTHING, Cut, Span, complement, joined, overlap
from rewards.answers.tree.syntax import Number

CUTS = st.builds(lambda at, after: cut(at, after=after), st.integers(-4, 4), st.booleans())
SETS = st.lists(
    st.tuples(CUTS, CUTS).filter(lambda pair: pair[0].is_before(pair[1])).map(lambda pair: Span(*pair)),
    max_size=4,
).map(joined)
PLACES = [place / 2 for place in range(-11, 12)]


def cut(at: int, *, after: bool) -> Cut:
    return Cut(float(at), Number(at), after)


def holds(spans: tuple[Span, ...], place: float) -> bool:
    """Return True if a number is in one of the spans."""
    low, high = Cut(place, Number(0), after=False), Cut(place, Number(0), after=True)
    return any(not low.is_before(start) and not end.is_before(high) for start, end in spans)


@given(SETS, SETS)
def test_overlap_holds_what_both_hold_and_joined_what_either_holds(
    one: tuple[Span, ...], other: tuple[Span, ...]
) -> None:
    both, either = overlap(one, other), joined([*one, *other])
    for place in PLACES:
        assert holds(both, place) == (holds(one, place) and holds(other, place))
        assert holds(either, place) == (holds(one, place) or holds(other, place))


@given(SETS)
def test_complement_holds_what_a_set_does_not_and_undoes_itself(one: tuple[Span, ...]) -> None:
    assert all(holds(one, place) != holds(complement(one), place) for place in PLACES)
    assert complement(complement(one)) == one
    assert joined([*one, *complement(one)]) == EVERYTHING


@given(SETS, SETS)
def test_operations_leave_gaps_between_spans(one: tuple[Span, ...], other: tuple[Span, ...]) -> None:
    for spans in (overlap(one, other), joined([*one, *other]), complement(one)):
        assert all(start.is_before(end) for start, end in spans)
        assert all(first.end.is_before(second.start) for first, second in pairwise(spans))


def test_span_is_a_point_only_between_the_two_sides_of_one_number() -> None:
    assert Span(cut(3, after=False), cut(3, after=True)).is_point
    assert not Span(cut(2, after=False), cut(3, after=True)).is_point
