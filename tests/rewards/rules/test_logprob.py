from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import Constant, Context, LogprobModulation, Rollout
from rewards.errors import InvalidParameterError, MissingFieldError
from rewards.rollout import Batch


def value(reward: float, logprobs: list[float], **options: object) -> float:
    mask = options.pop("mask", None)
    node = LogprobModulation(reward=Constant(value=reward), **options)
    return float(node([Rollout(completion="", logprobs=logprobs, completion_mask=mask)])[0])


def test_logprob_modulation_shrinks_gains_and_leaves_penalties() -> None:
    assert value(2.0, [-1.0, -3.0]) == pytest.approx(2 * math.exp(-2))
    assert value(-2.0, [-1.0, -3.0]) == -2.0
    assert value(0.0, [-1.0]) == 0.0


def test_logprob_modulation_is_gentler_at_a_higher_temperature() -> None:
    assert value(1.0, [-1.0], temperature=2.0) == pytest.approx(math.exp(-0.5))
    assert value(1.0, [-1.0], temperature=0.5) == pytest.approx(math.exp(-2))


def test_logprob_modulation_by_the_arithmetic_mean() -> None:
    logprobs = [math.log(0.5), math.log(0.1)]
    assert value(1.0, logprobs, mean="arithmetic") == pytest.approx(0.3)
    assert value(1.0, logprobs, mean="arithmetic", temperature=2.0) == pytest.approx(math.sqrt(0.3))


def test_logprob_modulation_counts_only_what_the_policy_wrote() -> None:
    assert value(1.0, [-1.0, -50.0], mask=[True, False]) == pytest.approx(math.exp(-1))


@pytest.mark.parametrize("mean", ["log", "arithmetic"])
def test_logprob_modulation_of_no_token_is_not_judged(mean: str) -> None:
    assert math.isnan(value(1.0, [], mean=mean))
    assert math.isnan(value(-1.0, [], mean=mean))
    assert math.isnan(value(1.0, [-1.0], mask=[False], mean=mean))


def test_logprob_modulation_of_an_impossible_token() -> None:
    assert value(1.0, [-math.inf, -1.0]) == 0.0
    assert value(-1.0, [-math.inf, -1.0]) == -1.0
    assert value(1.0, [-math.inf, 0.0], mean="arithmetic") == 0.5


@pytest.mark.parametrize("mean", ["log", "arithmetic"])
@pytest.mark.parametrize("temperature", [5e-324, 1e-300, 1e300])
def test_logprob_modulation_stays_between_0_and_1_at_extreme_temperatures(
    mean: str, temperature: float
) -> None:
    for logprobs in ([0.0], [1e-4], [-1.0], [-1e30]):
        assert 0.0 <= value(1.0, logprobs, mean=mean, temperature=temperature) <= 1.0


@given(st.lists(st.floats(-100, 0, width=32), min_size=1, max_size=50), st.floats(0.1, 10), st.floats(-3, 3))
def test_logprob_modulation_is_its_formula(logprobs: list[float], temperature: float, reward: float) -> None:
    m = math.exp(sum(logprobs) / len(logprobs) / temperature)
    expected = max(reward, 0.0) * m + min(reward, 0.0)
    assert value(reward, logprobs, temperature=temperature) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_logprob_modulation_gives_the_modulation_as_a_part() -> None:
    node = LogprobModulation(reward=Constant(value=3.0))
    batch = Batch([Rollout(completion="", logprobs=[-1.0]), Rollout(completion="", logprobs=[])])
    part = np.asarray(Context().evaluate(node, batch).parts["modulation"])
    assert part[0] == pytest.approx(math.exp(-1))
    assert np.isnan(part[1])


@pytest.mark.parametrize("temperature", [0, 0.0, -1.0, math.inf, math.nan, True, "1"])
def test_logprob_modulation_refuses_a_temperature_outside_its_domain(temperature: object) -> None:
    with pytest.raises(InvalidParameterError, match="temperature"):
        LogprobModulation(reward=Constant(value=1.0), temperature=temperature)


def test_logprob_modulation_refuses_an_unknown_mean() -> None:
    with pytest.raises(InvalidParameterError, match="mean"):
        LogprobModulation(reward=Constant(value=1.0), mean="median")


def test_logprob_modulation_without_logprobs_names_the_fix() -> None:
    node = LogprobModulation(reward=Constant(value=1.0))
    with pytest.raises(MissingFieldError, match=r"logprob_modulation needs logprobs.*under the policy"):
        node([Rollout(completion="", completion_ids=[1])])
