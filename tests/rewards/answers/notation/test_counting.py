"""Words after a number: what is counted is read, and nothing that may change the number."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.compare import compare
from rewards.answers.notation.counting import counted, is_counted
from rewards.verdict import Status

COUNTED = [
    *("12 students", "12 violins", "12 different ways", "12 red marbles", "12 marbles left", "12 people"),
    *("12 students in the class", "12 real solutions", "12个苹果", "12 square units", "12 women"),
    *("12 children tickets", "12 equal pieces", "12 bpm", "12 kopecks", "12 Apples"),
]
CHANGED = [
    *(
        "12 fewer students",
        "12 dozen eggs",
        "12 thirds",
        "12 pairs",
        "12 wrong",
        "12 fold",
        "12 percent less",
    ),
    *("12 hundredths", "12 more", "12 maybe", "12 different", "12 in base nine", "12 unclear", "12 twelfths"),
    *("12 elevenths", "12 minus", "12 times", "12 pairs of shoes", "12 tens", "12 times as many", "12 nope"),
    *("12 halved", "12 negated", "12 excluding two", "12 ish", "12不是", "12 of the rest", "12 apples short"),
]


def verdict(gold: str, answer: str) -> Status:
    decision = compare(answer, gold)
    assert decision is not None
    return decision.status


@pytest.mark.parametrize("answer", COUNTED)
@pytest.mark.parametrize("form", ["{0} {1}", r"{0}\text{{ {1}}}"])
def test_counted_reads_things(answer: str, form: str) -> None:
    number, words = answer[:2], answer[2:].strip()
    assert verdict(number, form.format(number, words)) is Status.CORRECT
    assert verdict("13", form.format(number, words)) is Status.INCORRECT


@pytest.mark.parametrize("answer", CHANGED)
@pytest.mark.parametrize("form", ["{0} {1}", r"{0}\text{{ {1}}}"])
def test_counted_reads_nothing_that_changes_a_number(answer: str, form: str) -> None:
    assert verdict("12", form.format(answer[:2], answer[2:].strip())) is Status.INCORRECT


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("apples", "apple"),
        ("red apples", "red apple"),
        ("apples remaining", "apple"),
        ("of the cake", "cake"),
        ("students in the class", "student"),
        ("blue", "blue"),
        ("very red apples", None),
        ("class wrong", None),
        ("left", None),
    ],
)
def test_counted_names_the_thing(words: str, name: str | None) -> None:
    assert counted(words.split()) == name


def test_is_counted_knows_plurals_by_their_form() -> None:
    assert all(map(is_counted, ("km", "cellos", "Boxes", "fish", "岁")))
    assert not any(map(is_counted, ("glass1", "loss", "fourths", "yes", "a", "x" * 30 + "s", "не")))
