"""Families of solutions over all integers."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "families in step": [
        (r"\frac{\pi}{4}+k\pi", [r"\frac{\pi}{4}+k\pi, k\in\mathbb{Z}", r"\frac{(4n+1)\pi}{4}"]),
        (
            r"[k\pi-\frac{\pi}{3}, k\pi], k\in\mathbb{Z}",
            [r"[n\pi+\frac{2\pi}{3}, n\pi+\pi], n\in\mathbb{Z}"],
        ),
        (r"x=k\pi", [r"x=n\pi, n\in\mathbb{Z}"]),
    ],
}

DIFFERENT: Table = {
    "formulas taken for families": [
        (r"\pi(l+2)", [r"\pi(l-2)"]),
        (r"S_n = (n-2)\pi", [r"S_n = n\pi", r"S_n = n\pi, n\in\mathbb{Z}"]),
        (r"k\pi", [r"(k+1)\pi", r"(k+1)\pi, k\in\mathbb{Z}"]),
        (r"\frac{\pi}{2}+\pi l", [r"\frac{3\pi}{2}+\pi l"]),
    ],
    "one integer for all parts of a structure": [
        (r"[k\pi-\frac{\pi}{3}, k\pi]", [r"[k\pi-\frac{\pi}{3}, k\pi+\pi]"]),
        (r"[k\pi-1, k\pi], k\in\mathbb{Z}", [r"[k\pi-1, k\pi+\pi], k\in\mathbb{Z}"]),
        (r"(\frac{\pi}{4}+k\pi, k)", [r"(\frac{5\pi}{4}+k\pi, k)"]),
        (r"A=\frac{\pi}{4}+k\pi, B=k", [r"A=\frac{5\pi}{4}+k\pi, B=k"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_families_of_the_same_members_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_families_of_other_members_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
