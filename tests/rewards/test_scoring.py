"""The local scorer: what comes back for a batch, in one piece or in parts."""

import dataclasses
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from itertools import pairwise

import numpy as np
import pytest

from rewards import (
    Batch,
    BoxedCorrectness,
    Constant,
    Context,
    Evaluation,
    GroupReward,
    LocalScorer,
    Recipe,
    Reward,
    Rollout,
    Status,
    Switch,
    ThinkFormat,
    Verdict,
)
from rewards.answers.judge import Judge
from rewards.answers.question import Question
from rewards.errors import (
    IncompleteGroupError,
    MissingFieldError,
    RewardError,
)

RIGHT = Rollout(id="right", completion=r"<think>2 + 2</think> \boxed{4}", ground_truth="4")


WRONG = Rollout(id="wrong", completion=r"<think>2 + 2</think> \boxed{5}", ground_truth="4")


SLOW = Rollout(
    id="slow", completion=r"\boxed{\int_0^1 \sin(x^x) \, dx}", ground_truth=r"\int_0^1 \cos(x^x) dx"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gives(Reward):
    """Whatever it was told to give, right or wrong."""

    values: tuple[float, ...]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation(list(self.values))


@dataclasses.dataclass(frozen=True, kw_only=True)
class LongestOfGroup(GroupReward):
    """1 for the longest completion of each group."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        values = np.zeros(len(batch))
        for rows in self.groups(batch):
            values[rows[np.argmax([len(batch[row].completion) for row in rows])]] = 1.0
        return Evaluation(values)


def test_scoring_evaluates_equal_nodes_once() -> None:
    calls: list[int] = []

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Counted(Reward):
        def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
            calls.append(len(batch))
            return Evaluation(np.ones(len(batch)))

    assert LocalScorer(Counted() * Counted() + Counted()).score([RIGHT]).totals.tolist() == [2.0]
    assert calls == [1]


@pytest.mark.parametrize("values", [(1.0,), (1.0, 2.0, 3.0), (1.0, float("inf"))])
def test_scoring_raises_where_a_reward_breaks_its_contract(values: tuple[float, ...]) -> None:
    with pytest.raises(RewardError, match="gives"):
        LocalScorer(Gives(values=values)).score([RIGHT, WRONG])


def test_scoring_by_a_switch_leaves_other_routes_nan() -> None:
    tree = Switch(key="task", cases=(("math", BoxedCorrectness()), ("chat", ThinkFormat())))
    rollouts = [
        dataclasses.replace(RIGHT, metadata={"task": "math"}),
        dataclasses.replace(WRONG, metadata={"task": "chat"}),
    ]
    scores = LocalScorer(tree).score(rollouts)
    assert scores.totals.tolist() == [1.0, 1.0]
    assert np.isnan(scores.components["boxed_correctness"]).tolist() == [False, True]
    assert np.isnan(scores.components["think_format"]).tolist() == [True, False]
    assert scores.verdicts[1] is None


def test_scoring_raises_for_a_row_without_a_case() -> None:
    with pytest.raises(MissingFieldError, match="cases only for math"):
        LocalScorer(Switch(key="task", cases=(("math", Constant(value=1.0)),))).score([RIGHT])


def test_scoring_shows_group_rewards_whole_groups_or_refuses() -> None:
    rollouts = [
        Rollout(completion="a" * length, group_id=group)
        for group, length in [("p", 1), ("q", 3), ("p", 2), ("q", 1)]
    ]
    scorer = LocalScorer(LongestOfGroup(group_size=2))
    assert scorer.score(rollouts).totals.tolist() == [0.0, 1.0, 1.0, 0.0]
    with pytest.raises(IncompleteGroupError, match="'q' has 1"):
        scorer.score(rollouts[:3])


def collect(rollouts: Sequence[Rollout], recipe: Recipe | Reward | str) -> list[list[int]]:
    return [rows.tolist() for rows, _ in LocalScorer(recipe).start(rollouts)]


def test_scoring_gives_quick_rows_before_a_slow_answer() -> None:
    scoring = LocalScorer("r1-zero").start([RIGHT, SLOW, WRONG])
    rows, scores = scoring.ready() or pytest.fail("nothing was ready")
    assert rows.tolist() == [0, 2]
    assert scores.totals.tolist() == [1.5, 0.5]
    while not scoring.done:
        wait(scoring.waiting)
        if (part := scoring.ready()) is not None:
            assert part[0].tolist() == [1]


LONG = Rollout(
    id="long",
    completion=r"\boxed{x^8+8x^7+28x^6+56x^5+70x^4+56x^3+28x^2+8x+1}",
    ground_truth=r"(x+1)^8",
)


def test_scoring_gives_short_answers_before_a_long_one() -> None:
    plain = Rollout(completion=r"\boxed{\frac{1}{2}}", ground_truth="0.5")
    rollouts = [LONG, plain, SLOW, RIGHT]
    assert collect(rollouts, "boxed")[:2] == [[1, 3], [0]]
    assert LocalScorer("boxed").score(rollouts).totals.tolist() == [1.0, 1.0, 0.0, 1.0]


def test_scoring_compares_long_answers_a_few_at_a_time_shortest_first() -> None:
    rollouts = [
        Rollout(completion=rf"\boxed{{{'x+' * n}{n}}}", ground_truth=rf"{n}x+{n}") for n in range(300, 0, -1)
    ]
    parts = collect(rollouts, "boxed")
    assert len(parts) > 2
    assert sorted(row for rows in parts for row in rows) == list(range(300))
    assert all(min(earlier) > max(later) for earlier, later in pairwise(parts))
    assert LocalScorer("boxed").score(rollouts).totals.tolist() == [1.0] * 300


@pytest.mark.parametrize("answer", [RIGHT, LONG, SLOW], ids=lambda rollout: rollout.id)
def test_scoring_gives_an_answer_to_every_row_that_asks_about_it(answer: Rollout) -> None:
    kinds = ["a", "b", "a", "b"]
    rollouts = [dataclasses.replace(answer, id="", metadata={"kind": kind}) for kind in kinds]
    boxed = BoxedCorrectness()
    switch = Switch(key="kind", cases=(("a", boxed.named("one")), ("b", (2.0 * boxed).named("other"))))
    apart = [LocalScorer(switch).score([rollout]).totals[0] for rollout in rollouts]
    assert LocalScorer(switch).score(rollouts).totals.tolist() == apart
    assert sorted(row for rows in collect(rollouts, switch) for row in rows) == [0, 1, 2, 3]


def test_scoring_in_parts_gives_the_same_bits_as_together() -> None:
    rollouts = [RIGHT, SLOW, WRONG]
    scorer = LocalScorer("r1-zero")
    together = scorer.score(rollouts)
    apart = [scorer.score([rollout]) for rollout in rollouts]
    assert together.totals.tolist() == [scores.totals[0] for scores in apart]


def test_scoring_gives_rows_that_all_wait_their_own_scores() -> None:
    right, wrong = (
        Rollout(completion=rf"\boxed{{y^2+{k}}}", ground_truth=r"\int_0^y 2x\,dx+17") for k in (17, 18)
    )
    scoring = LocalScorer(BoxedCorrectness()).start([right, wrong, right])
    parts = [scoring.ready()]
    wait(scoring.waiting)
    parts.append(scoring.ready())
    found = {
        row: total
        for rows, scores in filter(None, parts)
        for row, total in zip(rows.tolist(), scores.totals.tolist(), strict=True)
    }
    assert found == {0: 1.0, 1: 0.0, 2: 1.0}


def test_scoring_with_a_group_reward_gives_all_rows_together() -> None:
    rollouts = [dataclasses.replace(rollout, group_id="p") for rollout in (RIGHT, SLOW)]
    assert collect(rollouts, BoxedCorrectness() + LongestOfGroup(group_size=2)) == [[0, 1]]


def test_scoring_past_its_deadline_leaves_nan_and_judges_the_rest() -> None:
    scores = LocalScorer("boxed").score([RIGHT, SLOW], timeout=0.0)
    assert scores.totals[0] == 1.0
    assert np.isnan(scores.totals[1])
    assert scores.verdicts[1] is not None
    assert scores.verdicts[1].status is Status.NOT_JUDGED


class Counting(Judge):
    """A judge that notes how many comparisons it is asked for at once, and of how many questions."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[int, int]] = []

    def ask(
        self, questions: Iterable[Question], *, deadline: float | None = None
    ) -> dict[Question, Verdict | Future[Verdict]]:
        asked = list(questions)
        self.steps.append((sum(len(question.golds) for question in asked), len(asked)))
        return super().ask(asked, deadline=deadline)


@pytest.mark.parametrize(
    ("rollouts", "golds"),
    [
        pytest.param(3, 1024, id="as-many-golds-as-may-be"),
        pytest.param(40, 100, id="many"),
        pytest.param(300, 7, id="few"),
        pytest.param(2000, 1, id="one"),
        pytest.param(20, 9, id="just-not-few"),
    ],
)
def test_scoring_bounds_a_step_by_its_comparisons(rollouts: int, golds: int) -> None:
    batch = [
        Rollout(completion=rf"\boxed{{{n}x}}", ground_truth=[f"{n + g}x+{g}" for g in range(1, golds + 1)])
        for n in range(rollouts)
    ]
    judge = Counting()
    scoring = LocalScorer(BoxedCorrectness(), judge=judge).start(batch)
    rows = [row for part, _ in scoring for row in part.tolist()]
    assert sorted(rows) == list(range(rollouts))
    judge.close()
    short = 1 if golds <= 8 else 0  # whether there is a first step, of short answers
    assert all(comparisons <= 1024 for comparisons, _ in judge.steps)
    assert all(comparisons <= 128 or questions == 1 for comparisons, questions in judge.steps[short:])
    assert sum(comparisons for comparisons, _ in judge.steps) == rollouts * golds
