"""Each alarm on a run that shows its sign, and on one that does not; and its advice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from rewards.rules import KINDS
from trainer_adapters.grpo.schema import TrainConfig
from trainer_adapters.grpo.watch.alarms import ALARMS
from trainer_adapters.grpo.watch.signs import REMEMBERED

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
    "rewards/format/mean": lambda step: 0.2 + 0.001 * step,
    "rewards/format/std": lambda _: 0.1,
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
    "no_gradient": {"grad_norm": lambda _: 0.0},
    "no_eos": {"completions/clipped_ratio": lambda _: 1.0},
    "idle_term": {"rewards/format/std": lambda _: 0.0, "rewards/format/mean": lambda _: 0.0},
    "length_oscillation": {"length/mean": lambda step: 400 + 100 * math.sin(step / 6)},
    "reward_before_length": {
        "reward": lambda step: min(step, 20 - 0.3 * (step - 20)),
        "length/mean": lambda step: 400 + step,
    },
    "entropy_collapse": {"entropy": lambda _: 0.01},
    "entropy_explosion": {"entropy": lambda step: 0.4 if step < 20 else 2.0},
    "unlikely": {"logprob": lambda _: -4.0},
    "gibberish": {"gibberish": lambda _: 0.5},
    "repetition": {"repetition": lambda _: 0.6},
    "mixing": {"mixing": lambda _: 0.5},
}


def run(changes: dict[str, Callable[[int], float]], steps: int = 120) -> list[dict[str, float]]:
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
    assert not NAMED[name].fires([{"step": step, "loss": 0.01} for step in range(60)])


def test_alarm_series_is_broken_by_one_good_step() -> None:
    lines = run(SIGNS["truncated"])
    lines[-3]["completions/clipped_ratio"] = 0.1
    assert not NAMED["truncated"].fires(lines)


def test_alarm_forgets_a_peak_of_long_ago() -> None:
    peak = [{**line, "reward": 5.0, "length/mean": 100.0} for line in run({}, 50)]
    level = [{**line, "reward": 0.5, "length/mean": 400.0} for line in run({}, REMEMBERED)]
    assert NAMED["reward_before_length"].fires(peak + level[:-50])
    assert not NAMED["reward_before_length"].fires(peak + level)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", sorted(NAMED.keys() - {"not_finite"}))
def test_alarm_takes_no_infinite_number_for_a_sign_but_of_itself(name: str, value: float) -> None:
    healthy = {metric: lambda _: value for metric in HEALTHY}
    assert not NAMED[name].fires(run(healthy))
    lines = run(SIGNS[name])
    lines[30].update(dict.fromkeys(HEALTHY, value))  # long ago: the sign is there all the same
    if name != "idle_term":  # whose sign is that nothing else was ever there
        assert NAMED[name].fires(lines)


def config(**changes: Any) -> TrainConfig:
    given = {"model": {"path": "m"}, "data": {"path": "d"}, "reward": {"recipe": "r1-zero"}}
    return TrainConfig.model_validate({**given, "checkpoints": {"output_dir": "o"}, **changes})


@pytest.mark.parametrize("name", NAMED)
def test_alarm_advises_something_to_every_run(name: str) -> None:
    everything = config(
        techniques={"dynamic_sampling": {}, "clip_cov": {}},
        algorithm={"epsilon_high": 0.28, "mask_truncated_completions": True, "beta": 0.01},
    )
    rewards = {"ngram_repetition", "language_mixing", "soft_overlong", "cosine_length", "logprob_modulation"}
    for given, having in ((config(), set()), (everything, rewards)):
        said = NAMED[name].explained(run(SIGNS[name]), given, having)
        assert said.startswith(NAMED[name].says)
        assert any(one.says in said for one in NAMED[name].advice)


@pytest.mark.parametrize(
    ("name", "advised", "changes", "rewards"),
    [
        ("no_signal", "dynamic_sampling replaces", {"techniques": {"dynamic_sampling": {}}}, set()),
        ("all_right", "Turn on dynamic_sampling", {"techniques": {"dynamic_sampling": {}}}, set()),
        ("entropy_collapse", "Raise epsilon_high", {"algorithm": {"epsilon_high": 0.28}}, set()),
        ("entropy_explosion", "Add a KL term", {"algorithm": {"beta": 0.01}}, set()),
        ("repetition", "Add ngram_repetition", {}, {"ngram_repetition"}),
        ("truncated", "Add soft_overlong", {}, {"soft_overlong"}),
    ],
)
def test_alarm_advises_nothing_that_is_on(
    name: str, advised: str, changes: dict[str, Any], rewards: set[str]
) -> None:
    lines = run(SIGNS[name])
    assert advised in NAMED[name].explained(lines, config())
    assert advised not in NAMED[name].explained(lines, config(**changes), rewards)


def test_alarm_advice_names_settings_that_exist() -> None:
    rewards = set(KINDS)
    for advice in (one for alarm in ALARMS for one in alarm.advice):
        for setting in filter(None, (advice.unless, advice.only_if)):
            assert setting.removeprefix("reward ") in rewards or not setting.startswith("reward ")
        advice.fits(config(), ())  # AttributeError of a setting that does not exist


@pytest.mark.parametrize(
    ("signs", "cause"),
    [
        ({"groups/zero_std": lambda _: 1.0}, "all rewards of each group are equal"),
        ({"entropy": lambda _: math.nan}, "every completion is masked"),
        ({"clip_ratio/region_mean": lambda _: 1.0}, "every token is clipped"),
        ({}, "not in the log"),
    ],
)
def test_alarm_tells_the_cause_of_no_gradient(signs: dict[str, Callable[[int], float]], cause: str) -> None:
    lines = run({"grad_norm": lambda _: 0.0, **signs})
    assert cause in NAMED["no_gradient"].explained(lines, config())


def test_alarm_names_the_idle_term() -> None:
    assert "format 0." in NAMED["idle_term"].explained(run(SIGNS["idle_term"]), config())


def test_alarms_log_but_for_the_fatal_one() -> None:
    assert {alarm.name: alarm.action for alarm in ALARMS} == {
        **dict.fromkeys(NAMED, "log"),
        "not_finite": "stop",
    }
    assert [alarm.name for alarm in ALARMS if alarm.fatal] == ["not_finite"]
