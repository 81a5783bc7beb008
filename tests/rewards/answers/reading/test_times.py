"""Dates and times of day."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

TREES = {
    "3:05 pm": s.Time(3, 5, None, "pm"),
    "March 5, 2021": s.Date(3, 5, 2021),
    "2019-03-07": s.Date(3, 7, 2019),
}


@pytest.mark.parametrize("text", TREES)
def test_times_and_dates_are_read_as_such(text: str) -> None:
    assert read(text) == TREES[text]
