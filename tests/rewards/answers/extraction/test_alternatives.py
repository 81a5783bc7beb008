"""Alternatives that are offered before a box."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.boxes import extract

OFFERED_BEFORE = {
    "a formula": (r"The answer is $3$ or $\boxed{42}$.", "42 = 3"),
    "a bare number": (r"It is 3 or \boxed{42}.", "42 = 3"),
    "a negative number": (r"-3 or \boxed{42}", "42 = -3"),
    "with a name": (r"$x=3$ or $x=\boxed{42}$", "42 = 3"),
    "a hedge": (r"$3$, or maybe $\boxed{42}$", "42 = 3"),
    "a hedge alone": (r"$3$, perhaps $\boxed{42}$", "42 = 3"),
    "in display mathematics": (r"\[3 \text{ or } \boxed{42}\]", "42 = 3"),
    "a sign": (r"$3 \lor \boxed{42}$", "42 = 3"),
    "in Chinese": ("答案是3或$\\boxed{42}$", "42 = 3"),
    "bold": (r"**3** or **\boxed{42}**", "42 = 3"),
    "on a new line": ("$3$\nor $\\boxed{42}$", "42 = 3"),
    "before a fraction": (r"$\frac13$ or $\boxed{\frac12}$", r"\frac12 = \frac13"),
    "an expression": (r"$2x$ or $\boxed{3x}$", "y = 3x = 2x"),
    "on both sides": (r"3 or $\boxed{42}$ or $5$", "42 = 5 = 3"),
    "the same": (r"$x=42$ or $\boxed{42}$", "42"),
    "not beside the box": (r"It is 3 or 4, so the answer is \boxed{42}", "42"),
    "a number of a part": (r"The answer to part 2 or 3 is \boxed{42}", "42"),
    "an amount in another unit": (r"2520 seconds, or \boxed{42} minutes", "42"),
    "a name": (r"the area $A$, or $\boxed{3x}$", "3x"),
    "a word that ends like it": (r"the divisor \boxed{42}", "42"),
    "a factor": (r"the factor $\boxed{42}$", "42"),
    "an index": (r"$x_2$ or $\boxed{42}$", "42"),
    "the other side of a proportion": (r"$\frac34 = 9/\boxed{12}$", "12"),
}


@pytest.mark.parametrize(("completion", "answer"), OFFERED_BEFORE.values(), ids=OFFERED_BEFORE)
def test_alternative_offered_before_the_box_is_held_against_it(completion: str, answer: str) -> None:
    assert extract(completion).text == answer
