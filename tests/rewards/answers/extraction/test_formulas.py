"""Boxes that are operands of a formula."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.boxes import boxes_in
from rewards.answers.extraction.formulas import opened

OPENED = {
    r"$\pm\boxed{5}$": r"\pm5",
    r"$\boxed{5}^2$": "5^2",
    r"$6+\boxed{5}$": "6+5",
    r"6+\boxed{5}": "6+5",
    r"\[\frac{\boxed{5}}{6}\]": r"\frac{5}{6}",
    r"$(6,\boxed{5})$": "(6,5)",
    r"\(\boxed{x+1}^2\)": "(x+1)^2",
    r"$x = 2\sqrt{\boxed{5}}$": r"2\sqrt{5}",
    r"$\boxed{3}+\boxed{5}$": "3+5",
    r"$\boxed{3}<x<\boxed{5}$": "3<x<5",
    r"$\boxed{5}.5$": "5.5",
    r"$6\boxed{5}$": "6?5",
    r"\begin{align}x &= 1 - \boxed{5}\end{align}": "1 - 5",
}
LEFT = (
    r"$x=\boxed{5}$",
    r"$6\cdot7=\boxed{42}$",
    r"$\boxed{42}\text{ cm}$",
    r"$\therefore \boxed{5}$",
    r"\[\begin{aligned}x &= \boxed{5}\end{aligned}\]",
    r"$\boxed{42}^\circ$",
    r"$x = -\boxed{3}$",
    r"1. \boxed{5}",
    r"* \boxed{5}",
    r"**\boxed{5}**",
    r"For $x$, \boxed{5}",
    r"It costs \$5, so $\boxed{6}$.",
    r"$\text{The answer is }\boxed{5}$",
    r"$2+\boxed{5}=7$",
    r"$\equiv \boxed{9} \pmod{11}$",
    r"$\boxed{3}, \boxed{5}$",
    r"$\mathbf{\boxed{5}}$",
)


@pytest.mark.parametrize(("completion", "formula"), OPENED.items(), ids=OPENED)
def test_opened_opens_boxes_that_are_operands(completion: str, formula: str) -> None:
    assert opened(completion, boxes_in(completion)) == formula


@pytest.mark.parametrize("completion", LEFT)
def test_opened_leaves_boxes_that_are_all_of_it(completion: str) -> None:
    assert opened(completion, boxes_in(completion)) is None
