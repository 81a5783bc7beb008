"""Names before several boxes of one answer."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.answers import extract

NAMED = {
    r"$y=\boxed{3}$, $x=\boxed{5}$": "y = 3, x = 5",
    r"Girls: \boxed{18}, Boys: \boxed{14}": r"\text{Girls} = 18, \text{Boys} = 14",
    r"$B=\boxed{(1,2)}$ and $A=\boxed{(3,4)}$": "B = (1,2), A = (3,4)",
    r"$\min=\boxed{5}$, $\max=\boxed{1}$": r"\min = 5, \max = 1",
    r"(2) \boxed{3}; (1) \boxed{5}": "(2) 3, (1) 5",
    r"$x_1=-\boxed{3}$, $x_2=\boxed{5}$": "x_1 = -3, x_2 = 5",
    r"$x=\boxed{3}$, $x=\boxed{5}$": "3, 5",
    r"$x=\boxed{3}$ and \boxed{5}": "3, 5",
    r"$\boxed{x=3}$ and $y=\boxed{5}$": "x=3, 5",
}


@pytest.mark.parametrize(("completion", "answer"), NAMED.items(), ids=NAMED)
def test_named_keeps_the_names_of_all_boxes(completion: str, answer: str) -> None:
    assert extract(completion).text == answer
