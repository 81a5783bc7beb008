"""Turns as the chat templates of real models open them, and rollouts that are read by that."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from chat_templates import ASK, LOOP, loop_of, made_tokenizer, rendered, template

from rewards import LocalScorer, Recipe
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but
from trainer_adapters.scoring.tokenizers import TokenizerFacts
from trainer_adapters.scoring.turns import of_messages, of_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRAINER = Trainer(
    name="Some trainer", missing_fields=all_but("completion_ids"), workaround="", sees_groups=True
)
TEXT_ALONE = Trainer(name="A trainer", missing_fields=all_but(), workaround="", sees_groups=True)
RECIPE = Recipe.load("r1-zero")

HARMONY = ("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|return|>", "<|call|>")
MARKED = {
    "harmony": (
        HARMONY,
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
    ),
    "magistral": (("[THINK]", "[/THINK]", "</s>"), "[THINK]{}[/THINK]{}</s>"),
    "gemma": (("<|channel>", "<channel|>", "<turn|>"), "<|channel>thought\n{}<channel|>{}<turn|>"),
    "command": (
        ("<|START_THINKING|>", "<|END_THINKING|>", "<|START_TEXT|>", "<|END_TEXT|>"),
        "<|START_THINKING|>{}<|END_THINKING|><|START_TEXT|>{}<|END_TEXT|>",
    ),
    "kimi_k3": (
        ("<|open|>", "<|close|>", "<|sep|>", "<|end_of_msg|>"),
        "<|open|>think<|sep|>{}<|close|>think<|sep|><|open|>response<|sep|>{}<|close|>message<|sep|>",
    ),
}
"""Formats whose marks are special tokens, with a completion of each."""


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "touchstone")
    return lambda: [record.getMessage() for record in caplog.records]


def correctness(scorer: TrainerScorer, *completions: object, **given: Any) -> list[float]:
    """Return what the answers of conversations are worth, with the gold 4."""
    rollouts = [
        scorer.rollout(one if isinstance(one, str) else of_messages(one), gold="4", **given)  # type: ignore[arg-type]
        for one in completions
    ]
    return LocalScorer(RECIPE).score(rollouts).components["correctness"].tolist()


@pytest.mark.parametrize(
    ("name", "settings", "first", "again"),
    [
        ("qwen3_5_think", {}, True, True),
        ("qwen3_6", {}, True, True),
        ("nemotron_3_nano", {}, True, True),
        ("qwen3", {}, False, False),
        ("qwen3_5_nothink", {"enable_thinking": True}, True, True),
        ("deepseek_r1_distill", {}, True, False),
        ("deepseekv3", {}, True, False),
    ],
)
def test_turns_of_a_loop_are_read_as_the_template_opened_them(
    name: str,
    settings: Mapping[str, object],
    first: bool,  # noqa: FBT001
    again: bool,  # noqa: FBT001
) -> None:
    tokenizer = made_tokenizer(chat_template=template(name))
    scorer = TrainerScorer(RECIPE, TRAINER, {"tokenizer": tokenizer})
    opened, closed = ("" if first else "<think>"), ("" if again else "<think>")
    call = {**LOOP[0], "content": f"{opened}let me add</think>"}
    turns = {
        "finished": (f"{closed}so it is</think>\\boxed{{4}}", 1.0),
        "cut off": (f"{closed}so it is \\boxed{{4}}, but", 0.0),
        "without reasoning": (r"\boxed{4}", 0.0 if again else 1.0),
    }
    row = {"chat_template_kwargs": settings}
    for said, worth in turns.values():
        loop = [call, LOOP[1], {"role": "assistant", "content": said}]
        assert correctness(scorer, loop, prompt=ASK, row=row) == [worth]
        ids = [list(tokenizer(text)["input_ids"]) for text in _parts(name, call["content"], said, settings)]
        mask = [bool(at % 2 == 0) for at, part in enumerate(ids) for _ in part]
        turn = of_tokens([one for part in ids for one in part], mask, tokenizer.decode)
        rollout = scorer.rollout(turn, gold="4", prompt=ASK, row=row)
        assert LocalScorer(RECIPE).score([rollout]).components["correctness"].tolist() == [worth]


def _parts(name: str, first: object, second: str, settings: Mapping[str, object]) -> list[str]:
    """Return a loop as a trainer samples it: a turn, what the template writes of the tool, and a turn."""
    call, result = loop_of(name)
    before = rendered(name, [*ASK, {**call, "content": ""}], prompt=False)
    after = rendered(name, [*ASK, {**call, "content": ""}, result], prompt=True, **settings)
    return [str(first), after.removeprefix(before), second]


def test_turns_without_a_tokenizer_are_read_like_the_first() -> None:
    scorer = TrainerScorer(RECIPE, TRAINER)
    loops = [
        [{**LOOP[0], "content": "let me add</think>"}, LOOP[1], {"role": "assistant", "content": said}]
        for said in (
            r"so</think>\boxed{4}",
            r"so \boxed{4}",
            r"<think>so</think>\boxed{4}",
            r"<think>so \boxed{4}",
        )
    ]
    assert correctness(scorer, *loops, before="<|im_start|>assistant\n<think>\n") == [1, 0, 1, 0]
    told = TrainerScorer(RECIPE, TRAINER, {"think_prefilled": True})
    assert correctness(told, *loops) == [1, 0, 1, 0]
    kimi = [[{**turn, "content": turn["content"].replace("</think>", "◁/think▷")} for turn in loops[0]]]
    assert correctness(told, *kimi) == [1]
    not_opened = TrainerScorer(RECIPE, TRAINER, {"think_prefilled": False})
    assert correctness(not_opened, loops[1]) == [1]


@pytest.mark.parametrize("name", MARKED)
def test_marks_that_a_trainer_decoded_away_are_read_from_the_tokens(name: str) -> None:
    special, form = MARKED[name]
    tokenizer = made_tokenizer(special)
    assert TokenizerFacts(tokenizer).decoder.marks
    scorer = TrainerScorer(RECIPE, TRAINER, {"tokenizer": tokenizer})
    whole = form.format(r"4 > 3, so is it \boxed{5}?", r"\boxed{4}")
    for text, worth in (
        (whole, 1.0),
        (whole[: whole.index("?")].replace("5", "4"), 0.0),
        (r"\boxed{4}", 1.0),
    ):
        ids = tokenizer(text)["input_ids"]
        seen = tokenizer.decode(ids, skip_special_tokens=True)
        assert "THINK" not in seen
        assert "|>" not in seen
        assert correctness(scorer, seen, completion_ids=ids) == [worth]


def test_set_up_says_that_marks_are_lost_where_there_are_no_tokens(told: Callable[[], list[str]]) -> None:
    tokenizer = made_tokenizer(HARMONY)
    scorer = TrainerScorer(RECIPE, TEXT_ALONE, {"tokenizer": tokenizer})
    assert len(told()) == 1
    assert "<|channel|>" in told()[0]
    assert "A trainer passes no token ids" in told()[0]
    correctness(scorer, "analysisWe add.assistantfinal4", "4")
    assert len(told()) == 1


def test_channels_without_their_marks_are_told_of(told: Callable[[], list[str]]) -> None:
    text = r"analysisWe add, maybe \boxed{5}.assistantfinal\boxed{4}"
    cut = r"analysisWe add, maybe \boxed{4}."
    assert correctness(TrainerScorer(RECIPE, TEXT_ALONE), text, cut) == [0, 1]
    assert len(told()) == 1
    assert "reasoning='harmony_text'" in told()[0]
    named: Any = {"reasoning": "harmony_text"}
    scorer = TrainerScorer(RECIPE, TEXT_ALONE, named)
    rollouts = [scorer.rollout(one, gold="4") for one in (text, cut)]
    scores = LocalScorer(RECIPE.with_reasoning("harmony_text")).score(rollouts)
    assert scores.components["correctness"].tolist() == [1, 0]
    assert len(told()) == 1


def test_a_prompt_of_a_format_that_must_be_named_is_told_of(told: Callable[[], list[str]]) -> None:
    scorer = TrainerScorer(RECIPE, TEXT_ALONE)
    for _ in range(2):
        correctness(scorer, "4", before="<|begin_assistant|>\nHere are my reasoning steps:\n")
    assert len(told()) == 1
    assert "reasoning='apriel'" in told()[0]


def test_a_template_that_does_not_take_a_prompt_is_told_of(told: Callable[[], list[str]]) -> None:
    tokenizer = made_tokenizer(chat_template="{{ raise_exception('no roles here') }}<think>")
    scorer = TrainerScorer(RECIPE, TRAINER, {"tokenizer": tokenizer})
    assert correctness(scorer, r"so</think>\boxed{4}", r"\boxed{4}", prompt=ASK) == [1, 1]
    assert len(told()) == 1
    assert "no roles here" in told()[0]
    assert "think_prefilled=" in told()[0]
    bare = TrainerScorer(RECIPE, TRAINER, {"tokenizer": made_tokenizer()})
    assert correctness(bare, r"\boxed{4}", prompt=ASK) == [1]
    assert len(told()) == 1
