import pytest

from rewards.errors import InvalidCallError
from trainer_adapters.scoring.rows import find_gold_column, text_of


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
