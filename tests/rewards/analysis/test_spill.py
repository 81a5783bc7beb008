"""Counts of groups on disk: merged in any order, and taken up again by the same run alone."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.analysis.spill import UNJUDGED, GroupCount, Spill, key_of
from rewards.errors import RowFileError

if TYPE_CHECKING:
    from pathlib import Path


def test_spill_does_not_take_up_what_another_run_left(tmp_path: Path) -> None:
    with Spill(tmp_path / "work", {"files": [["a", 1]], "above": 0.5}) as spill:
        spill.checkpoint(rows=5, bad_rows=0)
    with pytest.raises(RowFileError, match=r"another run \(above differ\): remove it, or choose .* --work"):
        Spill(tmp_path / "work", {"files": [["a", 1]], "above": 0.6})


def test_spill_makes_again_the_parts_that_a_crash_took(tmp_path: Path) -> None:
    with Spill(tmp_path / "work", {}) as spill:
        spill.add([(key_of("a"), 1, 1)])
        spill.checkpoint(rows=1, bad_rows=0)
    for part in (tmp_path / "work").glob("part-*"):
        part.write_bytes(b"")
    with Spill(tmp_path / "work", {}) as spill:
        assert spill.rows == 0


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 1, UNJUDGED])), max_size=60),
    st.integers(1, 7),
)
def test_spill_counts_the_same_in_any_order_and_batches(
    tmp_path_factory: pytest.TempPathFactory, results: list[tuple[int, int]], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("spill")
    rows = [(key_of(str(name)), number, passed) for number, (name, passed) in enumerate(results, start=1)]
    with Spill(folder / "work", {}) as spill:
        for start in range(0, len(rows), batch):
            spill.add(rows[start : start + batch])
        found = list(spill.groups())
    by_key = [list(group) for _, group in itertools.groupby(sorted(rows), key=lambda result: result[0])]
    expected = [
        GroupCount(
            min(row for _, row, _ in group),
            len(group),
            sum(passed != UNJUDGED for _, _, passed in group),
            sum(passed == 1 for _, _, passed in group),
        )
        for group in by_key
    ]
    assert found == sorted(expected, key=lambda group: group.first)
