"""Each alarm on a run that shows its sign, and on one that does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from trainer_adapters.grpo.watch.alarms import ALARMS, REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Callable

NAMED = {alarm.name: alarm for alarm in ALARMS}

HEALTHY: dict[str, Callable[[int], float]] = {
    "reward": lambda step: 0.2 + 0.01 * step,
    "accuracy": lambda step: 0.2 + 0.008 * step,
    "groups/all_right": lambda _: 0.1,
    "groups/all_wrong": lambda _: 0.3,
    "groups/zero_std": lambda _: 0.4,
    "not_judged": lambda _: 0.0,
    "completions/clipped_ratio": lambda _: 0.05,
    "length/mean": lambda step: 400 + step,
    "entropy": lambda step: 0.4 - 0.002 * step,
    "logprob": lambda _: -0.4,
    "gibberish": lambda _: 0.0,
    "repetition": lambda _: 0.02,
    "mixing": lambda _: 0.0,
    "loss": lambda _: 0.01,
    "grad_norm": lambda _: 0.3,
}

SIGNS: dict[str, dict[str, Callable[[int], float]]] = {
    "not_finite": {"grad_norm": lambda step: math.inf if step > 2 else 0.3},
    "all_right": {"groups/all_right": lambda _: 0.7},
    "all_wrong": {"groups/all_wrong": lambda _: 0.9},
    "no_signal": {"groups/zero_std": lambda _: 0.9},
    "reward_trap": {
        "groups/zero_std": lambda _: 0.96,
        "accuracy": lambda _: 0.0,
        "reward": lambda _: 0.1,
    },
    "not_judged": {"not_judged": lambda _: 0.3},
    "truncated": {"completions/clipped_ratio": lambda _: 0.8},
    "length_jump": {"length/mean": lambda step: 400 if step < 40 else 800},
    "reward_before_length": {
        "reward": lambda step: step if step < 20 else 20 - 0.3 * (step - 20),
        "length/mean": lambda step: 400 + step,
    },
    "entropy_collapse": {"entropy": lambda _: 0.01},
    "entropy_explosion": {"entropy": lambda step: 0.4 if step < 20 else 2.0},
    "unlikely": {"logprob": lambda _: -4.0},
    "gibberish": {"gibberish": lambda _: 0.5},
    "repetition": {"repetition": lambda _: 0.6},
    "mixing": {"mixing": lambda _: 0.5},
}


def run(changes: dict[str, Callable[[int], float]], steps: int = 60) -> list[dict[str, float]]:
    of = {**HEALTHY, **changes}
    return [{"step": step, **{name: value(step) for name, value in of.items()}} for step in range(steps)]


def test_every_alarm_is_tried() -> None:
    assert set(SIGNS) == set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_an_alarm_fires_at_its_sign_and_not_without(name: str) -> None:
    assert NAMED[name].fires(run(SIGNS[name]))
    healthy = run({})
    assert not any(NAMED[name].fires(healthy[:end]) for end in range(len(healthy) + 1))


@pytest.mark.parametrize("name", NAMED)
def test_an_alarm_is_quiet_at_the_start_and_where_nothing_is_measured(name: str) -> None:
    assert not NAMED[name].fires([])
    assert not NAMED[name].fires(run(SIGNS[name])[:2])
    assert not NAMED[name].fires([{"step": step, "loss": 0.0} for step in range(60)])


def test_alarm_series_is_broken_by_one_good_step() -> None:
    lines = run(SIGNS["truncated"])
    lines[-3]["completions/clipped_ratio"] = 0.1
    assert not NAMED["truncated"].fires(lines)


def test_alarm_forgets_a_peak_of_long_ago() -> None:
    before = [{**line, "length/mean": 1e6} for line in run({}, 50)]
    since = run(SIGNS["reward_before_length"], REMEMBERED)
    assert NAMED["reward_before_length"].fires(before + since)
    assert not NAMED["reward_before_length"].fires(before + since[:-50])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", sorted(NAMED.keys() - {"not_finite"}))
def test_alarm_takes_no_infinite_number_for_a_sign_but_of_itself(name: str, value: float) -> None:
    healthy = {metric: lambda _: value for metric in HEALTHY}
    assert not NAMED[name].fires(run(healthy))
    lines = run(SIGNS[name])
    lines[30].update(dict.fromkeys(HEALTHY, value))  # long ago: the sign is there all the same
    if name != "length_jump":  # whose sign is at that place
        assert NAMED[name].fires(lines)


def test_alarm_says_what_to_try() -> None:
    assert all(len(alarm.says) > 60 for alarm in ALARMS)


def test_alarms_log_stop_or_are_off_by_default() -> None:
    others = {"not_finite": "stop", "reward_before_length": "off"}
    assert {alarm.name: alarm.action for alarm in ALARMS} == {**dict.fromkeys(NAMED, "log"), **others}
    assert [alarm.name for alarm in ALARMS if alarm.fatal] == ["not_finite"]
