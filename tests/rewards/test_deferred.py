"""Sequences that are made when they are first looked at."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st
from rewards.deferred import Deferred


def test_deferred_is_made_once_and_not_before_it_is_asked() -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [3, 1, 2]

    items = Deferred(3, make)
    taken = items.take([2, 0])
    assert (len(items), len(taken), made) == (3, 2, [])
    assert (list(items), items[1], list(taken), made) == ([3, 1, 2], 1, [2, 3], [1])


@given(st.lists(st.integers()), st.data())
def test_deferred_is_the_sequence_that_it_stands_for(items: list[int], data: st.DataObject) -> None:
    deferred = Deferred(len(items), lambda: items)
    rows = data.draw(st.lists(st.integers(0, len(items) - 1))) if items else []
    assert deferred == items
    assert deferred.take(rows) == [items[row] for row in rows]
    assert pickle.loads(pickle.dumps(deferred)) == deferred  # noqa: S301  # our own
    assert deferred != [*items, 0]
