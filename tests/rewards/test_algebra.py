from __future__ import annotations

import dataclasses

import pytest
from given_values import LABELS, NAN, Given, X, Y, evaluated, same, values
from hypothesis import strategies as st

from rewards import (
    Constant,
    LocalScorer,
    NgramRepetition,
    Ramp,
    Reward,
    Rollout,
    Scale,
    SoftOverlong,
    Switch,
    ThinkFormat,
    Tiered,
)
from rewards.errors import DuplicateComponentError, InvalidParameterError, MissingFieldError

numbers = st.floats(-10, 10) | st.just(NAN)


pairs = st.lists(st.tuples(numbers, numbers), max_size=8)


TIERS = {
    "the first that holds": ((1.0, 1.0), 1.0),
    "the second": ((0.0, 1.0), 0.1),
    "none": ((0.0, -1.0), -5.0),
    "an unjudged first": ((NAN, 1.0), NAN),
    "an unjudged second": ((0.0, NAN), NAN),
    "an unjudged second that no longer matters": ((1.0, NAN), 1.0),
}


@pytest.mark.parametrize(("row", "expected"), TIERS.values(), ids=TIERS)
def test_tiered_takes_the_first_tier_that_holds(row: tuple[float, float], expected: float) -> None:
    reward = Tiered(tiers=((X, 1.0), (Y, 0.1)), otherwise=-5.0)
    assert same(values(reward, row), [expected])


class TestSwitch:
    tree = Switch(key="task", cases=(("math", X), ("chat", Constant(value=7.0))))

    @staticmethod
    def rollout(task: str | None, x: float = 0.0) -> Rollout:
        metadata = {"x": str(x)} | ({} if task is None else {"task": task})
        return Rollout(completion="", metadata=metadata)

    def test_switch_sends_each_row_its_route(self) -> None:
        rows = [
            self.rollout("chat"),
            self.rollout("math", 2.0),
            self.rollout("math", NAN),
            self.rollout("chat"),
        ]
        assert same(self.tree(rows), [7.0, 2.0, NAN, 7.0])

    def test_switch_refuses_a_kind_without_a_case(self) -> None:
        for task in ("code", None):
            with pytest.raises(MissingFieldError, match="add a case or a default"):
                self.tree([self.rollout("math"), self.rollout(task)])

    def test_switch_sends_the_rest_to_its_default(self) -> None:
        tree = dataclasses.replace(self.tree, default=Constant(value=-1.0))
        assert tree([self.rollout("code"), self.rollout(None), self.rollout("chat")]).tolist() == [
            -1.0,
            -1.0,
            7.0,
        ]

    def test_switch_needs_the_fields_of_a_route_only_where_it_is_taken(self) -> None:
        tree = Switch(key="task", cases=(("long", SoftOverlong(max_length=2, cache=1)), ("chat", X)))
        with_tokens = Rollout(completion="", metadata={"task": "long"}, completion_ids=[1, 1])
        assert tree([with_tokens, self.rollout("chat", 3.0)]).tolist() == [-1.0, 3.0]
        with pytest.raises(MissingFieldError, match=r"soft_overlong needs tokens.*rollouts\[1\]"):
            tree([self.rollout("chat"), self.rollout("long")])

    def test_switch_is_equal_in_any_order_of_cases(self) -> None:
        assert dataclasses.replace(self.tree, cases=self.tree.cases[::-1]) == self.tree

    def test_switch_refuses_a_case_that_comes_twice(self) -> None:
        with pytest.raises(InvalidParameterError, match="twice"):
            Switch(key="task", cases=(("math", X), ("math", Y)))


@pytest.mark.parametrize(("label", "tree"), LABELS.items(), ids=LABELS)
def test_labels_read_like_the_tree(label: str, tree: Reward) -> None:
    assert tree.label == label


def test_evaluate_visits_equal_nodes_once() -> None:
    evaluated.clear()
    tree = X.when(Given(key="x")) + 2 * Given(key="x") + Tiered(tiers=((X, 1.0),)) * Y
    assert values(tree, (1.0, 1.0)) == [4.0]
    assert sorted(evaluated) == ["x", "y"]


def test_labels_of_two_components_must_differ() -> None:
    with pytest.raises(DuplicateComponentError, match=r"'given'.*\.named\("):
        LocalScorer(X + Y)
    with pytest.raises(DuplicateComponentError, match="'same'"):
        LocalScorer(X.named("same") + Y.named("same"))
    LocalScorer(X + Y.named("other"))
    LocalScorer(X + 2 * Given(key="x"))  # the same component twice is one


def test_evaluate_keeps_the_value_of_every_node() -> None:
    tree = 2.0 * X.named("first") + Y.named("second").clip(0, 1)
    scores = LocalScorer(tree).score([Rollout(completion="", metadata={"x": "3", "y": "5"})])
    assert scores.totals.tolist() == [7.0]
    assert {name: value.tolist() for name, value in scores.components.items()} == {
        "first": [3.0],
        "second": [5.0],
    }
    assert scores.nodes["second.clip(0.0, 1.0)"].tolist() == [1.0]
    assert scores.nodes["2.0 * first"].tolist() == [6.0]


def test_evaluate_gives_no_values_for_an_empty_batch() -> None:
    tree = ThinkFormat() + NgramRepetition(n=2) + X.when(Y) + Tiered(tiers=((X, 1.0),))
    assert tree([]).shape == (0,)


RAMP = Ramp(start=1.0, end=0.0, steps=(10, 30), reward=X)


@pytest.mark.parametrize(("step", "weight"), [(0, 1.0), (10, 1.0), (15, 0.75), (30, 0.0), (31, 0.0)])
def test_ramp_goes_linearly_from_step_to_step(step: int, weight: float) -> None:
    assert RAMP.at_step(step) == Scale(weight=weight, reward=X)


def test_ramp_of_one_step_is_a_jump() -> None:
    jump = dataclasses.replace(RAMP, steps=(5, 5))
    assert [jump.weight(step) for step in (0, 4, 5, 6)] == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("steps", [(5, 4), (-1, 4), (0.0, 4), (True, 4), (1,), (1, 2, 3)])
def test_ramp_refuses_steps_that_are_no_stretch(steps: tuple[int, int]) -> None:
    with pytest.raises(InvalidParameterError, match="steps"):
        Ramp(start=0.0, end=1.0, steps=steps, reward=X)


def test_ramp_scores_at_a_step_only() -> None:
    with pytest.raises(InvalidParameterError, match=r"recipe\.at_step\(n\)"):
        RAMP([Rollout(completion="")])
