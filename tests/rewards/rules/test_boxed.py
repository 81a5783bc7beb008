from __future__ import annotations

import pytest

from rewards import HasBox, Rollout

CASES = {
    "a box": (r"so \boxed{4}", 1.0),
    "nested braces": (r"\boxed{\frac{1}{2}}", 1.0),
    "never closed": (r"\boxed{4", 0.0),
    "nothing in it": (r"\boxed{}", 0.0),
    "no box": ("4", 0.0),
    "empty": ("", 0.0),
    "only in the reasoning": (r"<think>\boxed{4}</think> four", 0.0),
    "reasoning that never ends": (r"<think>\boxed{4}", 0.0),
}


@pytest.mark.parametrize(("completion", "value"), CASES.values(), ids=CASES)
def test_has_box_is_one_where_there_is_an_answer(completion: str, value: float) -> None:
    assert HasBox()([Rollout(completion=completion)]).tolist() == [value]


def test_has_box_counts_boxes_of_the_reasoning_when_asked() -> None:
    rollout = Rollout(completion=r"<think>\boxed{4}</think> four")
    assert HasBox(inside_think=True)([rollout]).tolist() == [1.0]
