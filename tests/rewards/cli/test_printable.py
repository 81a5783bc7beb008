"""What a model wrote, made safe to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.cli.printable import printable


@given(st.text())
def test_printable_text_has_no_character_that_drives_a_terminal(text: str) -> None:
    assert not {unicodedata.category(shown) for shown in printable(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"])))
def test_printable_leaves_plain_text_alone(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "limit", "shown"), [("12345", 5, "12345"), ("123456", 5, "12345…"), ("", 5, "")]
)
def test_printable_is_cut_after_its_limit(text: str, limit: int, shown: str) -> None:
    assert printable(text, limit) == shown
