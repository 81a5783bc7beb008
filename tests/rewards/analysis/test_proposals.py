"""Values are proposed for golds that hold one, and for no others."""

from __future__ import annotations

import time

import pytest

from rewards.analysis.proposals import PROPOSALS, Way, propose

PROPOSED = {
    "The answer is 7 because 3 + 4 = 7": "7",
    r"The minimum value of \frac{1}{x-1} + \frac{4}{y-1} \text{ is } 4.": "4",
    "The parabola has a maximum value of -3.": "-3",
    r"f(x) = x + 1 \text{, where } x \text{ is a length}": "f(x) = x + 1",
    r"\frac{3}{4": r"\frac{3}{4}",
    "(a) 1 (b) 2 (c) 3": "1, 2, 3",
    "The range of values for a is [0, 3)": "[0, 3)",
}

NOT_PROPOSED = [
    "Monday",
    "the second player wins",
    "First class: 28 km, Second class: 20 km, Third class: 60 km",
    "Two of a, b, c are zero, and the third is either +1 or -1.",
    r"\triangle ABC \text{ is isosceles}",
    "60^\noperator",
    "All powers of 2",
    "The ratio is greater than 2",
    r"n \text{ must be a multiple of } 4",
    "(a) yes (b) 2",
]


@pytest.mark.parametrize("way", PROPOSALS, ids=[way.reason for way in PROPOSALS])
def test_propose_takes_the_value_of_the_example_of_each_way(way: Way) -> None:
    gold, value = way.example
    found = propose(gold)
    assert found is not None
    assert (found.value, found.reason) == (value, way.reason)


@pytest.mark.parametrize(("gold", "value"), PROPOSED.items(), ids=list(PROPOSED))
def test_propose_takes_the_value_out_of_prose(gold: str, value: str) -> None:
    found = propose(gold)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("gold", NOT_PROPOSED)
def test_propose_takes_nothing_where_there_is_not_one_value(gold: str) -> None:
    assert propose(gold) is None


@pytest.mark.parametrize("piece", ["is ", "(", "a) ", "$", "1 ", "where ", "{", "的"])
def test_propose_takes_little_time_over_any_gold(piece: str) -> None:
    began = time.process_time()
    propose(piece * 1000)
    assert time.process_time() - began < 1
