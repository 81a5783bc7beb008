r"""The sets of numbers: their signs, their words, and what is in them."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.compare import compare
from rewards.answers.notation.sets import NUMBER_SETS, SUFFIXES, WORDS
from rewards.answers.reading.reader import read
from rewards.answers.tree.syntax import NamedSet
from rewards.verdict import Status


@pytest.mark.parametrize(("letter", "suffix"), SUFFIXES)
@pytest.mark.parametrize("form", [r"\mathbb{%s}^{%s}", r"\mathbb{%s}_{%s}"])
def test_suffixes_are_read_above_and_below(letter: str, suffix: str, form: str) -> None:
    latex = suffix.replace(">=", r"\ge ").replace("<=", r"\le ").replace("!=", r"\ne ")
    assert read(form % (letter, latex)) == NamedSet(SUFFIXES[letter, suffix])


@pytest.mark.parametrize("phrase", sorted(WORDS))
def test_words_name_their_set(phrase: str) -> None:
    assert read(rf"\text{{{phrase}}}") == NamedSet(WORDS[phrase])


def test_number_sets_are_parts_of_their_whole() -> None:
    assert all(row.numbers in NUMBER_SETS for row in NUMBER_SETS.values())
    assert set(SUFFIXES.values()) | set(WORDS.values()) == set(NUMBER_SETS)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\mathbb{R}^+", r"(0, \infty)"),
        (r"[0, \infty)", r"\mathbb{R}_{\ge 0}"),
        (r"\mathbb{R} \setminus \{0\}", r"\mathbb{R}^*"),
        (r"\mathbb{N}^*", r"\mathbb{Z}_{>0}"),
        (r"\mathbb{Z}^+", "all positive integers"),
        (r"\text{all nonzero real numbers}", r"x \ne 0"),
        (r"\mathbb{N}_0", r"\mathbb{Z}_{\geq 0}"),
    ],
)
def test_number_sets_are_equal_in_other_dress(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is Status.CORRECT


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\mathbb{R}^+", r"[0, \infty)"),
        (r"\mathbb{R}_{\ge 0}", r"\mathbb{R}^+"),
        (r"\mathbb{N}^*", r"\mathbb{Z}"),
        (r"\mathbb{N}_0", r"\mathbb{N}^*"),
        (r"\mathbb{Z}^+", r"\mathbb{R}^+"),
        (r"\mathbb{R}^*", r"\mathbb{R}"),
        (r"\mathbb{R}", r"\mathbb{R}^2"),
        (r"\mathbb{Z}", r"\mathbb{Z}_2"),
        (r"\mathbb{R}_{>0}", r"\mathbb{R}_{>1}"),
    ],
)
def test_number_sets_differ_from_others(gold: str, answer: str) -> None:
    decision = compare(answer, gold)
    assert decision is not None
    assert decision.status is not Status.CORRECT
