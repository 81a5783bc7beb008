"""The limits of judging."""

from __future__ import annotations

import pytest

from rewards.answers.limits import Limits
from rewards.errors import InvalidParameterError


@pytest.mark.parametrize(
    "limit",
    [{"cpu_seconds": 0}, {"workers": -1}, {"memory_bytes": float("nan")}, {"answer_chars": True}],
    ids=str,
)
def test_limits_outside_their_domain_are_refused(limit: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError):
        Limits(**limit)  # type: ignore[arg-type]
