"""Accounts of how a text was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.comparing.tracing import account


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (r"5 + \unknown", r"\unknown"),
        (r"**5 + \unknown**", r"\unknown"),
        (r"\frac{1}{2} + \unknown{3}", r"\unknown"),
        (r"“x = \unknown”", r"\unknown"),
        (r"$x < \unknown$ and 3", r"\unknown"),
    ],
)
def test_account_points_at_the_token_that_was_refused(text: str, token: str) -> None:
    head, shown, pointer = account(text)[-3:]
    place = pointer.index("^")
    assert shown[place:].startswith(token), (shown, pointer)
    assert f"at character {text.index(token) + 1} " in head


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2x", "tree     Product"),
        ("x<sup>2</sup>", "rewrite  raised in HTML: x^{2}"),
        ("5 cm", "tokens   num 5 | word cm"),
        ("1" * 20_000, "too big  a number of 20000 digits"),
        ("|x|+1", "tree     Sum"),
    ],
)
def test_account_tells_rewrites_tokens_and_tree(text: str, line: str) -> None:
    assert line in account(text)


def test_account_reads_a_gold_after_its_repairs() -> None:
    assert account("= 5", gold=True)[-1] == "tree     Number 5"
    assert account("= 5")[-3].startswith("refused  at character 1 ")


@given(st.text(max_size=40))
def test_account_never_fails(text: str) -> None:
    assert account(text)
    assert account(text, gold=True)


def test_account_cuts_a_long_tree() -> None:
    assert account("+".join("x" * 200))[-1].strip().startswith("... and ")
