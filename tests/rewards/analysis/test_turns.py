"""Conversations of every known form are read as what was said, and of no other form as nothing."""

from __future__ import annotations

import pytest

from rewards.analysis.turns import text_of
from rewards.errors import InvalidRolloutError

FORMS = {
    "messages": [{"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "2"}],
    "messages without roles": [{"content": "2"}],
    "ShareGPT": [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "1 + 1?"},
        {"from": "gpt", "value": "2"},
    ],
    "ShareGPT of another model": [{"from": "human", "value": "1 + 1?"}, {"from": "Assistant", "value": "2"}],
    "columns of both, as Parquet fills them up": [
        {"from": "human", "value": "1 + 1?", "role": None, "content": None},
        {"from": "gpt", "value": "2", "role": None, "content": None},
    ],
    "Gemini": [{"role": "user", "parts": ["1 + 1?"]}, {"role": "model", "parts": [{"text": "2"}]}],
    "blocks": [{"role": "assistant", "content": [{"type": "text", "text": "2"}]}],
    "blocks alone": [{"type": "text", "text": "2"}],
    "a tool between": [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "3"},
        {"role": "assistant", "content": "2"},
    ],
    "Responses": [
        {"type": "reasoning", "summary": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "2"}]},
    ],
}


@pytest.mark.parametrize("turns", FORMS.values(), ids=FORMS)
def test_text_of_a_completion_is_what_the_assistant_said(turns: list[object]) -> None:
    assert str(text_of(turns, "completion")).strip() == "2"


def test_text_of_a_prompt_is_all_that_was_said() -> None:
    assert text_of(FORMS["ShareGPT"][:2], "prompt") == "Be brief.\n1 + 1?"


UNKNOWN = {
    "no turns": ([], "a list of nothing"),
    "other keys": ([{"human": "1 + 1?", "bot": "2"}], "no known form, of 'human', 'bot'"),
    "a speaker under another key": ([{"speaker": "human", "text": "1 + 1?"}], "no turn of an assistant"),
    "nothing but keys of the speaker": ([{"role": "assistant"}], "no known form, of 'role'"),
    "nothing": ([{}], "no known form, of nothing"),
    "an object as text": ([{"role": "assistant", "content": {"a": 1}}], "whose text is of type dict"),
    "no assistant": ([{"from": "human", "value": "1 + 1?"}], "no turn of an assistant, but of 'human'"),
}


@pytest.mark.parametrize(("turns", "reason"), UNKNOWN.values(), ids=UNKNOWN)
def test_turns_of_an_unknown_form_are_an_error(turns: list[object], reason: str) -> None:
    with pytest.raises(InvalidRolloutError, match=reason):
        text_of(turns, "completion")
