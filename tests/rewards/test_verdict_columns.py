from __future__ import annotations

import pickle

import pytest

from rewards import BoxedCorrectness, LocalScorer, Rollout, Status, Verdict
from rewards.verdict_columns import ChosenVerdicts, VerdictColumns, columns_of

RIGHT, WRONG = Verdict(status=Status.CORRECT, extracted="4"), Verdict(status=Status.INCORRECT, reason="no")
COLUMNS = VerdictColumns(
    [Status.CORRECT, Status.INCORRECT], ["4", None], [None, None], ["", "no"], [0.0, 0.0]
)


@pytest.mark.parametrize(
    "verdicts",
    [[RIGHT, None, WRONG, RIGHT], ChosenVerdicts(COLUMNS, [1, 0, 2, 1])],
    ids=["one by one", "as columns"],
)
def test_columns_of_hold_each_different_verdict_once(verdicts: list[Verdict | None]) -> None:
    assert columns_of(verdicts) == (COLUMNS, [1, 0, 2, 1])


def test_verdicts_as_columns_are_the_verdicts_row_by_row() -> None:
    chosen = ChosenVerdicts(COLUMNS, [2, 0, 1, 1])
    assert chosen == [WRONG, None, RIGHT, RIGHT]
    assert chosen[2] is chosen[3]
    assert pickle.loads(pickle.dumps(chosen)) == (WRONG, None, RIGHT, RIGHT)  # noqa: S301  # our own


def test_chosen_verdicts_of_a_scorer_are_those_of_each_row() -> None:
    texts = [r"\boxed{4}", "none", r"\boxed{5}", r"\boxed{4}"]
    rollouts = [Rollout(completion=text, ground_truth="4") for text in texts]
    scores = LocalScorer(BoxedCorrectness()).score(rollouts)
    found = [verdict and verdict.status for verdict in scores.verdicts]
    assert found == ["CORRECT", "NO_ANSWER", "INCORRECT", "CORRECT"]
    assert scores.totals.tolist() == [1.0, 0.0, 0.0, 1.0]
