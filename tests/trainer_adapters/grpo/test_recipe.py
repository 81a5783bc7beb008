"""The windows of a run, of all its stages, against the lengths that its recipes name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from rewards import LocalScorer, Rollout
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import read_config
from trainer_adapters.grpo.recipe import TrainedRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping


def recipe_of(**changes: Mapping[str, Any]) -> TrainedRecipe:
    given: dict[str, Any] = {
        "model": {"path": "m"},
        "data": {"path": "d.jsonl"},
        "checkpoints": {"output_dir": "o"},
        **changes,
    }
    return TrainedRecipe(read_config(given))


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("preset", ["dapo", "light-r1"])
def test_presets_agree_with_their_recipes(preset: str, caplog: pytest.LogCaptureFixture) -> None:
    recipe_of(preset=preset)  # type: ignore[arg-type]
    assert lines(caplog) == []


def test_right_answers_pay_to_the_end_of_the_window_of_the_preset(caplog: pytest.LogCaptureFixture) -> None:
    tree = recipe_of(preset="light-r1").scorers[0].tree  # type: ignore[arg-type]
    assert tree is not None
    rollouts = [
        Rollout(completion=r"\boxed{4}", ground_truth="4", completion_ids=[1] * tokens)
        for tokens in (16_384, 20_000, 23_999)
    ]
    assert LocalScorer(tree).score(rollouts).totals.min() >= 1.0
    assert lines(caplog) == []


def test_another_window_than_the_recipes_is_told_at_set_up(caplog: pytest.LogCaptureFixture) -> None:
    recipe_of(preset="dapo", generation={"max_completion_length": 8192})  # type: ignore[arg-type]
    (line,) = lines(caplog)
    assert line.startswith(
        "recipe dapo@1: overlong (soft_overlong): max_length 20480 with cache 4096 punishes"
    )
    assert line.endswith("write max_length: 8192, or leave it out, and it is bound to the window")


def test_window_of_every_stage_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    stages = [
        {"from_step": 0, "max_completion_length": 8_192},
        {"from_step": 9, "max_completion_length": 20_480},
        {"from_step": 19, "max_completion_length": 32_768},
    ]
    recipe_of(preset="dapo", techniques={"length_stages": stages})  # type: ignore[arg-type]
    first, last = lines(caplog)
    assert "the window ends at 8192" in first
    assert "the window's 32768 tokens alike" in last


def test_a_server_is_asked_within_the_window_that_it_knows() -> None:
    server = {"recipe": "light-r1", "server": ["127.0.0.1:1"]}
    assert recipe_of(preset="light-r1", reward=server).scorers[0].tree is not None  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"reward\.recipe: .*here 4096 tokens.*a window of 24000 tokens"):
        recipe_of(reward=server, generation={"max_completion_length": 4096})
