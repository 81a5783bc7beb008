"""An answer may be as unfinished as its gold, and no more."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.comparing.compare import compare_with_sympy
from rewards.answers.question import Policy
from rewards.verdict import Status

ONE_WAY = [
    ("391", r"17 \cdot 23"),
    ("391", "400 - 9"),
    ("120", "5!"),
    ("3.5", r"\frac{1}{2} \cdot 7"),
    ("-1", "i^2"),
    ("13", "(2+3i)(2-3i)"),
    ("2", r"\sqrt{4}"),
    ("3", r"\log_2 8"),
    ("3", r"2^{\log_2 3}"),
    (r"\sqrt{2}", r"2\sin\frac{\pi}{4}"),
    (r"\sqrt{3}", r"\tan 60^\circ"),
    (r"\frac{\pi}{4}", r"\arctan 1"),
    ("55", r"\sum_{k=1}^{10} k"),
    (r"\frac{\pi^2}{6}", r"\sum_{n=1}^{\infty} \frac{1}{n^2}"),
    (r"\ln 2", r"\int_1^2 \frac{1}{x}\,dx"),
    (r"\arctan 2", r"\int_0^2 \frac{1}{1+x^2}\,dx"),
    (r"55\text{ cm}", r"50 + 5\text{ cm}"),
    (r"3.91", r"(17 \cdot 23)\%"),
    ("(3, 391)", r"(3, 17 \cdot 23)"),
    ("x < 5", "x < 2 + 3"),
    ("(-1, 5)", "(-1, 2 + 3)"),
    ("x = 5", "3x + 2 = 17"),
    ("x < 5", "x + 1 < 6"),
    ("(1, 5)", "0 < x - 1 < 4"),
]
"""What is finished, and the same left unfinished."""

BOTH_WAYS = [
    ("2^{10}", "1024"),
    (r"\binom{5}{2}", "10"),
    (r"e^{i\pi}", "-1"),
    (r"2(\cos\pi + i\sin\pi)", "-2"),
    (r"2\left(\cos\frac{\pi}{3} + i\sin\frac{\pi}{3}\right)", r"1 + \sqrt{3}i"),
    (r"\sqrt{12}", r"2\sqrt{3}"),
    (r"2\sqrt{141-20\sqrt{41}} + 2\sqrt{20\sqrt{41}+141}", "40"),
    (r"\log_2 6", r"1 + \log_2 3"),
    (r"\sin 80^\circ", r"\cos 10^\circ"),
    (r"2^{x\ln 3}", r"3^{x\ln 2}"),
    ("-x < 1", "x > -1"),
    ("2x = 10", "x = 5"),
    ("|x| < 2", "-2 < x < 2"),
    ("2x + 4y = 3", r"y = -\frac{1}{2}x + \frac{3}{4}"),
    (r"2\text{ h }30\text{ min}", r"150\text{ min}"),
]
"""Two forms of which neither leaves anything undone that the other does not."""

LEFT_TO_BE_WORKED_OUT: Table = {
    "left to be worked out": [
        ("55", [r"\sum_{k=1}^{10}k"]),
        ("391", [r"17\cdot 23", "400-9"]),
        ("120", ["5!", r"2\cdot 60"]),
        ("2", [r"\sqrt{4}", r"\gcd(4,6)", r"\lim_{x\to 2} x"]),
        ("1", [r"\sin^2 x+\cos^2 x"]),
        (r"\frac{\pi^2}{6}", [r"\sum_{n=1}^{\infty}\frac{1}{n^2}"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(LEFT_TO_BE_WORKED_OUT))
def test_unfinished_work_does_not_meet_its_value(gold: str, answer: str) -> None:
    assert decided(answer, gold).status is Status.INCORRECT


@pytest.mark.parametrize(("finished", "unfinished"), ONE_WAY)
def test_unfinished_work_meets_no_gold_that_is_done(finished: str, unfinished: str) -> None:
    assert compare_with_sympy(finished, unfinished).status is Status.CORRECT
    assert compare_with_sympy(unfinished, finished).status is Status.INCORRECT
    assert compare_with_sympy(unfinished, finished, Policy(unevaluated=True)).status is Status.CORRECT
    assert compare_with_sympy(unfinished, unfinished).status is Status.CORRECT


@pytest.mark.parametrize(("one", "other"), BOTH_WAYS)
def test_finished_forms_meet_both_ways(one: str, other: str) -> None:
    assert compare_with_sympy(one, other).status is Status.CORRECT
    assert compare_with_sympy(other, one).status is Status.CORRECT


def test_unfinished_work_meets_no_rounded_gold() -> None:
    rounded = Policy(rounded_gold=True)
    assert compare_with_sympy(r"\frac{\pi}{2}", "1.57", rounded).status is Status.CORRECT
    assert compare_with_sympy(r"\arctan 5", "1.37", rounded).status is Status.INCORRECT
    assert compare_with_sympy(r"17 \cdot 23", "391.0", rounded).status is Status.INCORRECT
