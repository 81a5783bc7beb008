"""One evaluation of a tree of rewards."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from rewards import Constant, Context, Evaluation, Reward, Rollout
from rewards.answers.judge import Judge
from rewards.answers.question import Question
from rewards.errors import RewardError
from rewards.rollout import Batch
from rewards.verdict import Status, Verdict

BATCH = Batch([Rollout(completion="a"), Rollout(completion="b")])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gives(Reward):
    values: tuple[float, ...]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation(self.values)


def test_evaluate_checks_once_and_gives_the_same_again() -> None:
    context = Context()
    found = context.evaluate(Constant(value=2.0), BATCH)
    assert context.evaluate(Constant(value=2.0), BATCH) is found
    assert context.values(Constant(value=2.0), BATCH).tolist() == [2.0, 2.0]
    assert [(reward, rows) for reward, rows, _ in context.found()] == [(Constant(value=2.0), BATCH)]
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(found.values)[0] = 1.0


@pytest.mark.parametrize("values", [(1.0,), (1.0, 2.0, 3.0), (1.0, float("inf"))])
def test_evaluate_refuses_other_shapes_and_infinite_values(values: tuple[float, ...]) -> None:
    with pytest.raises(RewardError, match="gives"):
        Context().evaluate(Gives(values=values), BATCH)


def test_verdicts_that_are_known_are_not_asked_for() -> None:
    judge = Judge()
    context = Context(judge=judge)
    known = Verdict(status=Status.INCORRECT, extracted="4")
    context.answers[Question("4", ("4",))] = known
    found = context.verdicts([Question("4", ("4",)), Question("5", ("5.0",))])
    assert found[0] is known
    assert found[1].status is Status.CORRECT
    assert judge.stats.asked == 1
