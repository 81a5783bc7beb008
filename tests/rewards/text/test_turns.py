"""The policy's turns in plain text, by the chat templates of real models."""

from __future__ import annotations

import pytest
from tool_texts import ANSWER, CALL, RESULT, TOOL_TEXTS

from rewards import Rollout
from rewards.text.turns import Turns, in_text, joined


def policy_text(text: str) -> str:
    return Rollout(completion=text, turns=in_text(text)).policy_text


@pytest.mark.parametrize("family", TOOL_TEXTS)
def test_text_of_a_tool_is_told_by_its_markers(family: str) -> None:
    text = TOOL_TEXTS[family]
    said = policy_text(text)
    assert CALL in said
    assert ANSWER in said
    assert RESULT not in said
    assert "13" not in said


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "",
        r"<think>2 < 3, so [0, 1] and |x| <= 4</think> \boxed{4}<|im_end|>",
        "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>",
        "<|im_start|>assistant\n4",
        "I shall get a <tool_response> in time. 4",
        "<tool_call>{}</tool_call>",
    ],
    ids=repr,
)
def test_text_of_the_policy_alone_has_no_turns(text: str) -> None:
    assert in_text(text) is None


def test_a_result_that_is_cut_off_earns_nothing() -> None:
    for text in (f"{CALL}\n<tool_response>\n{RESULT}", f"{CALL}<|im_end|>\n<|im_start|>tool\n{RESULT}"):
        assert policy_text(text).strip() == CALL


def test_hostile_markers_take_linear_time() -> None:
    for piece in (
        "<|im_start|>",
        "<tool_response>",
        "<|im_start|>tool\n</tool_response>",
        "]~b]",
        "<|im_system|>x",
        "as <tool_response> in a line, ",
        "[INST] and <information> ",
        "<|",
    ):
        spans = in_text(piece * 50_000)
        assert spans is None or len(spans) <= 50_001


def test_turns_are_joined_by_a_line_break() -> None:
    assert joined(["a", "", "b"]) == Turns("a\n\nb", ((0, 1), (2, 2), (3, 4)))
    assert joined([]) == Turns("", None)
