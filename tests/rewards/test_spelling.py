"""Suggestions for a word that is misspelt."""

from __future__ import annotations

import pytest
from rewards.spelling import did_you_mean

KNOWN = ["completion", "ground_truth", "prompt"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("completon", " (did you mean 'completion'?)"),
        ("groundtruth", " (did you mean 'ground_truth'?)"),
        ("elephant", ""),
        ("", ""),
    ],
)
def test_did_you_mean_names_a_near_word_or_nothing(word: str, said: str) -> None:
    assert did_you_mean(word, KNOWN) == said
