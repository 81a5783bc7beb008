"""Golds that come as whole solutions."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.braces import unboxed


@pytest.mark.parametrize(
    ("gold", "contents"),
    [
        ("5", "5"),
        (r"so it is \boxed{5}.", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{1} and \boxed{2}", "1, 2"),
        (r"\boxed{1", r"\boxed{1"),
        ("", ""),
    ],
)
def test_unboxed_is_what_the_boxes_hold(gold: str, contents: str) -> None:
    assert unboxed(gold) == contents
