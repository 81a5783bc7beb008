"""Lists, sets, tuples and matrices."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "labelled parts": [
        (
            r"\text{(a) }4,\ \text{(b) }9",
            ["(a) 4, (b) 9", "4, 9", "a) 4; b) 9", "(b) 9, (a) 4", "(a): 4; (b): 9", "(i) 4, (ii) 9"],
        ),
        (r"(1) 12; (2) x>3", ["12, x>3", r"\text{(1) }12,\ \text{(2) }x>3"]),
        (r"(1). $-\frac{1}{2} ; \quad$ (2). $\ln 2$.", [r"-\frac12, \ln 2"]),
    ],
    "lists, sets and tuples": [
        (r"\{1,2,3\}", [r"\{3,1,2\}", "1,2,3", "2, 3, and 1"]),
        ("1,2,3", ["3,2,1", r"\{1,2,3\}", "1;2;3", r"1\text{ and }2\text{ and }3", "1、2、3"]),
        (
            "(1,2)",
            [r"\left(1,2\right)", r"\langle 1,2\rangle", r"\begin{pmatrix}1\\2\end{pmatrix}", "x=1, y=2"],
        ),
        (r"\emptyset", [r"\{\}", r"\varnothing", r"\text{no solution}", "无解"]),
        (r"\pm 3", ["3,-3", r"-3\text{ and }3", r"\mp 3", "x=3, x=-3", "-3 或 3"]),
        (r"(\pm 1, 2)", ["(1,2),(-1,2)"]),
        ("1 和 3", ["(1,3)", "1和3", "1, 3"]),
        (r"x_1=10,\quad x_2=-2", ["-2, 10"]),
        ("p=5,q=2;p=7,q=2", ["(5,2),(7,2)"]),
    ],
    "matrices": [
        (r"\begin{pmatrix}\frac12&0\\0&1\end{pmatrix}", [r"\begin{bmatrix}0.5 & 0\\ 0 & 1\\\end{bmatrix}"]),
        (r"2\mathbf{i}+3\mathbf{j}", [r"2\hat{i}+3\hat{j}"]),
    ],
}

DIFFERENT: Table = {
    "hedging": [
        (
            "5",
            [
                "5, 6",
                "5 or 6",
                r"\text{either }5\text{ or }6",
                r"5\text{ (or maybe }6)",
                "5 6",
                "5|6",
                r"5\pm 1",
            ],
        )
    ],
    "lists and supersets": [
        ("5", [r"\{0,1,2,3,4,5\}", "(5,5)", "1,2,5", "5,5"]),
        (r"\{1,2\}", [r"\{1,2,3\}", "1", "(2,1)", r"\{1\}"]),
        ("[-1,1]", ["-1,1"]),
        (r"5\frac{1}{3}", [r"5\cdot\frac13"]),
        ("3.14", ["3, 14"]),
        ("(1,2)", ["(2,1)", "(1,2,3)", "[1,2]", r"\{1,2\}"]),
        ("(1,2),(3,4)", ["(1,4),(3,2)", "1,2,3,4"]),
        ("1,2,3", ["123", "1,2"]),
    ],
    "labelled parts": [
        (
            r"\text{(a) }4,\ \text{(b) }9",
            ["4", "(a) 4", "9, 4", "(a) 9, (b) 4", "(a) 4, (a) 9", "(a) 4, (c) 9"],
        ),
        ("4", ["(a) 4, (b) 4", "(a) 4"]),
        (r"\neg p", ["p", r"\neg q", r"\neg \neg p"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_listings_of_the_same_members_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_listings_of_other_members_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
