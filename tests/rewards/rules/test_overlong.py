from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Recipe, Rollout, SoftOverlong
from rewards.errors import InvalidParameterError, MissingFieldError


def rollout(length: int) -> Rollout:
    return Rollout(completion="", completion_ids=[1] * length)


CASES = {
    "empty": (0, 0.0),
    "the last free token": (6, 0.0),
    "one token into the cache": (7, -0.25),
    "one token to go": (9, -0.75),
    "the whole window": (10, -1.0),
    "beyond": (11, -1.0),
    "far beyond": (1000, -1.0),
}


@pytest.mark.parametrize(("length", "value"), CASES.values(), ids=CASES)
def test_soft_overlong_is_zero_below_then_falls_then_minus_one(length: int, value: float) -> None:
    assert SoftOverlong(max_length=10, cache=4)([rollout(length)]).tolist() == [value]


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 200))
def test_soft_overlong_is_equation_13(cache: int, free: int, length: int) -> None:
    (value,) = SoftOverlong(max_length=free + cache, cache=cache)([rollout(length)])
    expected = 0 if length <= free else -1 if length > free + cache else Fraction(free - length, cache)
    assert value == float(expected)
    assert str(value) != "-0.0"


def test_soft_overlong_reads_the_length_from_any_token_field() -> None:
    reward = SoftOverlong(max_length=2, cache=2)
    assert reward([Rollout(completion="", logprobs=[-1.0])]).tolist() == [-0.5]
    assert reward([Rollout(completion="", completion_mask=[True])]).tolist() == [-0.5]


def test_soft_overlong_without_tokens_names_the_fix() -> None:
    with pytest.raises(MissingFieldError, match=r"soft_overlong needs tokens.*completion_ids"):
        SoftOverlong(max_length=10, cache=4)([Rollout(completion="long")])


def test_soft_overlong_unbound_names_the_fix() -> None:
    with pytest.raises(InvalidParameterError, match=r"recipe\.bind\(window="):
        SoftOverlong(cache=4)([rollout(3)])


def test_soft_overlong_follows_the_window_unless_it_has_one() -> None:
    free, own = SoftOverlong(cache=4), SoftOverlong(max_length=10, cache=4)
    assert free.bound(10) == own
    assert own.bound(100) == own
    recipe = Recipe(name="length", reward=2.0 * free)
    assert recipe.bind(window=10).reward == 2.0 * own
    assert recipe.bind(window=20).reward([rollout(10)]).tolist() == [0.0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cache": 0},
        {"cache": -1},
        {"cache": 2.5},
        {"cache": True},
        {"max_length": 0},
        {"max_length": -5},
        {"max_length": "10"},
        {"max_length": 4095},
    ],
)
def test_soft_overlong_refuses_parameters_outside_their_domain(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError, match="soft_overlong"):
        SoftOverlong(**wrong)


def test_soft_overlong_refuses_a_window_smaller_than_the_cache() -> None:
    with pytest.raises(InvalidParameterError, match="cache is 4"):
        SoftOverlong(cache=4).bound(3)
