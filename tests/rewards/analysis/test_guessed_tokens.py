"""Tokens guessed for a text, where none came with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rewards import Rollout
from rewards.analysis.guessed_tokens import guessed_tokens, with_tokens


@given(st.text(max_size=200))
def test_guessed_tokens_fit_a_rollout(text: str) -> None:
    rollout = with_tokens(Rollout(completion=text))
    assert rollout.num_tokens == len(guessed_tokens(text))
    assert len(guessed_tokens(text, ended=False)) == len(guessed_tokens(text)) - 1
