"""What a policy allows of an answer."""

from __future__ import annotations

import pytest
from verdict_tables import decided

from rewards.answers.question import EXACT, Policy
from rewards.errors import InvalidParameterError
from rewards.verdict import Status


@pytest.mark.parametrize(
    ("answer", "gold", "policy"),
    [
        ("3.14159", "3.14", Policy(rounded_gold=True)),
        (r"\pi", "3.14", Policy(rounded_gold=True)),
        ("2024.1", "2024", Policy(tolerance=1e-3)),
        (r"17\cdot 23", "391", Policy(unevaluated=True)),
    ],
)
def test_policy_allows_what_it_says(answer: str, gold: str, policy: Policy) -> None:
    strict, lenient = decided(answer, gold), decided(answer, gold, policy)
    assert (strict.status, lenient.status) == (Status.INCORRECT, Status.CORRECT)


@pytest.mark.parametrize(
    ("answer", "gold", "policy"),
    [
        ("50", r"50\%", Policy(optional_percent=False)),
        ("5", "5 cm", Policy(optional_units=False)),
        ("5", "x=5", Policy(optional_names=False)),
        ("2,1", "1,2", Policy(ordered_lists=True)),
        ("3.15", "3.14", Policy(rounded_gold=True)),
    ],
)
def test_policy_forbids_what_it_says(answer: str, gold: str, policy: Policy) -> None:
    decision = decided(answer, gold, policy)
    assert decision.status is Status.INCORRECT


def test_policy_exact_leaves_nothing_optional() -> None:
    for answer, gold in [("5", "x=5"), ("5", "5 cm"), ("50", r"50\%")]:
        decision = decided(answer, gold, EXACT)
        assert decision.status is Status.INCORRECT


@pytest.mark.parametrize("tolerance", [float("nan"), float("inf"), -1e-3])
def test_policy_refuses_a_tolerance_that_is_no_distance(tolerance: float) -> None:
    with pytest.raises(InvalidParameterError, match="Policy: tolerance is"):
        Policy(tolerance=tolerance)
