"""Statements: what they bind, and which conditions are their defaults."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.comparing.statement import statement
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import Node, Symbol
from rewards.verdict import Status

EQUAL: Table = {
    "conditions that say the default": [
        (
            "f(x) = 2x",
            [r"f(x) = 2x \text{ for all real } x", r"f(x)=2x, x\in\mathbb{R}", r"f(x)=2x\ \forall x"],
        ),
        (r"f(x) = 2x \text{ for all } x", ["f(x) = 2x", "f(t) = 2t", "2x"]),
        ("a_n = 2n-1", [r"a_n = 2n-1 (n \in \mathbb{N}^*)", r"a_n=2n-1, n\ge1", "a_m = 2m-1"]),
        (
            r"f(n) = n \text{ for all } n \in \mathbb{N}",
            ["f(n) = n", r"f(n)=n \text{ for all positive integers } n"],
        ),
        (r"\frac{n(n+1)}{2} (n \in \mathbb{N}^*)", [r"\frac{1}{2}n(n+1)"]),
        ("2x", [r"f(x) = 2x, x \in \mathbb{R}", r"2x, x \in \mathbb{R}"]),
        ("f(x) = 2x^3 + c", [r"f(x)=2x^3+c \text{ where } c \text{ is any real constant}"]),
    ],
    "constants of other names": [
        (r"f(x) = x + b \text{ for some constant } b", ["f(x) = x + c", r"f(x)=x+c, c\in\mathbb{R}"]),
        (
            r"f(x) = ax + b, a, b \in \mathbb{R}",
            [r"f(x)=cx+d, c, d\in\mathbb{R}", r"f(x)=bx+a, a, b\in\mathbb{R}"],
        ),
        (r"y = c \text{ for any real number } c", ["y = c", r"y = m (m \in \mathbb{R})"]),
        (r"(a, b) = (18k^3, 6k^2), k \in \mathbb{N}", [r"(18m^3, 6m^2) \text{ where } m \in \mathbb{N}"]),
    ],
    "conditions before the value, and sets over a parameter": [
        ("f(x) = bx", [r"\text{For any real constant } b, f(x) = bx", "For all real $x$, $f(x) = bx$"]),
        (r"\{(t, 2t) \mid t \in \mathbb{R}\}", [r"(s, 2s), s \in \mathbb{R}"]),
        (r"y = C_1e^x + C_2e^{-x}, C_1, C_2 \in \mathbb{R}", ["y = Ae^x + Be^{-x}"]),
    ],
    "conditions that restrict, in other dress": [
        (r"f(x) = cx, c > 0", [r"f(x) = kx, k > 0", r"f(x)=cx, c\in\mathbb{R}^+", r"f(x)=cx, 0<c"]),
        (r"f(x) = x \text{ for all } x \in [0, 1]", [r"f(t) = t, 0 \le t \le 1"]),
        (r"n = 101k - 1, k \in \mathbb{N}^+", [r"n = 101k + 100, k = 0, 1, 2, \ldots"]),
        (r"a_n = n, n \ge 2", [r"a_n = n \text{ for all integers } n > 1"]),
    ],
}

DIFFERENT: Table = {
    "conditions that restrict": [
        ("f(x) = x", [r"f(x) = x, x > 0", r"f(x) = x, x\in\mathbb{Z}", r"f(x)=x \text{ for positive } x"]),
        ("a_n = 2n-1", [r"a_n = 2n-1, n\ge2", r"a_n=2n-1, n\ge0"]),
        (
            r"f(x) = cx, c > 0",
            ["f(x) = cx", r"f(x) = cx, c \ge 0", r"f(x)=cx, c\in\mathbb{R}", r"f(x)=cx, c<0"],
        ),
        (r"f(x) = cx, c \in \mathbb{Q}", ["f(x) = cx", r"f(x)=cx, c\in\mathbb{R}"]),
        (
            r"x = 2k^2, k \in \mathbb{N}",
            [r"x = 2k^2, k\in\mathbb{Z}", "x = 2k^2", r"x=2k^2, k\in\mathbb{N}^*"],
        ),
        (r"f(x) = x \text{ for all } x \in [0, 1]", ["f(x) = x", r"f(t) = t, 0 \le t < 1"]),
        (r"n = 101k - 1, k \in \mathbb{N}^+", [r"n = 101k - 1, k = 0, 1, 2, \ldots"]),
        ("2x", [r"f(x) = 2x, x > 0", r"2x, x \in \mathbb{Z}"]),
        ("x = 5", [r"x = 5, y \in \mathbb{R}", r"x = 5, x > 0"]),
    ],
    "conditions before the value, and sets over a parameter": [
        ("f(x) = bx", ["For all positive $x$, $f(x) = bx$"]),
        (r"\{(t, 2t) \mid t \in \mathbb{R}\}", [r"(s, 3s), s \in \mathbb{R}", "(1, 2)"]),
        (r"y = C_1e^x + C_2e^{-x}, C_1, C_2 \in \mathbb{R}", ["y = Ae^x + Ae^{-x}"]),
    ],
    "letters that are not bound": [
        (r"x > a, a > 0", [r"x > b, b > 0"]),
        (r"x = 2k\pi, k \in \mathbb{Z}", [r"x = 2t\pi"]),
        ("f(x) = x + b", ["f(x) = x + c", r"f(x) = x + c, c\in\mathbb{R}"]),
        (
            r"f(x) = x + b \text{ for some constant } b",
            ["f(x) = x + x", "f(x) = x + e", "f(x) = x", "f(x) = x + 1"],
        ),
        (
            r"f(x) = ax + b, a, b \in \mathbb{R}",
            ["f(x) = bx + a", "f(x) = cx + c", r"f(x)=cx+c, c\in\mathbb{R}"],
        ),
        ("a_n = 2n - m", ["a_m = 2m - n"]),
        (r"\frac{n(n+1)}{2} (n \in \mathbb{N}^*)", [r"\frac{m(m+1)}{2}"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_statements_that_say_the_same_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_statements_that_say_something_else_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason


def test_statement_without_conditions_has_the_node_as_its_body() -> None:
    node = read("x = 1, y = 2")
    assert isinstance(node, Node)
    assert statement(node).body == node


def test_statement_binds_letters_with_several_conditions() -> None:
    node = read(r"x = k\pi, y = n\pi \text{ for } k, n \in \mathbb{Z}")
    assert isinstance(node, Node)
    assert statement(node).integers() == {Symbol("k"), Symbol("n")}
