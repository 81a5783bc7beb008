"""Confidence intervals of pass rates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.analysis.intervals import wilson
from rewards.errors import InvalidParameterError


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.5, 0.999))
def test_wilsons_interval_holds_the_rate_and_solves_its_equation(
    one: int, other: int, confidence: float
) -> None:
    passed, judged = min(one, other), max(one, other)
    low, high = wilson(passed, judged, confidence)
    if judged == 0:
        assert low != low  # noqa: PLR0124  # NaN
        return
    assert 0 <= low <= passed / judged <= high <= 1
    wider = wilson(passed, judged, min(0.9999, confidence + 0.0005))
    assert wider[0] <= low
    assert high <= wider[1]
    mirrored = wilson(judged - passed, judged, confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(
    ("passed", "judged", "confidence"), [(1, 2, 0.0), (1, 2, 1.0), (3, 2, 0.9), (-1, 2, 0.9)]
)
def test_wilson_refuses_nonsense(passed: int, judged: int, confidence: float) -> None:
    with pytest.raises(InvalidParameterError):
        wilson(passed, judged, confidence)
