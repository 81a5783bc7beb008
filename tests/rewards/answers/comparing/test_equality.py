"""Structures of every other kind: choices, words, times, dates and ratios."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.comparing.compare import trace
from rewards.answers.comparing.equality import RULES, Rule
from rewards.verdict import Status

EQUAL: Table = {
    "choices": [
        ("A", ["(A)", r"\textbf{(A)}", r"\mathrm{A}", "A.", r"\text{Option A}", r"\text{A. }12", "A: 4x+3"]),
        ("ABD", ["A、B、D", "A, B, D", "ABD"]),
        (r"-\frac{1}{21}", ["A. -1/21"]),
        ("B: x+4y-5=0", ["B", "x+4y-5=0"]),
    ],
    "words": [
        (r"\text{Monday}", ["Monday", r"\textbf{Monday}", "monday."]),
        (r"\text{Yes}", [r"\text{yes}", "Yes."]),
        ("The second player wins.", ["second player wins", r"\text{The second player wins}"]),
        (r"\text{DNE}", [r"\text{does not exist}"]),
    ],
    "values said twice": [("6", ["6 or 6", r"6 or \frac{12}{2}", "x = 6 or x = 6"])],
    "times, dates and ratios": [
        (r"3:00\text{ PM}", [r"3:00\text{ p.m.}", "15:00", "3 pm"]),
        (r"\text{March 5}", [r"\text{5 March}", "March 5th"]),
        ("2:3", [r"\frac23", "4:6", "2∶3"]),
    ],
}

DIFFERENT: Table = {
    "ratios": [
        ("7:1", ["7", r"7\%", r"7\text{ m}", "1:7"]),
        ("7", ["7:1"]),
        ("1:3", [r"1{:}03\text{ PM}"]),
    ],
    "values said twice": [("6", ["6, 6", "x = 6, 6", "6 or 7", "6 and 6"])],
    "choices": [
        ("A", ["B", "A or B", "ABCDE", "A,B,C,D", "a^2"]),
        ("ABD", ["AB", "A"]),
        ("B", [r"\text{(B) or (D)}"]),
        ("B: 5", ["B: 6", "C"]),
    ],
    "words dropped": [
        (
            "5",
            [
                "5 is wrong",
                r"\text{not }5",
                r"\text{about }5",
                "at least 5",
                "5 dozen",
                "5 dogs and 6 cats",
                "5?",
            ],
        ),
        (r"\text{yes}", [r"\text{yes and no}", r"\text{not yes}"]),
        (r"\text{Alice}", [r"\text{Alice and Bob}"]),
        ("3", [r"3\text{ million}", r"3\text{ thousand}"]),
        ("listen", ["silent"]),
        (r"\text{tab}", [r"\text{bat}"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_equality_of_structures_that_say_the_same(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_equality_tells_structures_apart_that_say_something_else(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_decides_its_example_and_is_named_in_the_trace(rule: Rule) -> None:
    assert any(line.startswith(f"  as {rule.name}: ") for line in trace(rule.answer, rule.gold))
