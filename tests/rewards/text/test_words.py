from __future__ import annotations

import sys

import regex
from hypothesis import given
from hypothesis import strategies as st

from rewards.text.scripts import UNSPACED
from rewards.text.words import word_ids, word_spans

_ALONE = regex.compile(r"[" + "".join(rf"\p{{Script={script}}}" for script in UNSPACED) + r"]")


def plain(text: str) -> list[str]:
    """The definition: characters of unspaced scripts stand between spaces, then `str.split()`."""
    return _ALONE.sub(lambda match: f" {match[0]} ", text).split()


texts = st.text() | st.text(alphabet="aB \n\t\u3000\u00a0\x1c是否かไท.İς")


@given(texts)
def test_word_ids_are_equal_for_equal_words(text: str) -> None:
    words = plain(text)
    ids, characters = word_ids(text)
    assert len(ids) == len(words)
    assert [words[at] for at in range(len(words))] == [words[list(ids).index(number)] for number in ids]
    assert len(set(words)) == len(set(ids.tolist()))
    assert characters == len(_ALONE.findall(text))


@given(texts)
def test_word_spans_are_those_of_the_words(text: str) -> None:
    starts, ends = word_spans(text)
    assert [text[start:end] for start, end in zip(starts, ends, strict=True)] == plain(text)


@given(texts)
def test_words_in_lower_case_are_in_the_same_places(text: str) -> None:
    assert [word.lower() for word in plain(text)] == plain(text.lower())


def test_words_are_parted_by_the_white_space_of_str_split() -> None:
    for code in range(sys.maxunicode + 1):
        if chr(code).isspace():
            assert len(word_ids(f"a{chr(code)}b")[0]) == 2, hex(code)
            assert word_spans(f"a{chr(code)}b")[0].tolist() == [0, 2], hex(code)
