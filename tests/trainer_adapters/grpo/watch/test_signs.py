"""The detectors on simulated runs, as `python -m benchmarks.alarms` counts them, and on series by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.alarms import real
from benchmarks.alarms.logs import HEALTHY, SICK, lines_of
from trainer_adapters.grpo.watch.alarms import ALARMS
from trainer_adapters.grpo.watch.signs import constant_terms, oscillating, peaked, without_gradient

if TYPE_CHECKING:
    from pathlib import Path

NAMED = {alarm.name: alarm for alarm in ALARMS}

FEW = range(20_000, 20_004)
"""Seeds of runs on which nothing was developed, and which the table of the docs does not count."""


@pytest.mark.parametrize("kind", HEALTHY)
def test_signs_are_not_seen_in_healthy_runs(kind: str) -> None:
    for seed in FEW:
        lines = lines_of(HEALTHY[kind], seed, held_out=True)
        fired = {
            alarm.name for alarm in ALARMS for end in range(0, len(lines) + 1, 5) if alarm.fires(lines[:end])
        }
        assert fired == set()


@pytest.mark.parametrize("kind", SICK)
def test_signs_are_seen_in_sick_runs_and_not_before(kind: str) -> None:
    alarm, onset = NAMED[SICK[kind].alarm], SICK[kind].onset
    seen = 0
    for seed in FEW:
        lines = lines_of(SICK[kind].make, seed, held_out=True)
        seen += any(alarm.fires(lines[:end]) for end in range(onset + 1, len(lines) + 1, 2))
        assert not any(alarm.fires(lines[:end]) for end in range(onset))
    assert seen >= len(FEW) - 1


@pytest.mark.slow
@pytest.mark.timeout(600)  # a warm start and a run, each a process
@pytest.mark.parametrize(
    "kind", ["a rate beyond any number", "equal rewards", "the tokenizer has another end"]
)
def test_signs_are_seen_in_real_runs(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    assert real.started(tmp_path, kind, 7)
    assert {*real.SICK[kind].alarms} <= real.alarms_of(tmp_path, kind, 7).keys()
    assert real.sick_table(tmp_path, [kind]).count("| 1 of 1 |") == len(real.SICK[kind].alarms)


@pytest.mark.parametrize(("share", "fires"), [(0.7, True), (0.5, False)])
def test_mean_above_takes_the_share_of_a_small_batch(share: float, *, fires: bool) -> None:
    draw = np.random.default_rng(1)
    shares = draw.binomial(16, share, 10) / 16
    assert (shares < 0.6).any()
    lines = [{"groups/all_right": float(one)} for one in shares]
    assert NAMED["all_right"].fires(lines) is fires
    assert not NAMED["all_right"].fires(lines[1:])  # fewer steps than it looks at


def lengths(values: object) -> list[dict[str, float]]:
    return [{"length/mean": float(one), "reward": 0.5} for one in np.asarray(values)]


STEP = np.arange(300.0)


@pytest.mark.parametrize(
    ("values", "swings"),
    [
        (400 + 100 * np.sin(STEP / 10), True),
        (np.where(STEP // 25 % 2, 500, 400), True),
        (20 + 4 * np.sin(STEP / 10), True),
        (400 + 30 * np.sin(STEP / 10), False),  # 15 % from peak to trough
        (400 + 300 * (STEP > 100) - 350 * (STEP > 200), False),  # two turns at most
        (np.full(300, 400.0), False),
        (np.zeros(300), False),
        (400 + 100 * (-1) ** STEP, False),  # every other step: noise, not a swing
    ],
)
def test_oscillating_wants_three_turns_of_a_fifth(values: object, *, swings: bool) -> None:
    assert oscillating(lengths(values), 0.2, 500) is swings
    assert not oscillating(lengths(values)[:10], 0.2, 500)


def test_peaked_needs_a_length_that_grows() -> None:
    fall = np.concatenate([np.linspace(0.3, 0.8, 100), np.linspace(0.8, 0.5, 200)])
    for growth, found in ((1.0, True), (0.0, False), (-0.5, False)):
        lines = [
            {"reward": reward, "length/mean": 400 + growth * step}
            for step, reward in enumerate(fall.tolist())
        ]
        assert peaked(lines, 0.2, 60) is found


def test_without_gradient_reads_the_loss_where_no_norm_is_logged() -> None:
    assert without_gradient([{"loss": 0.0}] * 5, 0.0, 5)
    assert not without_gradient([{"loss": 0.0, "grad_norm": 0.1}] * 5, 0.0, 5)
    assert not without_gradient([{"loss": 0.0, "step_skipped": 1.0}] * 5, 0.0, 5)
    assert not without_gradient([{"loss": math.nan}] * 5, 0.0, 5)
    assert not without_gradient([{"reward": 0.0}] * 5, 0.0, 5)


def test_constant_terms_are_those_of_all_steps_so_far() -> None:
    idle = {"rewards/box/mean": 0.25, "rewards/box/std": 0.0, "rewards/sum/mean": 0.5, "rewards/sum/std": 0.4}
    assert constant_terms([idle] * 50, 50) == {"box": 0.25}
    assert constant_terms([idle] * 49, 50) == {}
    assert constant_terms([{**idle, "rewards/box/mean": 0.0}] + [idle] * 50, 50) == {}
    assert constant_terms([{**idle, "rewards/box/mean": math.nan}] * 50, 50) == {}
