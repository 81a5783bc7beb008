"""Languages of sentences."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from rewards.text.identification import available, identify
from rewards.text.script_words import script_words

ENGLISH = "We add the two numbers and write the sum under them. "
FRENCH = "On ajoute les deux nombres et on écrit la somme au-dessous. "


def languages_of(text: str, languages: tuple[str, ...]) -> list[int]:
    words = script_words(text, np.zeros(len(text), dtype=bool))
    return [int(found) for found in identify(text, words, languages)]


def test_available_says_whether_lingua_is_installed() -> None:
    assert available() == (importlib.util.find_spec("lingua") is not None)


def test_identify_gives_every_word_the_language_of_its_sentence() -> None:
    pytest.importorskip("lingua", reason="lingua is not installed; the extra `language` has it")
    found = languages_of(ENGLISH + FRENCH, ("en", "fr"))
    english = len(languages_of(ENGLISH, ("en", "fr")))
    assert found == [0] * english + [1] * (len(found) - english)


def test_identify_decides_nothing_of_nothing_and_of_what_is_too_short() -> None:
    assert languages_of("", ("en", "fr")) == []
    assert set(languages_of("Oui.", ("en", "fr"))) <= {-1} if available() else True
