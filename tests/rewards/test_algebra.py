from __future__ import annotations

import dataclasses
import math
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import (
    Constant,
    Context,
    Evaluation,
    HasBox,
    LocalScorer,
    Named,
    NgramRepetition,
    Reward,
    Rollout,
    Scale,
    SoftOverlong,
    Sum,
    Switch,
    ThinkFormat,
    Tiered,
)
from rewards.errors import DuplicateComponentError, InvalidParameterError, MissingFieldError, RewardError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from rewards import Batch

NAN = math.nan
evaluated: list[str] = []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Given(Reward):
    """The number that stands in the rollout's metadata."""

    key: str = "x"

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        evaluated.append(self.key)
        return Evaluation([float(rollout.metadata[self.key]) for rollout in batch])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Broken(Reward):
    """Breaks the contract on purpose."""

    values: tuple[float, ...]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation(self.values)


X, Y = Given(key="x"), Given(key="y")


def values(reward: Reward, *pairs: tuple[float, float]) -> list[float]:
    return reward([Rollout(completion="", metadata={"x": str(x), "y": str(y)}) for x, y in pairs]).tolist()


def same(found: ArrayLike, expected: ArrayLike) -> bool:
    return np.array_equal(np.asarray(found), np.asarray(expected), equal_nan=True)


numbers = st.floats(-10, 10) | st.just(NAN)
pairs = st.lists(st.tuples(numbers, numbers), max_size=8)


@given(pairs)
def test_nodes_compute_what_they_say_and_pass_nan_on(rows: list[tuple[float, float]]) -> None:
    def expected(rule: object) -> list[float]:
        return [NAN if math.isnan(x) or math.isnan(y) else rule(x, y) for x, y in rows]

    assert same(values(X + Y, *rows), expected(lambda x, y: x + y))
    assert same(values(X - Y, *rows), expected(lambda x, y: x - y))
    assert same(values(X * Y, *rows), expected(lambda x, y: x * y))
    assert same(values(X.when(Y), *rows), expected(lambda x, y: x if y > 0 else 0.0))
    assert same(values(X.when(Y, otherwise=-3.0), *rows), expected(lambda x, y: x if y > 0 else -3.0))
    alone = [(x, 0.0) for x, _ in rows]
    for reward, rule in (
        (2.0 * X, lambda x: 2.0 * x),
        (-X, lambda x: -x),
        (1.0 - X, lambda x: 1.0 - x),
        (X + 1, lambda x: x + 1.0),
        (X.clip(-1, 2), lambda x: min(max(x, -1.0), 2.0)),
        (X.named("x"), lambda x: x),
    ):
        assert same(values(reward, *alone), [NAN if math.isnan(x) else rule(x) for x, _ in alone])


TIERS = {
    "the first that holds": ((1.0, 1.0), 1.0),
    "the second": ((0.0, 1.0), 0.1),
    "none": ((0.0, -1.0), -5.0),
    "an unjudged first": ((NAN, 1.0), NAN),
    "an unjudged second": ((0.0, NAN), NAN),
    "an unjudged second that no longer matters": ((1.0, NAN), 1.0),
}


@pytest.mark.parametrize(("row", "expected"), TIERS.values(), ids=TIERS)
def test_tiers(row: tuple[float, float], expected: float) -> None:
    reward = Tiered(tiers=((X, 1.0), (Y, 0.1)), otherwise=-5.0)
    assert same(values(reward, row), [expected])


def test_zero_does_not_hide_nan() -> None:
    assert math.isnan(values(0.0 * X, (NAN, 0.0))[0])
    assert math.isnan(values(X.when(Y), (NAN, 0.0))[0])


class TestSwitch:
    tree = Switch(key="task", cases=(("math", X), ("chat", Constant(value=7.0))))

    @staticmethod
    def rollout(task: str | None, x: float = 0.0) -> Rollout:
        metadata = {"x": str(x)} | ({} if task is None else {"task": task})
        return Rollout(completion="", metadata=metadata)

    def test_each_row_takes_its_route(self) -> None:
        rows = [
            self.rollout("chat"),
            self.rollout("math", 2.0),
            self.rollout("math", NAN),
            self.rollout("chat"),
        ]
        assert same(self.tree(rows), [7.0, 2.0, NAN, 7.0])

    def test_a_kind_without_a_case_is_an_error_and_not_a_0(self) -> None:
        for task in ("code", None):
            with pytest.raises(MissingFieldError, match="add a case or a default"):
                self.tree([self.rollout("math"), self.rollout(task)])

    def test_the_default_takes_the_rest(self) -> None:
        tree = dataclasses.replace(self.tree, default=Constant(value=-1.0))
        assert tree([self.rollout("code"), self.rollout(None), self.rollout("chat")]).tolist() == [
            -1.0,
            -1.0,
            7.0,
        ]

    def test_a_route_needs_its_fields_only_where_it_is_taken(self) -> None:
        tree = Switch(key="task", cases=(("long", SoftOverlong(max_length=2, cache=1)), ("chat", X)))
        with_tokens = Rollout(completion="", metadata={"task": "long"}, completion_ids=[1, 1])
        assert tree([with_tokens, self.rollout("chat", 3.0)]).tolist() == [-1.0, 3.0]
        with pytest.raises(MissingFieldError, match=r"soft_overlong needs tokens.*rollouts\[1\]"):
            tree([self.rollout("chat"), self.rollout("long")])

    def test_the_order_of_cases_does_not_matter(self) -> None:
        assert dataclasses.replace(self.tree, cases=self.tree.cases[::-1]) == self.tree

    def test_a_case_may_not_come_twice(self) -> None:
        with pytest.raises(InvalidParameterError, match="twice"):
            Switch(key="task", cases=(("math", X), ("math", Y)))


LABELS = {
    "given": X,
    "2.0 * given": 2 * X,
    "given + 1.0": X + 1,
    "2.0 * given + has_box": 2 * X + HasBox(),
    "(given + 1.0) * has_box": (X + 1) * HasBox(),
    "-1.0 * given": -X,
    "given.when(has_box)": X.when(HasBox()),
    "(given + 1.0).clip(0.0, 1.0)": (X + 1).clip(0, 1),
    "tiered(has_box: 1.0, otherwise=0.0)": Tiered(tiers=((HasBox(), 1.0),)),
    "mine": (X + 1).named("mine"),
    "switch(task; a: given, otherwise: 1.0)": Switch(
        key="task", cases=(("a", X),), default=Constant(value=1)
    ),
}


@pytest.mark.parametrize(("label", "tree"), LABELS.items(), ids=LABELS)
def test_labels_read_like_the_tree(label: str, tree: Reward) -> None:
    assert tree.label == label


@pytest.mark.parametrize("tree", LABELS.values(), ids=LABELS)
def test_trees_are_values(tree: Reward) -> None:
    again = pickle.loads(pickle.dumps(tree))  # noqa: S301  # our own
    assert again == tree
    assert hash(again) == hash(tree)
    assert tree != tree.named("other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        tree.weight = 3.0


def test_sums_and_products_are_flat() -> None:
    total = (X + Y) + 1
    assert total == Sum(terms=(X, Y, Constant(value=1.0)))
    assert len(((X * Y) * HasBox()).factors) == 3
    for twice in (2 * X, X * 2):
        assert twice == Scale(weight=2.0, reward=X)


def test_equal_nodes_are_evaluated_once() -> None:
    evaluated.clear()
    tree = X.when(Given(key="x")) + 2 * Given(key="x") + Tiered(tiers=((X, 1.0),)) * Y
    assert values(tree, (1.0, 1.0)) == [4.0]
    assert sorted(evaluated) == ["x", "y"]


def test_walking_gives_each_node_once_and_children_first() -> None:
    nodes = list((2 * X + X.clip(0, 1) + Y).walk())
    assert len(nodes) == len(set(nodes))
    assert nodes.index(X) < nodes.index(2 * X) < len(nodes) - 1


def test_two_components_of_one_name_are_an_error() -> None:
    with pytest.raises(DuplicateComponentError, match=r"'given'.*\.named\("):
        LocalScorer(X + Y)
    with pytest.raises(DuplicateComponentError, match="'same'"):
        LocalScorer(X.named("same") + Y.named("same"))
    LocalScorer(X + Y.named("other"))
    LocalScorer(X + 2 * Given(key="x"))  # the same component twice is one


def test_every_node_keeps_its_value() -> None:
    tree = 2.0 * X.named("first") + Y.named("second").clip(0, 1)
    scores = LocalScorer(tree).score([Rollout(completion="", metadata={"x": "3", "y": "5"})])
    assert scores.totals.tolist() == [7.0]
    assert {name: value.tolist() for name, value in scores.components.items()} == {
        "first": [3.0],
        "second": [5.0],
    }
    assert scores.nodes["second.clip(0.0, 1.0)"].tolist() == [1.0]
    assert scores.nodes["2.0 * first"].tolist() == [6.0]


def test_breaking_the_contract_is_an_error() -> None:
    rollouts = [Rollout(completion=""), Rollout(completion="")]
    with pytest.raises(RewardError, match=r"shape \(3,\) for 2 rollouts"):
        Broken(values=(1.0, 2.0, 3.0))(rollouts)
    with pytest.raises(RewardError, match="inf for row 1"):
        Broken(values=(1.0, math.inf))(rollouts)


def test_an_empty_batch_has_no_values() -> None:
    tree = ThinkFormat() + NgramRepetition(n=2) + X.when(Y) + Tiered(tiers=((X, 1.0),))
    assert tree([]).shape == (0,)


@pytest.mark.parametrize(
    "make",
    [
        lambda: NAN * X,
        lambda: X + math.inf,
        lambda: X.clip(1, 0),
        lambda: X.clip(0, NAN),
        lambda: X.when(Y, otherwise=NAN),
        lambda: X.named("two words"),
        lambda: X.named(""),
        lambda: Sum(terms=()),
        lambda: Tiered(tiers=()),
        lambda: Tiered(tiers=((X, NAN),)),
        lambda: Switch(key="task", cases=()),
        lambda: Constant(value=True),
    ],
)
def test_parameters_outside_their_domain(make: object) -> None:
    with pytest.raises(InvalidParameterError):
        make()


@pytest.mark.parametrize("other", ["1", None, True, [1.0]])
def test_arithmetic_with_anything_else_is_a_type_error(other: object) -> None:
    for operation in (lambda: X + other, lambda: other + X, lambda: X * other, lambda: other * X):
        with pytest.raises(TypeError):
            operation()


def test_a_name_is_a_component_of_its_own() -> None:
    assert Named(name="mine", reward=X) == X.named("mine")
    assert X.named("mine").children == (X,)
