"""The problems that cheats are tried on, and honest solutions to them."""

from __future__ import annotations

import pytest

from rewards import BoxedCorrectness, LocalScorer, Rollout, ThinkFormat
from rewards.analysis.stress.problems import PROBLEMS, honest_long, honest_short
from rewards.verdict import Status


def test_honest_solutions_are_right_and_in_form() -> None:
    scorer = LocalScorer(BoxedCorrectness().when(ThinkFormat()))
    for honest in (honest_short, honest_long):
        rollouts = [
            Rollout(completion=f"<think>{work}</think> {answer}", ground_truth=problem.gold)
            for problem, work, answer in honest()
        ]
        assert scorer.score(rollouts).totals.tolist() == [1.0] * len(rollouts)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_problems_have_wrong_answers_and_no_constant_for_a_gold(problem: object) -> None:
    scorer = LocalScorer(BoxedCorrectness())
    answers = [*problem.wrong, "0", "1", "-1", "2", "10", "A", "B"]  # type: ignore[attr-defined]
    gold: str = problem.gold  # type: ignore[attr-defined]
    verdicts = scorer.score(
        [Rollout(completion=f"\\boxed{{{a}}}", ground_truth=gold) for a in answers]
    ).verdicts
    assert {verdict.status for verdict in verdicts if verdict} == {Status.INCORRECT}
