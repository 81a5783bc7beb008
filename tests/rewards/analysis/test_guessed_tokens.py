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


def test_guessed_tokens_of_a_tool_are_masked() -> None:
    rollout = with_tokens(Rollout(completion="ask 42 and 42", turns=[(0, 4), (6, 13)]))
    alone = with_tokens(Rollout(completion="ask  and 42"))
    assert rollout.num_tokens == 2 + 1 + 4 + 1
    assert rollout.num_policy_tokens == alone.num_tokens
    assert rollout.completion_mask is not None
    assert list(rollout.completion_mask).index(False) == 2
