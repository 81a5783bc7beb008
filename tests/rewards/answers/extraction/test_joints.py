from __future__ import annotations

import pytest

from rewards.answers.extraction.answers import extract
from rewards.answers.extraction.joints import JOINTS, Joint, Meaning, joint_of

ANSWERS = {
    Meaning.REPLACES: "5",
    Meaning.TAKES_BACK: "4",
    Meaning.EQUALS: "4 = 5",
    Meaning.APPROXIMATES: r"4 \approx 5",
    Meaning.OFFERS: "4 or 5",
    Meaning.JOINS: "4, 5",
    Meaning.SPANS: "4 to 5",
}

GAPS = {
    " Correction: ": Meaning.REPLACES,
    " Correction to ": Meaning.JOINS,
    ". Wait, ": Meaning.REPLACES,
    " waiting for ": Meaning.JOINS,
    "; no, ": Meaning.REPLACES,
    " with no solution and ": Meaning.JOINS,
    " or rather ": Meaning.REPLACES,
    " or ": Meaning.OFFERS,
    ", rather than ": Meaning.TAKES_BACK,
    " and not ": Meaning.TAKES_BACK,
    " (not counting it) and ": Meaning.JOINS,
    "\u3002\u66f4\u6b63\uff1a": Meaning.REPLACES,
    ", I mean ": Meaning.REPLACES,
    " on average and ": Meaning.JOINS,
    ". Alternatively, $": Meaning.OFFERS,
    ". Alternatively, one may count the pairs. There are ": Meaning.REPLACES,
    " for ": Meaning.JOINS,
    ". It could also be ": Meaning.OFFERS,
    ". Another possibility is ": Meaning.OFFERS,
    ". If not, then ": Meaning.OFFERS,
    ". If n is even, the number of pairs is ": Meaning.REPLACES,
    "\nOption 2: ": Meaning.OFFERS,
    "\nStep 2: ": Meaning.REPLACES,
    r" \approx ": Meaning.APPROXIMATES,
    " apples, about which we know that it is ": Meaning.JOINS,
}


@pytest.mark.parametrize("joint", JOINTS, ids=[joint.name for joint in JOINTS])
def test_joint_is_found_in_its_example_and_answered_by_its_meaning(joint: Joint) -> None:
    gap = joint.example[joint.example.index("}") + 1 : joint.example.rindex("\\")]
    assert joint_of(gap) is joint
    assert extract(joint.example).text == ANSWERS[joint.meaning]


@pytest.mark.parametrize(("gap", "meaning"), GAPS.items(), ids=map(repr, GAPS))
def test_joint_of_a_gap_is_told_by_its_words(gap: str, meaning: Meaning) -> None:
    assert joint_of(gap).meaning is meaning
