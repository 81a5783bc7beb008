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
        (
            "p=5,q=2;p=7,q=2",
            [
                "(5,2),(7,2)",
                "(p,q)=(5,2),(7,2)",
                "q=2,p=7;q=2,p=5",
                r"p=5,q=2\text{ or }p=7,q=2",
                r"(p,q)\in\{(7,2),(5,2)\}",
                r"p=5,q=2,\quad p=7,q=2",
            ],
        ),
    ],
    "components and their names": [
        ("7,8,9", ["(u,v,w)=(7,8,9)"]),
        ("(u,v,w)=(7,8,9)", ["7,8,9", "(7,8,9)", "v=8,w=9,u=7", "(w,u,v)=(9,7,8)"]),
        ("(2,5)", ["(y,x)=(5,2)", "y=5, x=2"]),
        ("(1,6),(2,3)", [r"(x,y)\in\{(2,3),(1,6)\}"]),
        ("(4,6,8)", [r"(r,s,t)\in\{(4,6,8)\}"]),
        ("12", [r"n\in\{12\}"]),
    ],
    "members that are not written": [
        ("3,4,5,6,7", [r"3,4,\ldots,7", r"3,4,5,\dots,7", r"\{n\in\mathbb{Z}: 2<n\le 7\}"]),
        (r"2,4,\ldots,2n", [r"2,4,6,\ldots,2n"]),
        (r"1,2,\ldots,5000", [r"1,2,3,\ldots,5000"]),
        (r"\{k\in\mathbb{Z}\mid 0<k<4\}", ["k=1,2,3", r"\{3,2,1\}", r"1\le k\le 3, k\in\mathbb{Z}"]),
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
    "components and their names": [
        ("7,8,9", ["(u,v,w)=(7,9,8)", "(u,v)=(7,8)"]),
        ("(u,v)=(7,8)", ["(v,u)=(7,8)", "v=7,u=8", "(u,w)=(7,8)", "u=7", r"u=7\text{ or }v=8", "[7,8]"]),
        ("(2,5)", ["(y,x)=(2,5)", r"x=2\text{ or }y=5", r"\pm 2"]),
        ("7,8", [r"u=7\text{ or }v=8"]),
        ("(1,6),(2,3)", [r"(x,y)\in\{(1,6)\}", r"(x,y)\in\{(1,3),(2,6)\}", r"(y,x)\in\{(1,6),(2,3)\}"]),
        ("p=5,q=3;p=7,q=2", ["p=5,q=2;p=7,q=3", "p=5,q=3", "p=5,p=7,q=3,q=2"]),
        ("x=4,x=5", ["y=4,y=5"]),
        ("u=7,v=8", ["u=6=7,v=8"]),
    ],
    "members that are not written": [
        ("3,4,5,6,7", [r"3,4,\ldots,8", r"3,5,\ldots,7", r"3,\ldots,7", r"3\le n\le 7"]),
        (r"1,2,4,\ldots,n", [r"1,2,\ldots,n", r"1,2,3,\ldots,n"]),
        (r"2,4,\ldots,2n", [r"2,4,6,\ldots,2n+2", r"1,2,\ldots,2n"]),
        (r"\{k\in\mathbb{Z}\mid 0<k<4\}", ["k=1,2", "(0,4)", "1,2,3,4", r"\{0,1,2,3\}"]),
        ("[1,3]", [r"\{k\in\mathbb{Z}\mid 1\le k\le 3\}", "1,2,3"]),
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
