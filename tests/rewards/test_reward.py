"""Rewards as values: arithmetic on them, their trees, and the contract that each keeps."""

from __future__ import annotations

import dataclasses
import math
import pickle
from typing import TYPE_CHECKING

import pytest
from given_values import LABELS, NAN, X, Y, same, values
from hypothesis import given
from hypothesis import strategies as st

from rewards import (
    Constant,
    Context,
    Evaluation,
    HasBox,
    Named,
    Reward,
    Rollout,
    Scale,
    Sum,
    Switch,
    Tiered,
)
from rewards.errors import InvalidParameterError, RewardError

if TYPE_CHECKING:
    from rewards import Batch


@dataclasses.dataclass(frozen=True, kw_only=True)
class Broken(Reward):
    """Breaks the contract on purpose."""

    values: tuple[float, ...]

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation(self.values)


numbers = st.floats(-10, 10) | st.just(NAN)


pairs = st.lists(st.tuples(numbers, numbers), max_size=8)


@given(pairs)
def test_reward_arithmetic_computes_what_it_says_and_passes_nan_on(rows: list[tuple[float, float]]) -> None:
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


def test_scale_by_zero_does_not_hide_nan() -> None:
    assert math.isnan(values(0.0 * X, (NAN, 0.0))[0])
    assert math.isnan(values(X.when(Y), (NAN, 0.0))[0])


@pytest.mark.parametrize("tree", LABELS.values(), ids=LABELS)
def test_reward_trees_are_values(tree: Reward) -> None:
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


def test_walk_gives_each_node_once_and_children_first() -> None:
    nodes = list((2 * X + X.clip(0, 1) + Y).walk())
    assert len(nodes) == len(set(nodes))
    assert nodes.index(X) < nodes.index(2 * X) < len(nodes) - 1


def test_reward_that_breaks_the_contract_is_an_error() -> None:
    rollouts = [Rollout(completion=""), Rollout(completion="")]
    with pytest.raises(RewardError, match=r"shape \(3,\) for 2 rollouts"):
        Broken(values=(1.0, 2.0, 3.0))(rollouts)
    with pytest.raises(RewardError, match="inf for row 1"):
        Broken(values=(1.0, math.inf))(rollouts)


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
def test_reward_arithmetic_refuses_numbers_outside_their_domain(make: object) -> None:
    with pytest.raises(InvalidParameterError):
        make()


@pytest.mark.parametrize("other", ["1", None, True, [1.0]])
def test_reward_arithmetic_with_anything_else_is_a_type_error(other: object) -> None:
    for operation in (lambda: X + other, lambda: other + X, lambda: X * other, lambda: other * X):
        with pytest.raises(TypeError):
            operation()


def test_named_reward_is_a_component_of_its_own() -> None:
    assert Named(name="mine", reward=X) == X.named("mine")
    assert X.named("mine").children == (X,)
