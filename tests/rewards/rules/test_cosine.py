from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Constant, CosineLength, Rollout
from rewards.errors import InvalidParameterError

RIGHT, WRONG = Constant(value=1.0), Constant(value=0.0)


def rollout(length: int) -> Rollout:
    return Rollout(completion="", completion_ids=[1] * length)


CASES = {
    "right and of no length": (RIGHT, 0, 2.0),
    "right and half way": (RIGHT, 50, 1.5),
    "right at the limit": (RIGHT, 100, -10.0),
    "right beyond": (RIGHT, 101, -10.0),
    "wrong and of no length": (WRONG, 0, -10.0),
    "wrong and half way": (WRONG, 50, -5.0),
    "wrong at the limit": (WRONG, 100, -10.0),
    "worth less than nothing is wrong": (Constant(value=-1.0), 50, -5.0),
}


@pytest.mark.parametrize(("correctness", "length", "value"), CASES.values(), ids=CASES)
def test_cosine_length_has_these_values(correctness: Constant, length: int, value: float) -> None:
    reward = CosineLength(correctness=correctness, max_length=100)
    assert reward([rollout(length)])[0] == pytest.approx(value, abs=1e-12)


@given(st.integers(1, 300), st.integers(0, 299))
def test_cosine_length_is_the_papers_formula(limit: int, length: int) -> None:
    length = min(length, limit - 1)
    for correctness, short, long in ((RIGHT, 2.0, 1.0), (WRONG, -10.0, 0.0)):
        expected = long + 0.5 * (short - long) * (1 + math.cos(length * math.pi / limit))
        (value,) = CosineLength(correctness=correctness, max_length=limit)([rollout(length)])
        assert value == pytest.approx(expected, abs=1e-12)


def test_cosine_length_falls_where_right_and_rises_where_wrong() -> None:
    rollouts = [rollout(length) for length in range(100)]
    right = CosineLength(correctness=RIGHT, max_length=100)(rollouts)
    wrong = CosineLength(correctness=WRONG, max_length=100)(rollouts)
    assert (right[1:] < right[:-1]).all()
    assert (wrong[1:] > wrong[:-1]).all()


def test_cosine_length_caps_right_answers_only() -> None:
    rollouts = [rollout(length) for length in (0, 90, 100)]
    plain = CosineLength(correctness=RIGHT, max_length=100)(rollouts)
    capped = CosineLength(correctness=RIGHT, max_length=100, cap=1.5)(rollouts)
    assert capped.tolist() == [1.5, plain[1], plain[2]]
    high = {"wrong_short": 5.0, "wrong_long": 4.0}
    wrong = CosineLength(correctness=WRONG, max_length=100, cap=1.5, **high)(rollouts[:2])
    assert (wrong > 1.5).all()


def test_cosine_length_follows_the_window() -> None:
    free = CosineLength(correctness=RIGHT)
    assert free.bound(100) == CosineLength(correctness=RIGHT, max_length=100)
    with pytest.raises(InvalidParameterError, match=r"recipe\.bind\(window="):
        free([rollout(3)])


@pytest.mark.parametrize(
    "wrong", [{"right_short": math.nan}, {"exceeded": math.inf}, {"cap": math.nan}, {"max_length": 0}]
)
def test_cosine_length_refuses_parameters_outside_their_domain(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
        CosineLength(correctness=RIGHT, **wrong)
