"""Approximate sizes of constants."""

from __future__ import annotations

import math

import pytest
from expressions import expression

from rewards.answers.values.magnitudes import magnitude


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("-3", -3.0),
        (r"\frac{\pi}{2}", math.pi / 2),
        (r"1-\sqrt5", 1 - math.sqrt(5)),
        (r"\ln 2", math.log(2)),
        (r"-\infty", -math.inf),
    ],
)
def test_magnitude_is_near_the_value(text: str, size: float) -> None:
    assert magnitude(expression(text)) == pytest.approx(size)


@pytest.mark.parametrize("text", ["x", "i", r"\frac{1}{0}", r"\ln(-1)"])
def test_magnitude_is_none_where_there_is_no_real_constant(text: str) -> None:
    assert magnitude(expression(text)) is None
