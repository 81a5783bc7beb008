"""The window that length rewards are measured against: the trainer's, the recipe's own, or none that fits."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from rewards import BoxedCorrectness, CosineLength, Evaluation, LocalScorer, Recipe, Rollout, SoftOverlong
from rewards.errors import InvalidParameterError, RecipeError
from rewards.recipe.file import dumps, loads
from rewards.rules.window import WindowReward, is_bound, misfits

FREE = "name: free\nwindow: 100\nreward: {cosine_length: {correctness: {has_box: {}}, wrong_short: -1.0}}\n"


def rollout(tokens: int, answer: str = "4") -> Rollout:
    return Rollout(
        completion=rf"\boxed{{{answer}}}", ground_truth="4", completion_ids=np.ones(tokens, dtype=np.int32)
    )


def test_a_recipe_is_scored_within_its_own_window_where_nobody_binds_it() -> None:
    recipe = loads(FREE)
    assert recipe.window == 100
    assert not is_bound(recipe.reward)
    bound = recipe.bind(window=100)
    assert recipe.digest == bound.digest == LocalScorer(recipe).recipe.digest
    assert recipe.digest != recipe.bind(window=50).digest
    lengths = [rollout(n) for n in (10, 60, 99, 100)]
    assert LocalScorer(recipe).score(lengths).totals.tolist() == bound.reward(lengths).tolist()
    assert LocalScorer(recipe.bind(window=50)).score(lengths).totals.tolist()[1:] == [-10.0, -10.0, -10.0]


def test_a_window_is_written_and_read_again() -> None:
    assert loads(dumps(loads(FREE))) == loads(FREE)
    assert "window" not in dumps(loads(FREE).bind(window=7))
    assert "window" not in dumps(Recipe.load("dapo"))


@pytest.mark.parametrize("window", ["0", "-1", "1.5", "true", "'100'"])
def test_a_window_that_is_none(window: str) -> None:
    with pytest.raises(RecipeError, match="window"):
        loads(FREE.replace("100", window))


def test_a_reward_with_a_limit_of_its_own_keeps_it() -> None:
    recipe = Recipe(name="mine", reward=SoftOverlong(max_length=40, cache=10), window=100)
    assert recipe.digest == Recipe.of(SoftOverlong(max_length=40, cache=10)).digest


def test_right_answers_pay_up_to_the_end_of_the_window_by_light_r1() -> None:
    lengths = (8_000, 16_383, 16_384, 20_000, 23_999)
    right, wrong = [rollout(n) for n in lengths], [rollout(n, "5") for n in lengths]
    for recipe in (Recipe.load("light-r1"), Recipe.load("light-r1").bind(window=24_000)):
        scorer = LocalScorer(recipe)
        assert scorer.score(right).totals.min() >= 1.0
        assert scorer.score(wrong).totals.max() <= 0.0
    within = LocalScorer(Recipe.load("light-r1").bind(window=4096))
    assert within.score([rollout(4095), rollout(4096)]).totals.tolist() == pytest.approx(
        [1.0, -10.0], abs=1e-3
    )


def test_window_of_the_first_version_of_light_r1_has_not_changed() -> None:
    assert Recipe.load("light-r1").title == "light-r1@2"
    first = Recipe.load("light-r1@1")
    assert first.title == "light-r1@1"
    assert LocalScorer(first).score([rollout(16_384)]).totals.tolist() == [-10.0]


OVERLONG = SoftOverlong(max_length=20_480, cache=4_096).named("overlong")
COSINE = CosineLength(correctness=BoxedCorrectness(), max_length=16_384).named("length")


@pytest.mark.parametrize(
    ("reward", "window", "said"),
    [
        (OVERLONG, 8_192, "overlong (soft_overlong): max_length 20480 with cache 4096 .* it is always 0"),
        (OVERLONG, 16_384, "it is always 0"),
        (OVERLONG, 16_896, "at the window's end, 16896, by 0.12 instead of 1"),
        (OVERLONG, 24_000, "20480 to the window's 24000 tokens alike, by 1"),
        (COSINE, 4_096, "length (cosine_length): .* a wrong one -8.54 "),
        (COSINE, 24_000, "right answers of 16384 to 24000 tokens are worth -10"),
        (2.0 * OVERLONG.reward + COSINE.when(COSINE), 24_000, "cosine_length"),
    ],
)
def test_a_window_that_does_not_fit_is_told_in_the_rewards_numbers(
    reward: object, window: int, said: str
) -> None:
    lines = misfits(reward, window)  # type: ignore[arg-type]
    pattern = ".*".join(re.escape(part) for part in said.split(".*"))
    assert any(re.search(pattern, line) for line in lines)
    assert all(f"write max_length: {window}, or leave it out" in line for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_window_that_fits_is_no_news() -> None:
    assert misfits(OVERLONG, 20_480) == misfits(COSINE, 16_384) == []
    assert misfits(Recipe.load("light-r1").bind(window=4_096).reward, 4_096) == []
    assert misfits(Recipe.load("r1-zero").reward, 100) == []


@dataclasses.dataclass(frozen=True, kw_only=True)
class Own(WindowReward):
    """A reward of one's own, that says nothing of windows itself."""

    def evaluate(self, batch: object, context: object) -> Evaluation:  # noqa: ARG002
        return Evaluation([0.0] * len(batch))  # type: ignore[arg-type]


@pytest.mark.parametrize("window", [50, 200])
def test_rewards_of_ones_own_are_checked_too(window: int) -> None:
    (line,) = misfits(1.0 + Own(max_length=100), window)
    assert line.startswith(f"own: max_length is 100, and within a window of {window} tokens ")


def test_without_any_window_the_error_says_where_to_write_one() -> None:
    recipe = loads(FREE.replace("window: 100\n", ""))
    with pytest.raises(InvalidParameterError, match=r"give it a max_length.*`window:`"):
        LocalScorer(recipe).score([rollout(3)])
