import math

import numpy as np
import pandas as pd
import pydantic
import pytest

from rewards.analysis.turns import prompt_end, was_parsed
from rewards.errors import InvalidCallError
from rewards.text.reasoning import FORMATS
from trainer_adapters.scoring.rows import (
    PROMPT_END,
    find_gold_column,
    metadata_of,
    prompt_text,
    rows_of,
    text_of,
)


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("plain", "plain"),
        ([{"role": "assistant", "content": "said"}], "said"),
        ([{"content": "no role"}], "no role"),
        (
            [
                {"role": "assistant", "content": "one"},
                {"role": "tool", "content": "42"},
                {"role": "assistant", "content": "two"},
            ],
            "one\ntwo",
        ),
        ([{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"text": "b"}]}], "ab"),
        ([{"role": "assistant", "content": None, "tool_calls": []}], ""),
        ([], ""),
    ],
)
def test_the_text_of_a_completion_is_what_the_policy_wrote(completion: object, text: str) -> None:
    assert text_of(completion) == text


def test_a_completion_that_is_neither_text_nor_messages_is_refused() -> None:
    with pytest.raises(InvalidCallError, match="of type int"):
        text_of(3)


def test_the_gold_column_is_found_by_its_usual_names() -> None:
    assert find_gold_column({"solution": [], "level": []}, None) == "solution"
    assert find_gold_column({"level": []}, None) is None


def test_a_named_gold_column_wins_and_must_exist() -> None:
    assert find_gold_column({"solution": [], "key": []}, "key") == "key"
    with pytest.raises(InvalidCallError, match="no column 'key'"):
        find_gold_column({"solution": []}, "key")


def test_two_candidates_for_the_golds_must_be_told_apart() -> None:
    with pytest.raises(InvalidCallError, match="gold=\\.\\.\\."):
        find_gold_column({"solution": [], "answer": []}, None)


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning_content": "2 + 2", "content": "4"},
        {"thinking": "2 + 2", "content": "4"},
        {"reasoning": "2 + 2", "content": [{"type": "text", "text": "4"}]},
        {"reasoning_content": [{"type": "text", "text": "2 + 2"}], "content": "4"},
        {"content": [{"type": "thinking", "thinking": "2 + 2"}, {"type": "text", "text": "4"}]},
        {"content": "<think>2 + 2</think>4", "reasoning_content": "2 + 2"},
    ],
)
def test_text_of_puts_parsed_reasoning_back(message: dict[str, object]) -> None:
    assert text_of([{"role": "assistant", **message}]) == "<think>2 + 2</think>4"


def test_the_gold_column_may_be_dotted_or_a_synonym() -> None:
    assert find_gold_column({"reward_model": [], "prompt": []}, None) == "reward_model.ground_truth"
    assert find_gold_column({"expected_answer": []}, None) == "expected_answer"
    assert find_gold_column({"extra_info": []}, "extra_info.answer") == "extra_info.answer"
    with pytest.raises(InvalidCallError, match=r"no column 'extra\.answer'"):
        find_gold_column({"extra_info": []}, "extra.answer")


@pytest.mark.parametrize("completion", [["text"], [3], [["nested"]]])
def test_a_completion_that_is_a_list_of_no_messages_is_refused(completion: object) -> None:
    with pytest.raises(InvalidCallError, match=r"item 0 is of type (str|int|list); it must be text"):
        text_of(completion)


class PydanticMessage(pydantic.BaseModel):
    """A message as verifiers has them, and other clients of an API."""

    role: str
    content: str | None = None
    reasoning_content: str | None = None


def test_messages_may_be_models() -> None:
    asked = PydanticMessage(role="user", content="2+2?")
    said = PydanticMessage(role="assistant", content="4", reasoning_content="2 + 2")
    tool = PydanticMessage(role="tool", content="42")
    assert text_of([said]) == "<think>2 + 2</think>4"
    assert (
        text_of([PydanticMessage(role="assistant", content="ask"), tool, said])
        == "ask\n<think>2 + 2</think>4"
    )
    assert (was_parsed([said]), was_parsed([PydanticMessage(role="assistant", content="4")])) == (True, False)
    assert prompt_text([asked]) == "2+2?"
    assert prompt_end([asked, PydanticMessage(role="assistant", content="<think>")]) == "<think>"
    assert prompt_end([asked]) is None
    with pytest.raises(InvalidCallError, match="no message of the role 'assistant', but of 'tool'"):
        text_of([tool])


ASKED = [{"role": "user", "content": "2+2?"}]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("2+2?", "2+2?"),
        (ASKED, "2+2?"),
        (np.array(ASKED, dtype=object), "2+2?"),
        ([{"role": "system", "content": "Be brief."}, *ASKED], "Be brief.\n2+2?"),
        ([{"role": "user", "content": [{"type": "image", "image": object()}, {"text": "2+2?"}]}], "2+2?"),
        ([{"role": "user", "content": None}], ""),
        ([], ""),
        (None, ""),
    ],
)
def test_prompt_text_of_any_form_is_what_was_asked(prompt: object, text: str) -> None:
    assert prompt_text(prompt) == text


@pytest.mark.parametrize("prompt", [[1, 2], 5, [{"words": "2+2?"}]])
def test_prompt_text_of_no_known_form_is_refused(prompt: object) -> None:
    with pytest.raises(InvalidCallError, match="prompt"):
        prompt_text(prompt)


def test_metadata_is_read_by_dots_and_left_out_where_it_is_missing() -> None:
    row = {
        "task": "math",
        "level": math.nan,
        "source": None,
        "n": np.int64(3),
        "tag": b"hard",
        "extra_info": '{"kind": "chat"}',
        "reward_model": {"style": "rule"},
    }
    keys = ["task", "level", "source", "n", "tag", "extra_info.kind", "reward_model.style", "none", "none.a"]
    assert metadata_of(row, keys) == {
        "task": "math",
        "n": "3",
        "tag": "hard",
        "extra_info.kind": "chat",
        "reward_model.style": "rule",
    }


def test_the_end_of_a_prompt_that_is_decoded_holds_any_empty_reasoning() -> None:
    for one in FORMATS.values():
        assert len(f"{max(one.open, key=len)}\n\n{max(one.close, key=len)}\n\n".encode()) < PROMPT_END


RIGHT = {"role": "assistant", "content": "4"}


class Message:
    """A message as pydantic has them."""

    def model_dump(self) -> dict[str, str]:
        return RIGHT


NO_COLUMNS = [pd.DataFrame({"a": ["4", "5"]}), {"a", "b"}, "ab", b"ab", {"a": 1, "b": 2}, np.array(2)]


@pytest.mark.parametrize("column", NO_COLUMNS, ids=lambda column: type(column).__name__)
def test_rows_are_not_made_of_what_is_no_column(column: object) -> None:
    assert rows_of({"x": column}, 2) == [{}, {}]
    with pytest.raises(InvalidCallError, match="column 'x' holds"):
        rows_of({"x": column}, 2, "x")


VALUES = {7: "4", 9: "5"}
COLUMNS = [
    list(VALUES.values()),
    tuple(VALUES.values()),
    VALUES.values(),
    pd.Series(VALUES),
    np.array(["4", "5"]),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: type(column).__name__)
def test_rows_are_made_of_columns_of_any_type(column: object) -> None:
    assert rows_of({"x": column, "y": [1]}, 2, "x") == [{"x": "4"}, {"x": "5"}]


LEVELS = [3, 3.0, np.float32(3), np.int64(3), pd.Series([3, None])[0], "3", b"3"]


@pytest.mark.parametrize("level", LEVELS, ids=repr)
def test_metadata_has_whole_numbers_without_a_point(level: object) -> None:
    assert metadata_of({"level": level}, ["level"]) == {"level": "3"}


def test_metadata_keeps_other_numbers_as_they_are() -> None:
    assert metadata_of({"a": 0.5, "b": -2.0, "c": float("inf"), "d": True}, ["a", "b", "c", "d"]) == {
        "a": "0.5",
        "b": "-2",
        "c": "inf",
        "d": "True",
    }
