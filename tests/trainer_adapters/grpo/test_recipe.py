"""The windows of a run, of all its stages, against the lengths that its recipes name."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from rewards import LocalScorer, Recipe, Rollout
from rewards.errors import ServerUnavailableError
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import read_config
from trainer_adapters.grpo.recipe import TrainedRecipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


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


def test_a_server_is_asked_within_the_window_that_it_knows(address: str) -> None:
    server = {"recipe": "light-r1", "server": [address]}
    assert recipe_of(preset="light-r1", reward=server).scorers[0].tree is not None  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"reward\.recipe: .*here 4096 tokens.*a window of 24000 tokens"):
        recipe_of(reward=server, generation={"max_completion_length": 4096})


DEAD = {"recipe": "boxed", "server": ["127.0.0.1:1"], "patience": 0.2}


def test_a_server_that_is_not_there_ends_the_set_up(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ServerUnavailableError, match=r"cannot reach 127\.0\.0\.1:1: .*refused"):
        recipe_of(reward=DEAD)
    (line,) = lines(caplog)
    assert line.startswith("cannot reach 127.0.0.1:1: ")
    assert line.endswith("waiting up to 0.2 s, 0 s so far")


def test_a_server_that_is_not_there_is_told_and_marked(caplog: pytest.LogCaptureFixture) -> None:
    recipe_of(reward={**DEAD, "on_failure": "mark"})
    assert [line.partition(": ")[0] for line in lines(caplog)] == ["cannot reach 127.0.0.1:1"]


def test_a_server_without_the_recipe_or_with_another_ends_the_set_up(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    other = tmp_path / "boxed.yaml"
    other.write_text("name: boxed\nreward: {has_box: {}}\n", "utf-8")
    for served, message in (
        ("r1-zero", r"reward\.recipe: .*boxed"),
        (str(other), r"reward\.recipe: .*digest"),
    ):
        with pytest.raises(ConfigError, match=message):
            recipe_of(reward={"recipe": "boxed", "server": [serve_here(served)]})


def test_a_server_is_asked_before_a_model_is_loaded(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "model: {path: no-such-model}\ndata: {path: no-such-file.jsonl}\n"
        "reward: {recipe: boxed, server: ['127.0.0.1:1'], patience: 0.2}\n"
        f"checkpoints: {{output_dir: {tmp_path}/out}}\n"
        "launch: {device: cpu}\ntraining: {precision: fp32}\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "trainer_adapters.grpo", str(config)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 3, ran.stderr
    lines = [line for line in ran.stderr.splitlines() if "cannot reach 127.0.0.1:1" in line]
    assert [line.startswith("touchstone: ") for line in lines] == [False, True]
    assert lines[0].endswith("waiting up to 0.2 s, 0 s so far")
    assert "no-such" not in ran.stderr
    further = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "RANK": "1"}
    )
    assert further.stderr.count("cannot reach 127.0.0.1:1") == 1  # the first process tells of the waiting


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (
            ["http://127.0.0.1:50051"],
            "reward.server: 'http://127.0.0.1:50051' is a URL; write 127.0.0.1:50051",
        ),
        (["a:1", "reward-host"], "reward.server: 'reward-host' has no port; write reward-host:port"),
        (["a:1", ""], "reward.server: an address is missing"),
    ],
)
def test_an_address_of_a_server_is_checked_when_the_file_is_read(server: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        recipe_of(reward={"recipe": "boxed", "server": server})
    assert message in str(caught.value)


def test_a_file_of_tokens_may_be_the_servers_own(serve_here: Callable[..., str], tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text("# of the trainers\nfirst-token\nsecond-token\n", "utf-8")
    server = {"recipe": "boxed", "server": [serve_here("boxed", auth_token_file=tokens)]}
    recipe = recipe_of(reward={**server, "token_file": str(tokens)})
    assert recipe.scorers[0].scores([Rollout(completion=r"\boxed{4}", ground_truth="4")]).totals.tolist() == [
        1.0
    ]
    for content in ("", "# none\n"):
        tokens.with_name("other").write_text(content, "utf-8")
        with pytest.raises(ConfigError, match=r"reward\.token_file: .*other holds no token"):
            recipe_of(reward={**server, "token_file": str(tokens.with_name("other"))})
    with pytest.raises(ConfigError, match=r"reward\.token_file: .*absent cannot be read"):
        recipe_of(reward={**server, "token_file": str(tmp_path / "absent")})


def test_recipe_digest_of_the_file_is_that_of_the_recipe_or_ends_the_set_up(
    address: str, tmp_path: Path
) -> None:
    digest = Recipe.of("light-r1").digest
    pinned = {"recipe": "light-r1", "recipe_digest": digest}
    assert recipe_of(reward=pinned).digest != digest  # it is bound to the window of the run
    here = tmp_path / "mine.yaml"
    here.write_text("name: mine\nversion: 1\nreward: {has_box: {}}\n", "utf-8")
    recipe_of(reward={"recipe": str(here), "recipe_digest": Recipe.of(str(here)).digest})
    recipe_of(reward={"recipe": "boxed", "server": [address], "recipe_digest": Recipe.of("boxed").digest})
    before = Recipe.of(str(here)).digest
    here.write_text("name: mine\nversion: 1\nreward: {product: [2.0, {has_box: {}}]}\n", "utf-8")
    for recipe, other in (("light-r1", "0" * 64), ("light-r1@1", digest), (str(here), before)):
        with pytest.raises(ConfigError, match=rf"reward\.recipe_digest: recipe .* and {other} is pinned"):
            recipe_of(reward={"recipe": recipe, "recipe_digest": other})
