"""Answers as flat lists of tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.reading.tokens import TextTooBigError, tokenize


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\dfrac{1}{2}", r"\frac{1}{2}"),
        ("½", r"\frac{1}{2}"),
        ("５", "5"),
        ("−3", "-3"),
        (r"\left(1\right)", "(1)"),
        ("$5$", "5"),
        ("5\u200b", "5"),
    ],
)
def test_tokenize_knows_one_token_for_every_spelling(text: str, same: str) -> None:
    assert [token[:2] for token in tokenize(text)] == [token[:2] for token in tokenize(same)]


def test_tokenize_remembers_white_space_before_a_token() -> None:
    assert [token.gap for token in tokenize("5 cm")] != [token.gap for token in tokenize("5cm")]


@given(st.text(max_size=60))
def test_tokenize_closes_every_text_with_one_end(text: str) -> None:
    try:
        tokens = tokenize(text)
    except Exception as error:  # noqa: BLE001  # which one is what is tested
        assert type(error).__name__ in {"ReadError", "TextTooBigError"}  # noqa: PT017
    else:
        assert [token.kind for token in tokens].count("eof") == 1
        assert tokens[-1].kind == "eof"


@pytest.mark.parametrize("text", ["x" * 1_000_000, "+" * 100_000, "1" * 100_000])
def test_tokenize_refuses_a_text_that_is_too_big(text: str) -> None:
    with pytest.raises(TextTooBigError):
        tokenize(text)
