"""Numbers with units, currencies and counted things."""

from __future__ import annotations

import pytest

from rewards.answers.reading.reader import read
from rewards.answers.tree import syntax as s

THREE = s.Number(3)

TREES = {
    "5 cm": s.Quantity(s.Number(5), "cm"),
    r"3\text{ m/s}^2": s.Quantity(THREE, "m*s^-2"),
    r"\$3": s.Quantity(THREE, "USD"),
    "3 red apples": s.Quantity(THREE, "red apple"),
}


@pytest.mark.parametrize("text", TREES)
def test_quantities_are_read_with_their_unit(text: str) -> None:
    assert read(text) == TREES[text]
