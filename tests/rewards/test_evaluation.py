"""One evaluation of a tree of rewards."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rewards import Batch, Constant, Context, Evaluation, LocalScorer, Reward, Rollout, Span, Status, Verdict
from rewards.answers.judge import Judge
from rewards.answers.question import Question
from rewards.errors import RewardError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROLLOUTS = [Rollout(completion="a"), Rollout(completion="b")]
RIGHT = Verdict(status=Status.CORRECT)
SPAN = Span(0, 1, "a")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explained(Reward):
    """Ones, with the evidence that it is told."""

    evidence: object

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        verdicts, spans = self.evidence  # type: ignore[misc]  # a pair
        return Evaluation([1.0] * len(batch), verdicts=verdicts, spans=spans)


@pytest.mark.parametrize(
    ("verdicts", "spans"),
    [((RIGHT, None), None), (None, ((), (SPAN, SPAN))), ((None, RIGHT), ((SPAN,), ()))],
    ids=["verdicts", "spans", "both"],
)
def test_scores_hold_the_evidence_of_each_row(
    verdicts: Sequence[Verdict | None] | None, spans: Sequence[Sequence[Span]] | None
) -> None:
    scores = LocalScorer(Explained(evidence=(verdicts, spans))).score(ROLLOUTS)
    assert scores.verdicts == list(verdicts or [None, None])
    assert scores.spans == [{"explained": tuple(some)} if some else {} for some in spans or [(), ()]]


@pytest.mark.parametrize(
    "evidence",
    [((RIGHT,), None), ((RIGHT,) * 3, None), (None, ((SPAN,),)), (None, ((), (), (SPAN,)))],
    ids=["few verdicts", "many verdicts", "few spans", "many spans"],
)
def test_evidence_of_another_number_of_rows_is_an_error(evidence: object) -> None:
    with pytest.raises(RewardError, match=r"explained gave (verdicts|spans) of \d rows for 2 rollouts"):
        LocalScorer(Explained(evidence=evidence)).score(ROLLOUTS)


def test_a_node_may_return_the_evaluation_of_its_child() -> None:
    context, batch = Context(), Batch(ROLLOUTS)
    inner = Explained(evidence=(None, None))
    named = inner.named("one").named("two")
    assert context.evaluate(named, batch) is context.evaluate(inner, batch)
    assert [reward for reward, _, _ in context.found()] == [inner, named.reward, named]


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
