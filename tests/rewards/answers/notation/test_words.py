"""Words whose case says nothing, and letters whose case does."""

from __future__ import annotations

import pytest

from rewards.answers.notation.words import without_case


@pytest.mark.parametrize("word", ["Monday", "MONDAY", "monday", "No", "NO", "Prime"])
def test_a_word_loses_its_case(word: str) -> None:
    assert without_case(word) == word.lower()


@pytest.mark.parametrize("letters", ["qvB", "mM", "Li", "AA", "abA", "B"])
def test_letters_keep_their_case(letters: str) -> None:
    assert without_case(letters) == letters
