"""Completions as every adapter reads them: reasoning, stop tokens, and turns and tokens of tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conforming import adapters, by_hand, check, every_adapter, values_of
from trainer_calls import Call, Sample, Turn

from rewards.text.reasoning import FORMATS, Format
from rewards.text.stop_tokens import STOP_TOKENS_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rewards import Rollout

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations

STRICT = """
name: strict
version: 1
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {think_format: {}, name: format, weight: 0.5}
    - {language_mixing: {target: en, part: completion}, name: language, weight: 0.125}
"""
RIGHT, WRONG, FORMAT = 1.625, 0.625, 0.5


def said(*turns: tuple[str, str] | tuple[str, str, str]) -> list[Turn]:
    return [Turn(*one) for one in turns]


def turns_of(texts: Sequence[str]) -> dict[str, Any]:
    """The fields of a rollout with these turns of the policy."""
    starts = [sum(len(text) + 1 for text in texts[:number]) for number in range(len(texts))]
    spans = [(start, start + len(text)) for start, text in zip(starts, texts, strict=True)]
    return {"completion": "\n".join(texts), "turns": spans if len(texts) > 1 else None}


# Reasoning.


def naming(marks: Format) -> dict[str, str]:
    """The option that names a format which is read only where it is named."""
    return {"reasoning": marks.name} if marks.by_name else {}


every_format = pytest.mark.parametrize("marks", FORMATS.values(), ids=lambda one: one.name)


@every_adapter
@every_format
def test_reasoning_is_read_in_every_format(adapter: Call, marks: Format, write: Callable[[str], str]) -> None:
    open_, close = marks.open[0], marks.close[0]
    wrong_box = r"perhaps \boxed{5}, no, "
    texts = {
        "right": (f"{open_}{wrong_box}2 + 2{close}so \\boxed{{4}}", RIGHT),
        "wrong": (f"{open_}2 + 2{close}so \\boxed{{5}}", WRONG),
        "cut off": (f"{open_}so \\boxed{{4}}", 0.125),
        "no answer": (f"{open_}so \\boxed{{4}}{close}", 0.125),
        "no reasoning": (r"so \boxed{4}", RIGHT - FORMAT),
    }
    rows = [
        (Sample(said=said(("assistant", text)), gold="4"), by_hand(text, "4")) for text, _ in texts.values()
    ]
    found = check(adapter, write(STRICT), rows, **naming(marks))
    assert dict(zip(texts, found, strict=True)) == {name: value for name, (_, value) in texts.items()}


@every_adapter
@every_format
def test_reasoning_that_a_parser_split_off_is_put_back(
    adapter: Call, marks: Format, write: Callable[[str], str]
) -> None:
    sample = Sample(said=said(("assistant", r"so \boxed{4}", r"not \boxed{5}")), gold="4", marks=marks)
    other = Sample(said=said(("assistant", "", r"so \boxed{4}")), gold="4", marks=marks)
    rows = [(one, by_hand(one.text, "4")) for one in (sample, other)]
    assert check(adapter, write(STRICT), rows, reasoning=marks.name) == [RIGHT, 0.125]


@every_adapter
@every_format
def test_reasoning_that_the_prompt_opened_is_found_out_for_each_row(
    adapter: Call, marks: Format, write: Callable[[str], str]
) -> None:
    open_, close = marks.open[0], marks.close[0]

    def opened(opening: str, text: str, **fields: Any) -> tuple[Sample, Rollout]:
        sample = Sample(said=said(("assistant", text)), gold="4", opening=opening)
        return sample, by_hand(fields.pop("before", "") + text, "4", completion_ids=None, **fields)

    right, cut_off = f"2 + 2{close}so \\boxed{{4}}", r"so \boxed{4}"
    rows = [
        opened(open_, right, think_prefilled=True),
        opened(f"{open_}\n", right, think_prefilled=True),
        opened(open_, cut_off, think_prefilled=True),
        opened(f"{open_}\n\n{close}\n\n", cut_off, before=f"{open_}\n\n{close}\n\n"),
        opened("", f"{open_}{right}"),
    ]
    values = [RIGHT, RIGHT, 0.125, RIGHT, RIGHT]
    if "opening" not in adapter.lacks:
        assert check(adapter, write(STRICT), rows, **naming(marks)) == values
    else:  # then it is said for all rows
        for some, told in ((slice(3), True), (slice(4, None), False)):
            found = check(adapter, write(STRICT), rows[some], think_prefilled=told, **naming(marks))
            assert found == values[some]


@every_adapter
@every_format
def test_each_turn_of_a_tool_loop_may_have_reasoning(
    adapter: Call, marks: Format, write: Callable[[str], str]
) -> None:
    loop = said(
        ("assistant", "I ask f", "what is f?"),
        ("tool", r"\boxed{5} 你好你好"),
        ("assistant", r"so \boxed{4}", r"it says \boxed{5}"),
    )
    right = Sample(said=loop, gold="4", marks=marks)
    tool = Sample(said=[*loop[:2], Turn("assistant", r"\boxed{5}", "it says so")], gold="4", marks=marks)
    unfinished = Turn("assistant", f"{marks.open[0]}so \\boxed{{4}}")
    cut = Sample(said=[*loop[:2], unfinished], gold="4", marks=marks)
    rows = []
    for one in (right, tool, cut):
        texts = [one.raw(turn) for turn in one.said if turn.role == "assistant"]
        rows.append((one, by_hand(ground_truth="4", completion_ids=one.ids, **turns_of(texts))))
    options = {"reasoning": marks.name, **adapter.masked}
    assert check(adapter, write(STRICT), rows, **options) == [RIGHT, WRONG, 0.125]


OPENED: dict[str, tuple[str, str, float]] = {
    "each turn closes it": ("I ask</think>call", r"so</think>\boxed{4}", 1.0),
    "the last turn never closes it": ("I ask</think>call", r"so \boxed{4}", 0.0),
    "the last turn opens it again": ("I ask</think>call", r"<think>so</think>\boxed{4}", 1.0),
    "the last turn opens it and never closes it": ("I ask</think>call", r"<think>so \boxed{4}", 0.0),
    "a call ends it": ("I ask, call", r"so</think>\boxed{4}", 1.0),
}
"""Turns whose reasoning the chat template opened, and whether the answer of the last one counts."""


@every_adapter
@pytest.mark.parametrize("name", OPENED)
def test_each_turn_begins_in_the_reasoning_that_the_template_opened(
    adapter: Call, name: str, write: Callable[[str], str]
) -> None:
    first, last, value = OPENED[name]
    one = Sample(said=said(("assistant", first), ("tool", "42"), ("assistant", last)), gold="4")
    recipe = write("{name: answer, version: 1, reward: {boxed_correctness: {}}}")
    made = adapter.make(recipe, think_prefilled=True, **adapter.masked)
    assert values_of(adapter, made, [one])[0] == [value]


@every_adapter
def test_reasoning_in_tags_of_ones_own_is_read(adapter: Call, write: Callable[[str], str]) -> None:
    texts = [r"<scratch>a</scratch>\boxed{4}", r"<scratch>\boxed{4}", r"<think>a</think>\boxed{4}"]
    rows = [(Sample(said=said(("assistant", text)), gold="4"), by_hand(text, "4")) for text in texts]
    tags = {"open": "<scratch>", "close": "</scratch>"}
    assert check(adapter, write(STRICT), rows, reasoning=tags) == [RIGHT, 0.125, RIGHT - FORMAT]


# Stop tokens.


@every_adapter
def test_stop_and_padding_tokens_are_no_text(adapter: Call, write: Callable[[str], str]) -> None:
    rows, values = [], []
    for name, family in STOP_TOKENS_OF.items():
        for stop in (*family, "".join(family), f"{family[0]}\n"):
            for text, value in (
                (r"<think>a</think>\boxed{4}", RIGHT),
                ("<think>a</think>", 0.125),
                (r"<think>a \boxed{4}", 0.125),
            ):
                one = Sample(said=said(("assistant", text)), gold="4", stop=stop, prompt=name)
                rows.append((one, by_hand(text, "4")))
                values.append(value)
    assert check(adapter, write(STRICT), rows) == values


@every_adapter
def test_special_tokens_of_the_tokenizer_are_no_text(adapter: Call, write: Callable[[str], str]) -> None:
    text = "<think>a</think>"
    rows = [(Sample(said=said(("assistant", text)), gold="4", stop="<my_eos>"), by_hand(text, "4"))]
    assert check(adapter, write(STRICT), rows, tokenizer="trainer_calls.call:SPECIAL") == [0.125]


# Tools.

TOOLS = """
name: tools
version: 1
reward:
  sum:
    - {boxed_correctness: {}, name: correctness}
    - {has_box: {}, name: box, weight: 0.25}
    - {ngram_repetition: {n: 2}, name: repetition}
    - {language_mixing: {target: en, part: completion}, name: language, weight: 0.125}
"""

LOUD = r"\boxed{4} 42 42 42 42 42 42 你好你好"
"""What a tool says: the right answer, repetition, and another language."""

CONVERSATIONS: dict[str, tuple[list[Turn], float]] = {
    "the tool alone is right": (
        said(("assistant", "I ask"), ("tool", LOUD), ("assistant", "I see")),
        0.125,
    ),
    "the policy alone is right": (
        said(("assistant", "I ask"), ("tool", LOUD.replace("4", "5")), ("assistant", r"So \boxed{4}")),
        1.375,
    ),
    "two calls of a tool": (
        said(
            ("assistant", "one"),
            ("tool", LOUD),
            ("assistant", "two"),
            ("tool", "42"),
            ("assistant", r"\boxed{4}"),
        ),
        1.375,
    ),
    "two results of one call": (
        said(("assistant", "one"), ("tool", LOUD), ("tool", LOUD), ("assistant", r"\boxed{4}")),
        1.375,
    ),
    "a user interrupts": (
        said(("assistant", r"\boxed{5}"), ("user", LOUD), ("assistant", "hm")),
        0.375,
    ),
    "the tool has the last word": (said(("assistant", r"\boxed{5}"), ("tool", LOUD)), 0.375),
}
"""Turns, and what the recipe TOOLS gives for those of the policy."""


@every_adapter
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_text_of_a_tool_never_earns(adapter: Call, name: str, write: Callable[[str], str]) -> None:
    turns, value = CONVERSATIONS[name]
    if "last word" in adapter.lacks and turns[-1].role != "assistant":
        pytest.skip("the last message is always the policy's")
    texts = [turn.text for turn in turns if turn.role == "assistant"]
    one = Sample(said=turns, gold="4")
    rollout = by_hand(ground_truth="4", completion_ids=one.ids, **turns_of(texts))
    assert check(adapter, write(TOOLS), [(one, rollout)], **adapter.masked) == [value]


BY_WINDOW = "{name: window, version: 1, reward: {sum: [{soft_overlong: {max_length: 40, cache: 20}}, 1.0]}}"

LENGTHS = {
    "short": (said(("assistant", "x" * 10), ("tool", "y" * 50), ("assistant", "z" * 5)), 1.0),
    "long": (said(("assistant", "x" * 10), ("tool", "y" * 50), ("assistant", "z" * 20)), 0.5),
    "too long": (said(("assistant", "x" * 30), ("tool", "y"), ("assistant", "z" * 30)), 0.0),
    "no tool": (said(("assistant", "x" * 30)), 0.5),
}


@adapters("tokens", "mask")
@pytest.mark.parametrize("name", LENGTHS)
def test_tokens_of_a_tool_are_no_length_of_the_policy(
    adapter: Call, name: str, write: Callable[[str], str]
) -> None:
    turns, value = LENGTHS[name]
    one = Sample(said=turns, gold="4")
    rollout = by_hand(one.text, "4", completion_ids=one.ids, completion_mask=one.mask)
    assert check(adapter, write(BY_WINDOW), [(one, rollout)], **adapter.masked) == [value]


@adapters("tokens", lacking="mask")
@pytest.mark.parametrize("name", LENGTHS)
def test_tokens_of_a_tool_are_told_by_its_markers_with_a_decoder(
    adapter: Call, name: str, write: Callable[[str], str]
) -> None:
    turns, value = LENGTHS[name]
    one, recipe = Sample(said=turns, gold="4"), write(BY_WINDOW)
    told = by_hand(one.text, "4", completion_ids=one.ids, completion_mask=one.mask)
    assert check(adapter, recipe, [(one, told)], decode="trainer_calls.call:DECODE") == [value]
    assert check(adapter, recipe, [(one, by_hand(one.written, "4"))])  # else all count
