"""Values with names before them."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "equations and names": [
        ("x=5", ["5", "5=x", "x = 5.0", "x = 2+3 = 5"]),
        ("5", ["x=5", "x = 5"]),
        ("2x+4y=3", [r"y=-\frac12x+\frac34", "4x+8y=6", "3=2x+4y"]),
        ("f(x)=x^2", ["f(t)=t^2", "x^2", "y=x^2"]),
        ("|AB|=1", ["1"]),
        ("(x,y)=(3,2)", ["(3,2)", "x=3,y=2", "y=2, x=3"]),
        (r"\left\{\begin{array}{l}x=1\\y=2\end{array}\right.", ["x=1, y=2", "(1,2)"]),
        (r"x=k\pi, k\in\mathbb{Z}", [r"x = k\pi\ (k \in \mathbb{Z})", r"n\pi", r"x=-k\pi"]),
        (r"n\equiv 1 \pmod 6", [r"n \equiv 1 (\bmod 6)"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_named_values_may_lack_their_name(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason
