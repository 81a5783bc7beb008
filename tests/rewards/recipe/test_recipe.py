"""Recipes: what makes one, its digest, the trainer's window, and the environment."""

from __future__ import annotations

import dataclasses
import math
import pickle
from typing import TYPE_CHECKING

import pytest
from fresh_python import run_python
from hypothesis import given
from hypothesis import strategies as st

from rewards import (
    BoxedCorrectness,
    Constant,
    CosineLength,
    Evaluation,
    GroupReward,
    HasBox,
    LocalScorer,
    LogprobModulation,
    Named,
    Ramp,
    Recipe,
    Reward,
    Rollout,
    Scale,
    SoftOverlong,
    Sum,
    Switch,
    ThinkFormat,
    Tiered,
)
from rewards.errors import DuplicateComponentError, InvalidParameterError, RecipeError, UnknownRecipeError
from rewards.recipe.environment import environment_digest
from rewards.recipe.file import dumps, loads

if TYPE_CHECKING:
    from pathlib import Path

    from rewards import Batch, Context


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distinct(GroupReward):
    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([1.0] * len(batch))


def test_a_recipe_is_itself() -> None:
    recipe = Recipe(name="mine", reward=HasBox(), version=3)
    assert Recipe.of(recipe) is recipe
    assert recipe.title == "mine@3"


def test_a_bare_reward_is_a_custom_recipe() -> None:
    assert Recipe.of(HasBox()) == Recipe(name="custom", reward=HasBox(), version=1)


def test_a_name_a_path_and_a_string_path_load(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nreward: {has_box: {}}\n")
    mine = Recipe(name="mine", reward=HasBox())
    assert Recipe.of(file) == Recipe.of(str(file)) == Recipe.load(file) == mine
    assert Recipe.of("r1-zero").title == "r1-zero@1"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a@b", "-a", "a" * 101, None, 1, "é"])
def test_recipe_name_is_plain(name: object) -> None:
    with pytest.raises(InvalidParameterError, match="a recipe is named"):
        Recipe(name=name, reward=HasBox())  # type: ignore[arg-type]


@pytest.mark.parametrize("version", [0, -1, True, 1.0, "1", None, 2**31])
def test_recipe_version_counts_from_one(version: object) -> None:
    with pytest.raises(InvalidParameterError, match="version is"):
        Recipe(name="a", reward=HasBox(), version=version)  # type: ignore[arg-type]


@pytest.mark.parametrize("reward", [None, 1.0, HasBox, "has_box"])
def test_a_recipe_has_a_reward(reward: object) -> None:
    with pytest.raises(InvalidParameterError, match="a recipe's reward is of type"):
        Recipe(name="a", reward=reward)  # type: ignore[arg-type]


def test_a_description_is_text_and_no_part_of_the_recipe() -> None:
    with pytest.raises(InvalidParameterError, match="description"):
        Recipe(name="a", reward=HasBox(), description=None)  # type: ignore[arg-type]
    assert Recipe(name="a", reward=HasBox(), description="x") == Recipe(name="a", reward=HasBox())


def test_recipe_of_an_unknown_name_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownRecipeError, match="did you mean 'r1-zero'"):
        Recipe.of("r1-zeor")


def test_recipe_with_two_components_of_one_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("name: x\nreward:\n  sum:\n  - {has_box: {}, name: a}\n  - {think_format: {}, name: a}\n")
    with pytest.raises(DuplicateComponentError, match="'a'"):
        LocalScorer(file)


def test_digest_is_one_for_one_meaning() -> None:
    meanings = [
        SoftOverlong(),
        SoftOverlong(cache=4096),
        SoftOverlong(max_length=None, cache=4096),
        pickle.loads(pickle.dumps(SoftOverlong())),  # noqa: S301  # our own bytes
    ]
    assert len({Recipe.of(reward).digest for reward in meanings}) == 1
    assert Recipe.of(LogprobModulation(reward=HasBox(), temperature=1)).digest == (
        Recipe.of(LogprobModulation(reward=HasBox(), temperature=1.0)).digest
    )


def test_a_name_or_version_is_no_part_of_the_digest() -> None:
    assert Recipe(name="a", reward=HasBox()).digest == Recipe(name="b", reward=HasBox(), version=2).digest


DIFFERENT = {
    "bare": HasBox(),
    "parameter": HasBox(inside_think=True),
    "kind": ThinkFormat(),
    "name": HasBox().named("a"),
    "other name": HasBox().named("b"),
    "weight": 2.0 * HasBox(),
    "one ulp more": Scale(weight=math.nextafter(2.0, 3.0), reward=HasBox()),
    "sum": HasBox() + ThinkFormat(),
    "order": ThinkFormat() + HasBox(),
    "grouping": Sum(terms=(Sum(terms=(HasBox(), ThinkFormat())), ThinkFormat())),
    "other grouping": Sum(terms=(HasBox(), Sum(terms=(ThinkFormat(), ThinkFormat())))),
    "product": HasBox() * ThinkFormat(),
    "gate": HasBox().when(ThinkFormat()),
    "otherwise": HasBox().when(ThinkFormat(), otherwise=-1),
    "tiers": Tiered(tiers=((HasBox(), 1.0),)),
    "case": Switch(key="k", cases=(("a", HasBox()),)),
    "other case": Switch(key="k", cases=(("b", HasBox()),)),
    "text": BoxedCorrectness(introductions=("A:",)),
    "other text": BoxedCorrectness(introductions=("a:",)),
    "two texts": BoxedCorrectness(introductions=("A", ":")),
}


def test_digest_differs_where_meaning_differs() -> None:
    digests = {name: Recipe.of(reward).digest for name, reward in DIFFERENT.items()}
    assert len(set(digests.values())) == len(DIFFERENT)


def test_a_digest_is_the_same_in_every_process() -> None:
    program = "from rewards import Recipe; print(Recipe.of('r1-gated').digest)"
    assert {run_python(program, PYTHONHASHSEED=seed) for seed in "01"} == {Recipe.of("r1-gated").digest}


def test_a_digest_is_worked_out_anew_after_pickling() -> None:
    recipe = Recipe.of(HasBox())
    assert recipe.digest
    again = pickle.loads(pickle.dumps(recipe))  # noqa: S301  # our own bytes
    assert again == recipe
    assert "digest" in vars(recipe)
    assert "digest" not in vars(again)


def test_required_fields_are_those_of_all_nodes() -> None:
    tree = BoxedCorrectness() + LogprobModulation(reward=HasBox()) + SoftOverlong(max_length=9, cache=1)
    assert Recipe.of(tree).required_fields == {"ground_truth", "logprobs", "tokens"}
    assert Recipe.of(HasBox()).required_fields == frozenset()


def test_one_group_reward_makes_a_group_recipe() -> None:
    assert Recipe.of(HasBox() + ThinkFormat()).scope == "row"
    assert Recipe.of(2.0 * (HasBox() + Distinct(group_size=4))).scope == "group"


def test_bind_reaches_every_node_that_can_be_bound() -> None:
    def tree(window: int | None) -> Reward:
        length = CosineLength(correctness=HasBox(), max_length=window)
        overlong = SoftOverlong(max_length=window, cache=10).named("overlong")
        return Tiered(tiers=((length.clip(0, 1), 1.0),)) + 2.0 * overlong + HasBox()

    recipe = Recipe(name="mine", reward=tree(None), version=2)
    bound = recipe.bind(window=100)
    assert bound.reward == tree(100)
    assert bound.title == "mine@2"
    assert bound.digest != recipe.digest
    assert bound.digest == Recipe.of(tree(100)).digest


def test_bind_changes_nothing_that_has_a_length_of_its_own() -> None:
    recipe = Recipe.of("dapo")
    assert recipe.bind(window=100) == recipe


def test_a_bound_recipe_follows_the_window() -> None:
    recipe = Recipe.of(SoftOverlong(cache=10))
    rollout = Rollout(completion="", completion_ids=[1] * 45)
    totals = [
        float(LocalScorer(recipe.bind(window=window)).score([rollout]).totals[0]) for window in (50, 60)
    ]
    assert totals == [-0.5, 0.0]


@pytest.mark.parametrize("window", [0, -1, True, 10.0, "10", None])
def test_bind_takes_a_number_of_tokens(window: object) -> None:
    with pytest.raises(InvalidParameterError, match="window is"):
        Recipe.of(HasBox()).bind(window=window)  # type: ignore[arg-type]


def test_bind_refuses_a_window_that_a_reward_cannot_work_with() -> None:
    with pytest.raises(InvalidParameterError, match="cache is 4096"):
        Recipe.of(Named(name="a", reward=SoftOverlong())).bind(window=100)


def test_scores_carry_both_digests() -> None:
    recipe = Recipe.of(Constant(value=1.0))
    scores = LocalScorer(recipe).score([Rollout(completion="")])
    assert (scores.recipe_digest, scores.environment_digest) == (recipe.digest, environment_digest())


RAMP = Ramp(start=0.0, end=1.0, steps=(0, 200), reward=ThinkFormat().named("format"))

weights, steps = st.floats(-1e6, 1e6), st.integers(0, 2**40)


@given(start=weights, end=weights, ends=st.tuples(steps, steps).map(sorted), step=steps)
def test_recipe_of_a_step_is_plain_and_reads_back(
    start: float, end: float, ends: list[int], step: int
) -> None:
    ramp = Ramp(start=start, end=end, steps=(ends[0], ends[1]), reward=HasBox())
    recipe = Recipe(name="ramped", reward=BoxedCorrectness() + ramp.named("box").clip(-1, 1) + 2 * ramp)
    assert loads(dumps(recipe)) == recipe
    assert loads(dumps(recipe)).digest == recipe.digest
    at = recipe.at_step(step)
    assert not at.is_scheduled
    assert at.at_step(step + 1) == at
    assert at.digest == loads(dumps(recipe)).at_step(step).digest
    assert min(start, end) <= ramp.weight(step) <= max(start, end)
    assert recipe.at_step(0).digest == recipe.at_step(ends[0]).digest or ends[0] == ends[1]
    assert recipe.at_step(ends[1]).digest == recipe.at_step(2**41).digest


def test_recipe_whose_weights_change_scores_at_a_step_only() -> None:
    recipe = Recipe(name="ramped", reward=HasBox() + RAMP)
    rollout = Rollout(completion=r"<think>a</think>\boxed{4}")
    assert [LocalScorer(recipe.at_step(n)).score([rollout]).totals[0] for n in (0, 50, 300)] == [
        1.0,
        1.25,
        2.0,
    ]
    assert len({recipe.digest, *(recipe.at_step(n).digest for n in (0, 50, 300))}) == 4
    with pytest.raises(InvalidParameterError, match=r"ramped@1 .* recipe\.at_step\(n\)"):
        LocalScorer(recipe)


@pytest.mark.parametrize("step", [-1, 1.0, True, None])
def test_at_step_takes_a_number_of_steps(step: int) -> None:
    with pytest.raises(InvalidParameterError, match="step is"):
        Recipe(name="ramped", reward=RAMP).at_step(step)


def test_window_and_step_are_bound_in_either_order() -> None:
    recipe = Recipe(name="both", reward=Ramp(start=0, end=1, steps=(0, 4), reward=SoftOverlong(cache=2)))
    assert recipe.bind(window=9).at_step(1) == recipe.at_step(1).bind(window=9)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ("{from: 0, to: 1}", r"reward\.weight\.steps: missing"),
        ("{from: 0, to: 1, steps: [3]}", r"reward\.weight: .*steps"),
        ("{from: 0, to: 1, steps: [3, 1]}", r"reward\.weight: steps is \[3, 1\]"),
        ("{from: 0, to: 1, steps: [0, 1.5]}", r"reward\.weight\.steps\[1\]"),
        ("{from: 0, to: .inf, steps: [0, 1]}", r"reward\.weight: .*end"),
        ("{from: 0, until: 1, steps: [0, 1]}", r"reward\.weight\.until: no parameter"),
        ("[0, 1]", r"weight"),
    ],
)
def test_weight_that_is_no_schedule_is_told_by_its_path(weight: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        loads(f"name: wrong\nreward: {{has_box: {{}}, weight: {weight}}}\n")
