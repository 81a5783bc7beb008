"""Sets of real numbers, as intervals and as inequalities."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "intervals and inequalities": [
        ("[0,1]", [r"0\le x\le 1", "x ∈ [0,1]", r"\left[0,1\right]", r"\{x \mid 0 \le x \le 1\}"]),
        (r"(-\infty,5]", [r"x\le 5", "5>=x", r"-x \ge -5", "x≤5"]),
        (r"x<-1 \text{ or } x>3", [r"(-\infty,-1)\cup(3,\infty)", "x>3 or x<-1"]),
        (r"\mathbb{R}", [r"(-\infty,\infty)", r"\text{all real numbers}", r"x\in\mathbb{R}"]),
        (r"\mathbb{R}\setminus\{0\}", [r"(-\infty,0)\cup(0,+\infty)", r"x \ne 0"]),
        ("|x|<2", ["-2<x<2", "(-2,2)"]),
        (r"|x-1| \ge 2", [r"x\le-1\text{ or }x\ge3", r"(-\infty,-1]\cup[3,\infty)"]),
        ("|3-2t|<5", ["-1<t<4", "(-1,4)"]),
        (r"(-8,-6)\cup(-6,\infty)", [r"\{x\mid x>-8\}-\{-6\}"]),
        (r"\{x \mid x > 0\}", [r"(0,\infty)", "x>0", r"\{t \mid t > 0\}"]),
        ("x < 1-b", ["1-b > x"]),
        (r"\{u \mid u > -1\} \setminus \{3\}", [r"(-1,3)\cup(3,\infty)", r"u > -1, u \ne 3"]),
    ],
    "isolated points and gaps": [
        (r"[1,2]\cup\{5\}", [r"1\le q\le 2\text{ or }q=5", r"\{5\}\cup[1,2]", r"q=5\text{ or }1\le q\le 2"]),
        (r"\mathbb{R}\setminus\{-1,4\}", [r"q\ne -1, 4", r"q \ne 4, q \ne -1", r"q\ne -1\text{ and }q\ne 4"]),
        (r"\{2\}", [r"[2,2]"]),
        (r"(0,2]\cup[2,3)", ["(0,3)"]),
    ],
}

DIFFERENT: Table = {
    "intervals": [
        ("[0,1]", ["(0,1)", "[0,1)", "0"]),
        (r"|x-1| \ge 2", [r"x<-1\text{ or }x\ge3", r"(-\infty,-3]\cup[1,\infty)", r"[-1,3]"]),
        ("|3-2t|<5", ["-4<t<1", "-1<t<5"]),
        (r"(-8,-6)\cup(-6,\infty)", [r"\{x\mid x>-8\}-\{-7\}", r"\{x\mid x>-8\}"]),
        ("x<2", ["x>2", r"x\le 2", "2"]),
        ("(1,5)", ["3"]),
        (r"[2,\infty)", [r"[2,\infty]"]),
        (r"\{x \mid x > 0\}", ["0", r"\{x \mid x < 0\}"]),
    ],
    "isolated points and gaps": [
        (r"[1,2]\cup\{5\}", ["[1,2]", "[1,5]", r"[1,2)\cup\{5\}", r"1\le q\le 2, q=5", r"[1,2]\cup\{6\}"]),
        (
            r"\mathbb{R}\setminus\{-1,4\}",
            [r"q \ne -1", r"q \ne -1\text{ or } q \ne 4", r"q = -1, 4", r"\{-1,4\}", r"q\ne 1, 4"],
        ),
        (r"(0,2)\cup(2,3)", ["(0,3)", r"(0,2]\cup(2,3)"]),
    ],
    "quotients by zero": [
        (r"1<a\leqslant 2", [r"1a1/0\leqslant 2", r"\frac{a}{0}\leqslant 2", r"1<a/0\leqslant 2"]),
        ("x<2", ["x/0<2", r"\frac{2x+1}{1-1}<2", "2>x/0.0"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_real_sets_of_the_same_numbers_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_real_sets_of_other_numbers_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
