"""Ten megabytes of whatever a policy may write come back with a value, in linear time and bounded memory.

A quadratic scan of any of these would take hours; the time limit is there to say so.
"""

from __future__ import annotations

import math

import pytest

from rewards import (
    Batch,
    Constant,
    HasBox,
    LanguageMixing,
    NgramRepetition,
    ProperEnding,
    Reward,
    Rollout,
    ThinkFormat,
)

SIZE = 10_000_000

SHAPES = {
    "one word": "a",
    "short words": "a b ",
    "spaces": " ",
    "Chinese": "好",
    "mixed": "so 好 ",
    "marks": "e\u0301",
    "dollars": "$",
    "open mathematics": "$a ",
    "closed mathematics": "$a$ ",
    "open brackets": "\\[",
    "open parentheses": "\\(a",
    "backslashes": "\\",
    "environments": "\\begin{a} ",
    "ends of environments": "\\begin{a\\end{",
    "backticks": "`",
    "fences": "```a\n",
    "tags": "<a ",
    "attributes": "<a b=",
    "special tokens": "<|a",
    "open boxes": "\\boxed{",
    "boxes": "\\boxed{1} ",
    "thoughts": "<think>",
    "thoughts that end": "</think>",
    "blank lines": "$\n \n",
}

REWARDS: dict[str, Reward] = {
    "strict": ThinkFormat(),
    "graded": ThinkFormat(mode="graded"),
    "language": LanguageMixing(target="en"),
    "box": HasBox(),
    "ending": ProperEnding(correctness=Constant(value=1.0)),
}

CLOSERS = " $ \\] \\) ` ``` \\end{a} > |> } </think>"
"""At the very end, so that no scan can give up because nothing closes."""


def hostile(shape: str) -> Batch:
    return Batch([Rollout(completion=shape * (SIZE // len(shape.encode())) + CLOSERS)])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_rewards_take_ten_megabytes_of_hostile_text(shape: str) -> None:
    batch = hostile(shape)
    for name, reward in REWARDS.items():
        assert math.isfinite(reward(batch)[0]), name


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", ["one word", "short words", "spaces", "Chinese", "mixed", "marks"])
def test_ngram_repetition_takes_ten_megabytes_of_hostile_text(shape: str) -> None:
    (value,) = NgramRepetition(n=20)(hostile(SHAPES[shape]))
    assert -1 <= value <= 0
