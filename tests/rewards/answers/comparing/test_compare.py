"""The comparison of one answer with one gold; the cases of the whole judge are in cases.jsonl."""

from __future__ import annotations

import pytest
from verdict_tables import decided

from rewards.answers.comparing.compare import check_gold, compare, trace
from rewards.verdict import Method, Status


@pytest.mark.parametrize(
    ("answer", "gold", "method"),
    [
        ("Monday", r"\text{Monday}", Method.STRING),
        ("1,000", "1000.0", Method.NUMBER),
        ("(2,1)", "(1,2)", Method.STRUCTURE),
        ("(x+1)^2", "x^2+2x+1", Method.SYMBOLIC),
    ],
)
def test_compare_decides_by_the_cheapest_tier(answer: str, gold: str, method: Method) -> None:
    decision = decided(answer, gold)
    assert decision.method is method


@pytest.mark.parametrize("gold", ["150^", r"\frac{1}{", "(0, 2-\\sqrt{2}])", "", "   ", r"\quad"])
def test_check_gold_says_what_is_broken(gold: str) -> None:
    assert check_gold(gold)
    decision = decided("5", gold)
    assert decision.status is Status.UNPARSEABLE_GOLD


@pytest.mark.parametrize(
    "gold", ["5", r"1+\sqrt3 i", "4.5e33", "$\\frac12$", "Sergey teaches history in Kaluga", "x^2+C"]
)
def test_compare_never_takes_a_gold_for_a_number_inside_it(gold: str) -> None:
    assert check_gold(gold) is None
    assert decided("1", gold).status is Status.INCORRECT


def test_compare_leaves_integrals_to_the_workers() -> None:
    assert compare(r"\frac{\sqrt{\pi}}{2}", r"\int_0^{\infty} e^{-x^2} dx") is None


def test_the_trace_tells_what_was_read_and_decided() -> None:
    lines = trace("5 is wrong", "5")
    assert "not understood" in lines[1]
    assert "INCORRECT" in lines[-1]
