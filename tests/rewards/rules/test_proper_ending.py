from __future__ import annotations

import math

import pytest

from rewards import Constant, Context, ProperEnding, Rollout
from rewards.errors import InvalidParameterError
from rewards.rollout import Batch

RIGHT = ProperEnding(correctness=Constant(value=1.0))

ENDED = {
    "the box itself": r"so \boxed{3}",
    "a full stop": r"so \boxed{3}.",
    "inline mathematics": r"so $\boxed{3}$.",
    "display mathematics": "so \\[\n\\boxed{3}\n\\]\n",
    "parentheses": r"so (\(\boxed{3}\))!",
    "an environment": "\\begin{align*}x &= \\boxed{3}\\end{align*}",
    "bold": r"**Answer: \boxed{3}**",
    "a Chinese full stop": r"答案是 \boxed{3}。",
    "a stop token": r"so \boxed{3}.<|im_end|>",
    "an answer tag": "<answer>\\boxed{3}</answer>\n<|endoftext|>",
    "the last of several boxes": r"first \boxed{2}, no: \boxed{3}.",
}
RUNNING_ON = {
    "another sentence": (r"so \boxed{3}. So, after careful thought", "So, after careful thought"),
    "a stray brace": (r"so \boxed{3}}", "}"),
    "a unit": (r"so \boxed{3} dollars", "dollars"),
    "an unknown token": (r"so \boxed{3}<pad of mine>", "<pad of mine>"),
}


@pytest.mark.parametrize("completion", ENDED.values(), ids=ENDED)
@pytest.mark.parametrize("finish_reason", [None, "stop"])
def test_proper_ending_is_one_where_nothing_follows_the_box(
    completion: str, finish_reason: str | None
) -> None:
    assert RIGHT([Rollout(completion=completion, finish_reason=finish_reason)]).tolist() == [1.0]


@pytest.mark.parametrize(("completion", "rest"), RUNNING_ON.values(), ids=RUNNING_ON)
def test_proper_ending_is_less_where_the_text_runs_on(completion: str, rest: str) -> None:
    evaluation = Context().evaluate(RIGHT, Batch([Rollout(completion=completion, finish_reason="stop")]))
    assert list(evaluation.values) == [0.2]
    (span,) = evaluation.spans[0]
    assert completion[span.start : span.end] == rest


def test_proper_ending_is_not_where_a_completion_was_cut_off() -> None:
    assert RIGHT([Rollout(completion=r"\boxed{3}.", finish_reason="length")]).tolist() == [0.2]


def test_proper_ending_without_a_box_is_a_stop() -> None:
    rollouts = [Rollout(completion="#### 3", finish_reason=reason) for reason in ("stop", "length", None)]
    assert RIGHT(rollouts).tolist() == [1.0, 0.2, 0.2]


def test_proper_ending_of_a_wrong_answer_is_0() -> None:
    rollouts = [Rollout(completion=r"\boxed{3}"), Rollout(completion="")]
    assert ProperEnding(correctness=Constant(value=0.0))(rollouts).tolist() == [0.0, 0.0]


def test_proper_ending_takes_its_parameters_within_their_domain() -> None:
    runs_on = Rollout(completion=r"\boxed{3} and so on")
    assert ProperEnding(correctness=Constant(value=1.0), running_on=-1.0)([runs_on]).tolist() == [-1.0]
    ends = Rollout(completion=r"\boxed{3}<my end>")
    assert ProperEnding(correctness=Constant(value=1.0), end_tokens=("<my end>",))([ends]).tolist() == [1.0]
    assert ProperEnding(correctness=Constant(value=1.0), end_tokens=())([ends]).tolist() == [0.2]
    for wrong in ({"running_on": math.nan}, {"end_tokens": ("",)}, {"end_tokens": (3,)}):
        with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
            ProperEnding(correctness=Constant(value=1.0), **wrong)
