"""Words of a text by script."""

from __future__ import annotations

import numpy as np
import pytest

from rewards.text.script_words import script_words
from rewards.text.scripts import NAMES


def words_of(text: str, masked: slice = slice(0, 0)) -> list[tuple[str, str]]:
    mask = np.zeros(len(text), dtype=bool)
    mask[masked] = True
    found = script_words(text, mask)
    return [
        (NAMES[script], text[start:end])
        for script, start, end in zip(found.scripts, found.starts, found.ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("so it is", [("Latin", "so"), ("Latin", "it"), ("Latin", "is")]),
        ("两个", [("Han", "两"), ("Han", "个")]),
        ("и так", [("Cyrillic", "и"), ("Cyrillic", "так")]),
        ("x = 3", []),
        ("", []),
    ],
)
def test_script_words_are_words_of_one_script(text: str, words: list[tuple[str, str]]) -> None:
    assert words_of(text) == words


def test_script_words_leave_out_what_is_masked() -> None:
    assert words_of("see this $two words$ here", slice(9, 20)) == [
        ("Latin", "see"),
        ("Latin", "this"),
        ("Latin", "here"),
    ]


def test_take_keeps_scripts_and_places_together() -> None:
    text = "see 你 here"
    found = script_words(text, np.zeros(len(text), dtype=bool))
    han = found.take(found.scripts == NAMES.index("Han"))
    assert (text[han.starts[0] : han.ends[0]], len(han.scripts)) == ("你", 1)
