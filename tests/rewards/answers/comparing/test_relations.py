"""Equations, inequalities and congruences."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "residues": [(r"3 \pmod 7", ["3 (mod 7)", r"3 \text{ (mod } 7)", r"3\ (\bmod\ 7)"])],
    "chains": [
        (r"12\pi", [r"V = 3h\pi = 12\pi", r"V = \pi r^2 h = 3\cdot4\pi = 12\pi"]),
        (
            r"T = \frac{2\pi}{\omega} = 2\pi\sqrt{\frac{m}{k}}",
            [r"2\pi\sqrt{m/k}", r"T = \frac{2\pi}{w} = 2\pi\left(\frac mk\right)^{1/2}"],
        ),
        (r"\sqrt2", [r"d = \sqrt2 \approx 1.414", r"\sqrt2 \approx 1.41"]),
        (r"d = \sqrt2 \approx 1.41", ["1.41", r"d = \sqrt2"]),
        ("17", ["n = 17", r"n \in \{17\}", "15 + 2 = 17", r"\frac{V}{\pi} = 17"]),
    ],
    "splits of a number": [
        ("90 = 37 + 53", ["53 + 37", "90 = 53 + 37"]),
        ("90", ["37 + 53 = 90", "90 = 37 + 53"]),
    ],
    "points with names": [("A(2,3)", ["(2,3)", "A = (2,3)"]), ("v = (2,3)", ["(2,3)"])],
    "memberships": [(r"\mathbb{Z}", [r"n \in \mathbb{Z}"]), (r"t \in A \cup B", [r"B \cup A"])],
}

DIFFERENT: Table = {
    "residues": [(r"3 \pmod 7", ["3", "10", r"4 \pmod 7", r"3 \pmod 8"]), ("7", ["7 (mod 10)"])],
    "relations true of themselves": [
        ("x=5", ["x=x", "5=5", "x=x=5"]),
        ("x+y=5", ["0=0", "x+y=x+y"]),
        ("5", ["4=5", "5=6=5", "1=2=3=5", "x=x"]),
        ("0=1", ["3=3"]),
    ],
    "relations that are no value": [
        ("5", [r"\neq 5", r"\ge 5", r"6\mid 5", "x<5", r"5\to 6", r"5\approx 6", "=5"])
    ],
    "chains": [
        (r"12\pi", [r"V = 12\pi = 14\pi", r"V = 12\pi + h = 14\pi", r"V = 3h\pi = 12\pi = 13\pi"]),
        ("1.41", [r"d = \sqrt2 \approx 1.41", r"\sqrt2 \approx 1.41"]),
        (r"\pi \approx 3.14", [r"\pi \approx 3.15"]),
        (r"d = 3h\pi = 12\pi", [r"3h\pi"]),
    ],
    "splits of a number": [("90 = 37 + 53", ["90", "90 = 7 + 83", "90 = 37 + 50 + 3", "37"])],
    "what has no value": [
        (r"b_1 = b_2 = \cdots = b_n", ["b_n", "b_1"]),
        (r"\pi \approx 3.14", [r"\pi"]),
        (r"3 \in \{3, 4\}", [r"\{3, 4\}", "3"]),
        ("4 - 9 = -5", ["u + v = -5"]),
        (r"v = (2,3)", ["P(2,3)"]),
        (r"x \in (2,3)", ["P(2,3)"]),
    ],
    "equations": [
        ("x=2", ["x^2=4", "y=2", "x=3 or x=2"]),
        ("x^2+y^2=25", ["(x^2+y^2-25)(x-y)=0", "x^2+y^2=5"]),
        ("7 = 11a+c", ["11a+c"]),
        ("a=1,b=2", ["a=2,b=1", "2,1"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_relations_of_the_same_solutions_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_relations_of_other_solutions_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
