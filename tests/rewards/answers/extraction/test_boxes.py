from __future__ import annotations

import pytest

from rewards.answers.extraction.boxes import last_box, unboxed


def test_last_box_is_found_with_its_braces() -> None:
    text = r"a \boxed{1} b \fbox{ \frac{1}{2} }}"
    box = last_box(text)
    assert box is not None
    assert text[slice(*box.outer)] == r"\fbox{ \frac{1}{2} }"
    assert text[slice(*box.inner)] == r"\frac{1}{2}"
    assert last_box("none") is None
    assert last_box(text, start=box.outer[0] + 1) is None


@pytest.mark.parametrize(
    ("gold", "contents"),
    [
        ("5", "5"),
        (r"so it is \boxed{5}.", "5"),
        (r"\fbox{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{1} and \boxed{2}", "1, 2"),
        (r"\boxed{1", r"\boxed{1"),
        ("", ""),
    ],
)
def test_unboxed_is_what_the_boxes_hold(gold: str, contents: str) -> None:
    assert unboxed(gold) == contents
