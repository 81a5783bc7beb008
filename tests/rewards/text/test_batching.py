"""Short rows bundled."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from rewards.text.batching import bundles


@given(st.lists(st.integers(0, 20)), st.integers(1, 30))
def test_bundles_hold_every_row_once_and_no_more_than_allowed(sizes: list[int], most: int) -> None:
    found = list(bundles(sizes, most))
    assert [row for run in found for row in range(run.start, run.stop)] == list(range(len(sizes)))
    for run in found:
        assert sum(sizes[run]) <= most or run.stop - run.start == 1


@given(st.lists(st.integers(0, 20)), st.integers(1, 30))
def test_bundles_are_as_few_as_go_in_order(sizes: list[int], most: int) -> None:
    found = list(bundles(sizes, most))
    assert all(sum(sizes[one.start : other.start + 1]) > most for one, other in itertools.pairwise(found))
