"""The fields of a completion: its turns, and the reasoning that its prompt opens."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.analysis.text_settings import TextSettings
from rewards.errors import InvalidParameterError
from rewards.text.reasoning import ANY, FORMATS, Format, Tags

TURN = "<|im_start|>assistant\n"


def fields(
    completion: object,
    prompt: object,
    given: dict[str, object] | None = None,
    **settings: Any,  # noqa: ANN401  # the class checks them
) -> dict[str, Any]:
    return TextSettings(**settings).completion_fields(completion, prompt, given or {})


@pytest.mark.parametrize("one", FORMATS.values(), ids=FORMATS)
def test_text_settings_find_the_opener_of_every_format_at_the_end_of_a_prompt(one: Format) -> None:
    reasoning = one.name if one.by_name else ANY
    for opener in one.open:
        assert fields("so", f"1+1?{TURN}{opener}\n", reasoning=reasoning)["think_prefilled"] is True
    empty = f"{one.open[-1].lstrip()}\n\n{one.close[-1]}\n\n"
    assert fields("so", f"1+1?{TURN}{empty}", reasoning=reasoning) == {"completion": f"{empty}so"}


@pytest.mark.parametrize(
    ("prompt", "given", "setting", "prefilled"),
    [
        ("1+1?\n<think>", {}, None, True),
        ("1+1?\n<think>", {}, False, False),
        ("1+1?", {}, True, True),
        ("1+1?\n<think>", {"think_prefilled": False}, None, None),
        ("1+1?", {"think_prefilled": True}, None, None),
        ("1+1?", {"think_prefilled": True}, False, False),
        ([{"role": "user", "content": "<think>"}], {}, None, None),
        ([{"role": "user", "content": "?"}, {"role": "assistant", "content": "<think>"}], {}, None, True),
        (None, {}, None, None),
    ],
)
def test_text_settings_come_before_the_row_and_the_row_before_its_prompt(
    prompt: object, given: dict[str, object], setting: object, prefilled: object
) -> None:
    """None: the field stays what the row says, or what a rollout has by default."""
    assert fields("so", prompt, given, think_prefilled=setting).get("think_prefilled") is prefilled


def test_text_settings_put_split_off_reasoning_back_in_their_format() -> None:
    said = [{"role": "assistant", "reasoning_content": "why", "content": "4"}]
    assert fields(said, "1+1?\n<think>") == {"completion": "<think>why</think>4"}
    assert fields(said, None, reasoning="magistral") == {"completion": "[THINK]why[/THINK]4"}
    assert fields(said, None, reasoning=Tags(open="<a>", close="</a>")) == {"completion": "<a>why</a>4"}


def test_text_settings_keep_turns_apart_behind_an_empty_reasoning() -> None:
    says = [{"role": "assistant", "content": text} for text in ("ask", "so 4")]
    tool = {"role": "tool", "content": "4"}
    plain = fields([says[0], tool, says[1]], None)
    assert plain == {"completion": "ask\nso 4", "turns": ((0, 3), (4, 8))}
    found = fields([says[0], tool, says[1]], "?\n<think></think>")
    text, turns = found["completion"], found["turns"]
    assert [text[start:end] for start, end in turns] == ["<think></think>ask", "so 4"]
    assert "turns" not in fields([says[0], tool, says[1]], None, {"turns": [[0, 1]]})


def test_text_settings_leave_what_is_no_text_to_the_check_of_rollouts() -> None:
    assert fields(4, "1+1?\n<think>") == {"completion": 4}


def test_text_settings_know_their_formats() -> None:
    with pytest.raises(InvalidParameterError, match="did you mean 'kimi'"):
        TextSettings(reasoning="kimy")
    with pytest.raises(InvalidParameterError, match="gold_after is empty"):
        TextSettings(gold_after="")
