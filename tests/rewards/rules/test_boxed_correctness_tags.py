"""Answers between tags, as the prompts of R1-Zero, TinyZero and open-r1 ask for them."""

from __future__ import annotations

import pytest

from rewards import BoxedCorrectness, Rollout
from rewards.errors import InvalidParameterError


@pytest.mark.parametrize(
    ("completion", "value"),
    [
        ("<think>2 + 2</think> <answer>4</answer>", 1),
        ("<think>2 + 2</think>\n<answer>\n\n 4 \n</answer>\n", 1),
        ("<answer>$4$.</answer>", 1),
        (r"<answer>It is \boxed{4}, of course</answer>", 1),
        (r"\boxed{5} <answer>4</answer> \boxed{6}", 1),
        ("<answer>5</answer> No: <answer>4</answer>", 1),
        ("<answer>4</answer> No: <answer>5</answer>", 0),
        ("<think><answer>4</answer></think> so", 0),
        ("<think>why <answer>4</answer>", 0),
        ("<answer>4", 0),
        ("<answer></answer>", 0),
        (r"so \boxed{4}", 1),
        ("<answer>4</answer><|im_end|>", 1),
    ],
)
def test_boxed_correctness_reads_the_last_pair_of_tags(completion: str, value: float) -> None:
    rollout = Rollout(completion=completion, ground_truth="4")
    assert BoxedCorrectness(tags=("answer",))([rollout]).tolist() == [value]


def test_boxed_correctness_reads_whichever_tag_comes_last() -> None:
    rollout = Rollout(completion="<answer>5</answer><SOLUTION>4</SOLUTION>", ground_truth="4")
    assert BoxedCorrectness(tags=("answer", "SOLUTION"), box=False)([rollout]).tolist() == [1]


@pytest.mark.parametrize(
    "text", ["<answer>4</answer>", "so <ANSWER> 4 </ANSWER> it is", "<answer>\n4\n</answer>"]
)
def test_introductions_that_are_tags_end_where_they_close(text: str) -> None:
    rollout = Rollout(completion=text, ground_truth="4")
    assert BoxedCorrectness(introductions=("<answer>",))([rollout]).tolist() == [1]


@pytest.mark.parametrize("wrong", ["<answer>", "", "a b"])
def test_boxed_correctness_refuses_what_is_no_name_of_a_tag(wrong: str) -> None:
    with pytest.raises(InvalidParameterError, match="give its name alone"):
        BoxedCorrectness(tags=(wrong,))
