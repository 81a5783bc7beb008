"""Two notations for one thing: chains, numbered roots, derivatives, constants of integration."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.comparing.restated import RESTATEMENTS, Restatement, restated
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Node
from rewards.verdict import Status

EQUAL: Table = {
    "chains of inequalities": [
        ("p<q<r", ["p<q, q<r", r"p<q \text{ and } q<r", "r>q, q>p"]),
        (r"u\le v, v<w", [r"u\le v<w"]),
    ],
    "numbered roots": [(r"x_1=1+\sqrt3, x_2=1-\sqrt3", [r"x_1=1-\sqrt3, x_2=1+\sqrt3"])],
    "derivatives": [
        (r"\frac{dg}{dt}", ["g'(t)"]),
        ("y''-4y=0", [r"\frac{d^2y}{dx^2}-4y=0"]),
        (r"\frac{dy}{dx}=\frac{x}{y}", [r"y'=\frac{x}{y}"]),
    ],
    "constants of integration": [
        (r"\frac{x^2}{2}+\ln x+C", [r"\frac{x^2}{2}+\ln x+K", r"\ln x+\frac{x^2}{2}+k"]),
        ("y=Ce^{-3t}", ["y=ke^{-3t}", "y=Ae^{-3t}"]),
    ],
}

DIFFERENT: Table = {
    "chains of inequalities": [("p<q<r", ["p<q, p<r", "p<q, q>r", "p<q", r"p<q \text{ or } q<r"])],
    "numbered roots": [
        (r"x_1=1, x_2=3", ["x_1=-1, x_2=3", "x_1=3, y_2=1", "x_1=3, x_3=1"]),
        ("a_1=1, a_2=3", ["a_1=3, a_2=1"]),
        ("x_1=1, x_2=2, x_3=3", ["x_1=2, x_2=1, x_3=3"]),
    ],
    "derivatives": [
        (r"\frac{dg}{dt}", ["g(t)", "g''(t)", "h'(t)", "g'(x)", "g'(2)"]),
        ("y''-4y=0", [r"\frac{dy}{dx}-4y=0", r"\frac{d^2y}{dx^2}+4y=0"]),
    ],
    "constants of integration": [
        ("x^3+C", ["x^3+x", "x^3+2", "2x^3+K", "x^3", "x^3+Kx"]),
        ("a+b+c", ["a+b+k"]),
        ("x^2+K", ["x^2+A"]),
        ("y=Ce^{2x}", ["y=ye^{2x}", "y=xe^{2x}", "y=Ke^{3x}"]),
        ("F=C+32", ["F=K+32"]),
        ("E=mc^2", ["E=mk^2"]),
        ("ax^2+bx+c", ["ax^2+bx+k"]),
    ],
}


@pytest.mark.parametrize("row", RESTATEMENTS, ids=lambda row: row.name)
def test_restated_does_what_its_examples_say(row: Restatement) -> None:
    gold, answer = map(read, row.same)
    assert isinstance(gold, Node)
    assert isinstance(answer, Node)
    assert [name for name, _, _ in restated(gold, answer)] == [row.name]
    assert decided(*reversed(row.same)).status is Status.CORRECT
    assert decided(*reversed(row.other)).status is Status.INCORRECT
    assert row.reason


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_two_notations_for_one_thing_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_two_notations_for_different_things_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
