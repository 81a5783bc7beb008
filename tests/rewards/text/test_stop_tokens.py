"""Stop and padding tokens at the end of a text, which are no text."""

from __future__ import annotations

from itertools import product

import pytest
from chat_templates import ASK, rendered, trl_templates

from rewards import (
    BoxedCorrectness,
    HasBox,
    LocalScorer,
    NgramRepetition,
    ProperEnding,
    Recipe,
    Rollout,
    ThinkFormat,
)
from rewards.answers.extraction import Extraction, extract
from rewards.recipe.file import shipped
from rewards.text.stop_tokens import STOP_TOKENS, special_tokens, text_end, without_stop_tokens

KNOWN_BY_FORM = ("<|pad|>", "<|endofturn|>", "<|reserved_special_token_4|>", "<｜Assistant｜>")


@pytest.mark.parametrize("token", [*STOP_TOKENS, *KNOWN_BY_FORM])
def test_text_end_leaves_stop_tokens_out(token: str) -> None:
    for tail in (token, token * 30, f"\n{token}\n", f"{token}<|im_end|> {token}"):
        assert without_stop_tokens(f"so 4{tail}").rstrip() == "so 4"
    assert text_end(token * 3) == 0


@pytest.mark.parametrize("template", sorted({*trl_templates()} - {"llava_next"}))  # it takes no text
def test_text_end_leaves_out_what_templates_write_behind_an_answer(template: str) -> None:
    said = [*ASK, {"role": "assistant", "content": r"so \boxed{4}"}]
    if template in {"idefics3", "smolvlm"}:  # they take parts of text
        said = [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in said]
    text = rendered(template, said, prompt=False, eos_token="</s>")  # noqa: S106  # a token of text
    assert (behind := text.rpartition(r"so \boxed{4}"))[1]
    assert without_stop_tokens(rf"so \boxed{{4}}{behind[2]}").rstrip() == r"so \boxed{4}"


@pytest.mark.parametrize(
    "text", ["so 4\n", "", " ", "a > b", "x|>", "[0, 1]", "<b>", "</think>", "<|END_THINKING|>", "[/THINK]"]
)
def test_text_end_keeps_what_the_policy_wrote(text: str) -> None:
    assert text_end(text) == len(text)


@pytest.mark.parametrize("token", [*STOP_TOKENS, *KNOWN_BY_FORM])
def test_no_reward_takes_a_stop_token_for_text(token: str) -> None:
    tail = token * 40
    nothing = Rollout(completion=f"<think>a</think>{tail}", ground_truth="4", finish_reason="stop")
    right = Rollout(completion=f"<think>a</think>\n#### 4{tail}", ground_truth="4")
    assert ThinkFormat()([nothing, right]).tolist() == [0, 1]
    assert BoxedCorrectness(introductions=("####",))([nothing, right]).tolist() == [0, 1]
    assert NgramRepetition(n=2)([nothing]).tolist() == [0]
    boxed = Rollout(completion=rf"\boxed{{4}}.{tail}", ground_truth="4", finish_reason="stop")
    assert ProperEnding(correctness=BoxedCorrectness())([boxed]).tolist() == [1]


def test_no_shipped_recipe_pays_for_stop_tokens_alone() -> None:
    for name, token in product(shipped(), ("<|im_end|>", "<end_of_turn>", "<|return|>")):
        rollouts = [
            Rollout(
                completion=text,
                ground_truth="4",
                completion_ids=[1, 2],
                logprobs=[-0.1, -0.1],
                finish_reason="stop",
            )
            for text in ("", token * 2, f"<think>why</think>{token}", f"<think>why</think>\n{token}")
        ]
        empty, *others = LocalScorer(Recipe.of(name)).score(rollouts).totals.tolist()
        bare = (
            LocalScorer(Recipe.of(name))
            .score(
                [
                    Rollout(
                        completion="<think>why</think>",
                        ground_truth="4",
                        completion_ids=[1, 2],
                        logprobs=[-0.1, -0.1],
                        finish_reason="stop",
                    )
                ]
            )
            .totals.tolist()[0]
        )
        assert others == [empty, bare, bare], name


def test_special_tokens_are_the_tokenizers_without_marks_of_reasoning() -> None:
    class Tokenizer:
        all_special_tokens = ("<my_eos>", "[THINK]", "[/THINK]", "<|channel|>", "<|im_end|>")
        pad_token = "<my_pad>"  # noqa: S105  # no secret

    found = special_tokens(Tokenizer())
    assert found == ("<my_eos>", "<|im_end|>", "<my_pad>")
    assert without_stop_tokens("so 4<my_eos><my_pad>", found) == "so 4"
    assert without_stop_tokens("so 4<my_eos>") == "so 4<my_eos>"


@pytest.mark.parametrize("token", STOP_TOKENS)
def test_a_box_of_nothing_but_stop_tokens_is_empty(token: str) -> None:
    for box in (token, f" {token} ", token * 3, f"${token}$", f"{token}\n{token}"):
        text = f"<think>so</think> \\boxed{{{box}}}"
        assert extract(text).text is None, box
        assert extract(f"\\boxed{{4}} and \\boxed{{{box}}}").text == "4", box
        assert HasBox()([Rollout(completion=text), Rollout(completion=f"\\boxed{{{box}}}.")]).tolist() == [
            0.0,
            0.0,
        ]
    assert extract(f"<answer>{token}</answer>", Extraction(tags=("answer",))).text is None


@pytest.mark.parametrize("answer", ["[0, 1]", "a < b > c", "|x|>", "(0, 1]", "[0]", "</b>"])
def test_answers_that_end_like_stop_tokens_are_answers(answer: str) -> None:
    assert extract(f"so \\boxed{{{answer}}}").text == answer
