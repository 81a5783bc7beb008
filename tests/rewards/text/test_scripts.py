from __future__ import annotations

from importlib.metadata import metadata

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from rewards.text.script_ranges import SCRIPTS, UNICODE
from rewards.text.scripts import MARK, NAMES, code_points, letters, members, script_share

EVERYTHING = "".join(map(chr, range(0x110000)))

same_unicode = pytest.mark.skipif(
    f"Unicode {UNICODE}" not in metadata("regex")["Description"],
    reason=f"regex is not of Unicode {UNICODE}; tools/make_script_ranges.py updates ours",
)


def matching(pattern: str) -> np.ndarray:
    table = np.zeros(len(EVERYTHING), dtype=bool)
    for match in regex.finditer(f"(?:{pattern})+", EVERYTHING):
        table[slice(*match.span())] = True
    return table


@same_unicode
@pytest.mark.parametrize("script", SCRIPTS)
def test_members_are_every_code_point_of_a_script(script: str) -> None:
    assert np.array_equal(members(script), matching(rf"\p{{Script={script}}}"))


@same_unicode
def test_letters_carry_their_script() -> None:
    table, letter = letters(), matching(r"[\p{L}\p{M}]")
    assert not table[~letter].any()
    for script in ("Latin", "Han", "Cyrillic", "Devanagari"):
        assert np.array_equal(table == NAMES.index(script), letter & members(script))
    assert np.array_equal(table == MARK, matching(r"(?=\p{M})\p{Script=Inherited}"))


@pytest.mark.parametrize("script", ["Han", "Latin", "Hiragana"])
@given(text=st.text() | st.text(alphabet="aß是か 𠀀é"))
def test_script_share_is_that_of_a_regex(script: str, text: str) -> None:
    expected = len(regex.findall(rf"\p{{{script}}}", text)) / len(text) if text else 0.0
    assert script_share(text, script) == expected


@given(st.text())
def test_code_points_are_those_of_ord(text: str) -> None:
    assert code_points(text).tolist() == list(map(ord, text))
