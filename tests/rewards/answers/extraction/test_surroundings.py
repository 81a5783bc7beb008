"""Words beside a box that change what it says: every row of the table, and its twins."""

from __future__ import annotations

import pytest

from rewards.answers.extraction.boxes import boxes_in
from rewards.answers.extraction.surroundings import ROWS, Beside, Effect, Row, beside

EXAMPLES = [(row, example) for row in ROWS for example in row.examples]
TWINS = [(row, twin) for row in ROWS for twin in row.twins]


def _beside(completion: str) -> Beside | None:
    box = boxes_in(completion)[-1]
    return beside(completion[: box.outer[0]], completion[box.outer[1] :])


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_row_decides_its_example(row: Row, example: str) -> None:
    found = _beside(example)
    assert found is not None
    assert found.effect is row.effect
    others = [other.name for other in ROWS[: ROWS.index(row)] if other.before is row.before]
    box = boxes_in(example)[-1]
    side = example[: box.outer[0]] if row.before else example[box.outer[1] :]
    assert row.pattern.search(side), others


@pytest.mark.parametrize(("row", "twin"), TWINS, ids=[twin for _, twin in TWINS])
def test_row_leaves_its_twin(row: Row, twin: str) -> None:
    assert _beside(twin) is None, row.name


NOT_DENIED = (
    r"The number of incorrect answers is \boxed{5}",
    r"The number of integers that are not prime is \boxed{5}",
    r"It is not 6, it is \boxed{5}",
    r"\boxed{5} is the answer, not 6.",
    r"Since x is not zero, $x = \boxed{5}$",
    r"\boxed{5}, which is not what I expected",
    r"The answer is about \boxed{3.14}",
    r"- \boxed{5}",
    r"He gave \boxed{5} wrong answers",
)


@pytest.mark.parametrize("completion", NOT_DENIED)
def test_beside_leaves_honest_words(completion: str) -> None:
    assert _beside(completion) is None


DENIED = (
    r"Surely it can’t be $\boxed{5}$",
    r"The answer is not equal to $\boxed{5}$.",
    r"\boxed{5} would not be correct",
    r"\boxed{5}: incorrect!",
    r"$\boxed{5}$ is clearly impossible here",
    r"$\boxed{5}$. Sorry, that is 6",
    r"An erroneous answer is \boxed{5}",
)


@pytest.mark.parametrize("completion", DENIED)
def test_beside_finds_denials_in_other_words(completion: str) -> None:
    found = _beside(completion)
    assert found is not None
    assert found.effect is Effect.DENIES
