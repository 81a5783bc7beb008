"""Tokens that say something else beside their neighbours, and their wrong twins."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.neighbours import NEIGHBOURS, Neighbour, settle
from rewards.answers.reading.tokens import Token, tokenize
from rewards.verdict import Status

EQUAL: Table = {
    "unions": [
        (r"(1,2) \cup (3,4)", ["(1,2) U (3,4)", "(1,2)U(3,4)"]),
        (r"(-\infty,0] \cup [5,\infty)", ["(-inf,0] U [5,inf)"]),
        (r"\{1,2,5\}", [r"\{1,2\} U \{5\}"]),
    ],
    "sets in bold": [
        (r"x \in \mathbb{N}^+", [r"x \in \mathbf{N}_{+}", r"x ∈ \mathbf{N}^+", "x ∈ N+", "x ∈ N^*"]),
        (r"x \in \mathbb{R}", [r"x \in \mathbf{R}", "x ∈ R"]),
    ],
    "statements": [
        ("1<x<2", [r"x>1 \land x<2", r"x>1 \wedge x<2", "x > 1 ∧ x < 2", "x>1 ∩ x<2"]),
        (r"x=1 \text{ or } x=-2", [r"x=1 \lor x=-2", r"x=-2 \vee x=1", "x=1 ∨ x=-2"]),
        (r"x<1 \text{ or } x>5", [r"x<1 \cup x>5", "x<1 ∪ x>5"]),
    ],
    "names in words": [
        (
            r"\text{Alice: }5; \text{Bob: }7",
            [r"\text{Alice}=5, \text{Bob}=7", r"\text{Bob: }7, \text{Alice: }5", "5, 7"],
        ),
        (
            "12",
            [
                r"\text{Total area} = 12",
                r"\text{Total area: }12",
                "Area = 12",
                "area: 12",
                r"\text{The total area} = 12",
            ],
        ),
        (r"\text{Maximum}=3, \text{minimum}=-1", [r"\text{Maximum: } 3, \text{minimum: } -1", r"3, -1"]),
        ("3, -1", [r"\max = 3, \min = -1"]),
        ("3", [r"\text{Remainder} = 3"]),
        (r"\text{Max: }3, \text{Min: }-1", ["Max: 3, Min: -1", "Max = 3, Min = -1"]),
        ("4989600", ["Sum: 4989600", "sum: 4989600", r"\text{Solution: } x = 4989600"]),
        ("A=3, B=5", ["A: 3, B: 5", "B: 5, A: 3"]),
        ("BN=6", [r"\mathrm{BN} = 6", r"{\mathrm{BN} = 6}"]),
    ],
    "events": [
        (r"P(\text{win})=\frac56", [r"P(\text{win}) = 5/6", r"\frac56"]),
        (r"P(\text{both red})", [r"P(\text{Both red})"]),
    ],
    "fractions in words": [
        (r"\frac34", [r"\text{three-quarters}", r"\text{three quarters}", r"\text{three fourths}"]),
        (r"\frac12", [r"\text{one half}", r"\text{a half}", r"\text{one-half}", r"\text{Answer: one half}"]),
        (r"\frac52", [r"\text{two and a half}", r"\text{two and one half}"]),
        (r"\frac{7}{10}", [r"\text{seven tenths}"]),
    ],
    "parts of degrees": [(r"60^\circ 42'", [r"60\text{ degrees } 42\text{ minutes}"])],
    "units with Greek letters": [
        (r"5 \text{ μm}", [r"5\,\mu\text{m}", r"5\,\mu\mathrm{m}", "5 \\text{ \u00b5m}"]),
        (r"5 \text{ kΩ}", ["5 \\text{ k\u2126}", r"5\text{ k}\Omega"]),
    ],
}

DIFFERENT: Table = {
    "unions": [
        (r"(1,2) \cup (3,4)", ["(1,2) U (3,5)", "(1,2) (3,4)", r"(1,2) \cap (3,4)"]),
        ("(a+b)U(c+d)", ["(a+b)(c+d)", r"U(a+b)", "U"]),
    ],
    "sets in bold": [
        (r"x \in \mathbb{N}^+", [r"x \in \mathbf{Z}", "x ∈ N", "x ∈ N+1", "x ∈ N-"]),
        (r"x \in \mathbb{R}", [r"x \in \mathbf{Q}", r"x = \mathbf{R}", r"x \in \mathbf{M}"]),
    ],
    "statements": [
        ("1<x<2", [r"x>1 \lor x<2", r"x>1 \wedge x<3"]),
        (r"x=1 \text{ or } x=-2", [r"x=1 \lor x=2", r"x=1 \land x=-2"]),
        (r"p \land q", [r"p \lor q", "p, q"]),
    ],
    "names in words": [
        (
            r"\text{Alice: }5; \text{Bob: }7",
            [r"\text{Alice: }7; \text{Bob: }5", r"\text{Alice: }5", r"\text{Alice: }5, \text{Bob: }8"],
        ),
        ("12", [r"\text{Not} = 12", r"\text{at least}: 12", r"\text{wrong: }12", r"\text{Total area} = 13"]),
        ("A: 3, B: 5", ["A", "B", "A: 5, B: 3"]),
        (r"3:2", [r"\text{boys} : \text{girls} = 2:3"]),
        ("AB=5", ["AC=5", r"\text{Area}=5", "ab=5"]),
    ],
    "events": [
        (r"P(\text{win})=\frac56", [r"P(\text{win})=\frac16", r"\text{win}"]),
        (r"P(\text{win})", ["P", r"P(\text{lose})", "Pwin", r"P\cdot\text{win}"]),
    ],
    "fractions in words": [
        (r"\frac34", [r"\text{three third}", r"\text{four thirds}", r"\text{three quarter}"]),
        ("3", [r"\text{one third}", r"\text{third}"]),
        (r"\frac{20}{3}", [r"\text{twenty-third}", r"\text{twenty third}"]),
        (r"\frac32", [r"\text{one half}", r"\text{two and a half}"]),
    ],
    "parts of degrees": [
        (r"60^\circ 42'", [r"60\text{ degrees } 43\text{ minutes}", r"60\text{ hours } 42\text{ minutes}"])
    ],
    "units with Greek letters": [(r"5 \text{ μm}", [r"5\text{ m}", r"5\text{ mm}", r"5\pi\text{m}"])],
}


@pytest.mark.parametrize("row", NEIGHBOURS, ids=lambda row: row.name)
def test_settle_does_what_the_examples_say(row: Neighbour) -> None:
    one, other = ([token[:2] for token in tokenize(text)] for text in row.example)
    assert one == other
    assert row.reason


def test_settle_asks_one_rule_for_a_value() -> None:
    values = [value for row in NEIGHBOURS for value in row.values]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("value", [value for row in NEIGHBOURS for value in row.values])
@pytest.mark.parametrize("kind", sorted(Kind))
def test_settle_takes_a_token_alone(kind: str, value: str) -> None:
    for size in (1, 2, 3):
        tokens = [Token(kind, value)] * size
        settle(tokens)
        assert tokens


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_settled_answers_are_accepted(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_settled_answers_are_refused_where_they_are_wrong(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is not Status.CORRECT, decision.reason
