"""Numbers with units, currencies and counted things."""

from __future__ import annotations

import pytest
from decisions import accepted

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


@pytest.mark.parametrize(
    "answer",
    [r"10\text{ ft by }18\text{ ft}", r"10\text{ ft} \times 18\text{ ft}", r"10 \text{ ft}, 18 \text{ ft}"],
)
def test_sides_are_two_values(answer: str) -> None:
    assert accepted(r"10 \mathrm{ft} x 18 \mathrm{ft}", answer)


@pytest.mark.parametrize("answer", [r"180\text{ ft}^2", r"10\text{ ft by }15\text{ ft}", "10 ft", "180"])
def test_sides_are_no_product(answer: str) -> None:
    assert not accepted(r"10 \mathrm{ft} x 18 \mathrm{ft}", answer)
