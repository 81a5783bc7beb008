"""Alternatives that are offered before a box."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.answers import extract

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
    "two values": (r"3, 42 or \boxed{42}", "42 = 3"),
    "an exact value": (r"$3.14$ or exactly $\boxed{42}$", "42 = 3.14"),
    "a slash between formulas": (r"$3$/$\boxed{42}$", "42 = 3"),
    "in brackets": (r"It is 3 (or \boxed{42})", "42 = 3"),
    "a correction": (r"41, or rather \boxed{42}", "42"),
    "a correction without or": (r"41 -- no, \boxed{42}", "42"),
    "a bar": (r"41 | \boxed{42}", "42 = 41"),
    "a number in words": (r"either forty-one or \boxed{42}", "42 = 41"),
    "the same in words": (r"forty-two, or \boxed{42}", "42"),
    "a cell of a table": (r"| 41 | \boxed{42} |", "42"),
    "a word that ends like a number": (r"weightone or \boxed{42}", "42 or weightone"),
    "the other side of a proportion": (r"$\frac34 = 9/\boxed{12}$", "12"),
}


@pytest.mark.parametrize(("completion", "answer"), OFFERED_BEFORE.values(), ids=OFFERED_BEFORE)
def test_alternative_offered_before_the_box_is_held_against_it(completion: str, answer: str) -> None:
    assert extract(completion).text == answer


OFFERED_BEHIND = {
    "a formula": (r"$\boxed{42}$ or $3$.", "42 = 3"),
    "a number": (r"\boxed{42} or 3", "42 = 3"),
    "after a period": (r"\boxed{42}. Or 3.", "42 = 3"),
    "two values": (r"$\boxed{42}$, 5 or 3.", "42 = 5 = 3"),
    "an expression": (r"$\boxed{3x}$ or $2x$", "y = 3x = 2x"),
    "in display mathematics": (r"\[\boxed{42} \text{ or } 3\]", "42 = 3"),
    "a correction": (r"\boxed{42}, or rather $3$.", "42 = 3"),
    "another correction": (r"$\boxed{42}$. Wait, $3$.", "42 = 3"),
    "a correction of two words": (r"$\boxed{42}$. Wait, no: $3$.", "42 = 3"),
    "two more": (r"\boxed{42} or 3 or 4", "42 = 3"),
    "and or": (r"\boxed{42} and/or 3", "42 = 3"),
    "a correction in words": (r"\boxed{42}, I mean 3.", "42 = 3"),
    "in Chinese": ("$\\boxed{42}$或者3。", "42 = 3"),
    "a bar": (r"\boxed{42} | 41", "42 = 41"),
    "a bar between formulas": (r"$\boxed{42}$ | $41$", "42 = 41"),
    "a number in words": (r"\boxed{42} or forty-one.", "42 = 41"),
    "a number in words, and softened": (r"$\boxed{42}$, or maybe Fifty", "42 = 50"),
    "the same": (r"\boxed{42} or $42$", "42"),
    "the same in words": (r"\boxed{42} or forty-two", "42"),
    "an amount in words": (r"\boxed{42} or twelve apples", "42"),
    "a cell of a table": ("| a | \\boxed{42} | 41\n", "42"),
    "a row of cells": (r"\boxed{42} | 41 | 40", "42"),
    "an approximation": (r"$\boxed{\frac13}$, or about $0.333$.", r"\frac13"),
    "an amount": (r"\boxed{42} or 3 apples", "42"),
    "a reason": (r"\boxed{42} or else 3 would divide it", "42"),
    "a word that begins like it": (r"$\boxed{42}$ orders", "42"),
    "a new sentence": (r"\boxed{42}. 3 of them are red.", "42"),
}

DENIED = {
    "before": r"The answer is not \boxed{2}.",
    "before, in a formula": r"$x \neq \boxed{2}$",
    "before, shortened": r"It isn't \boxed{2}.",
    "before, in Chinese": "答案不是$\\boxed{2}$",
    "behind": r"\boxed{2} is wrong.",
    "behind, in a sentence": r"$\boxed{2}$ is not the answer.",
}

STANDING = {
    "of something else before": r"It is not 3: it is \boxed{2}.",
    "of a property": r"$\boxed{2}$ is not a square.",
    "of the box before it": r"It is not \boxed{3}. It is \boxed{2}.",
    "of the box behind it": r"It is \boxed{2}, not \boxed{3}.",
    "a word that ends like it": r"the knot \boxed{2}",
}


@pytest.mark.parametrize(("completion", "answer"), OFFERED_BEHIND.values(), ids=OFFERED_BEHIND)
def test_alternative_offered_behind_the_box_is_held_against_it(completion: str, answer: str) -> None:
    assert extract(completion).text == answer


@pytest.mark.parametrize("completion", DENIED.values(), ids=DENIED)
def test_denied_box_is_no_answer(completion: str) -> None:
    found = extract(completion)
    assert (found.text, found.hedged) == (None, True)


@pytest.mark.parametrize("completion", STANDING.values(), ids=STANDING)
def test_box_stands_beside_a_denial_of_something_else(completion: str) -> None:
    assert extract(completion).text == "2"
