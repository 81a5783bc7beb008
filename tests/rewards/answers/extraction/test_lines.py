from __future__ import annotations

import pytest

from rewards.answers.extraction.lines import introduced, line_answer

LINES = {
    "markdown": ("**4**", "4"),
    "a period": ("4.", "4"),
    "a decimal": ("4.5", "4.5"),
    "inline mathematics": (r"\(x + 1\)", "x + 1"),
    "a box": (r"\boxed{4}", "4"),
    "a box and more": (r"\boxed{4} apples", r"\boxed{4} apples"),
}


@pytest.mark.parametrize(("line", "answer"), LINES.values(), ids=LINES)
def test_line_answer_is_without_layout(line: str, answer: str) -> None:
    span = line_answer(line, 0, len(line))
    assert span is not None
    assert line[slice(*span)] == answer


def test_introduced_is_none_without_an_introduction() -> None:
    assert introduced("4", 0, ("A:",)) is None
    assert introduced("A: 4", 1, ("A:",)) is None
