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


from rewards import HasBox, LocalScorer, Ramp, Recipe, Rollout
from rewards.errors import ServerUnavailableError
from rewards.recipe.file import dumps
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


def test_a_ramp_is_refused_where_terms_are_normalized(tmp_path: Path) -> None:
    ramp = Ramp(start=0.0, end=1.0, steps=(0, 6), reward=HasBox().named("box"))
    file = tmp_path / "ramped.yaml"
    file.write_text(dumps(Recipe(name="ramped", reward=Recipe.load("boxed").reward + ramp)), "utf-8")
    given: dict[str, Any] = {"reward": {"recipe": str(file)}}
    assert len(recipe_of(**given).functions) == 2
    with pytest.raises(ConfigError, match=r"normalize_then_sum cancels the ramp of box in the recipe"):
        recipe_of(**given, techniques={"advantage": {"aggregation": "normalize_then_sum"}})


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


GATED = "name: gated\nreward: {boxed_correctness: {}}\n"


@pytest.mark.parametrize("window", [None, 4096], ids=["as it is", "bound to the window"])
def test_a_pinned_digest_is_that_of_the_file_or_of_the_recipe_as_it_is_scored(
    window: int | None,
) -> None:
    tree = Recipe.load("light-r1")
    pinned = (tree if window is None else tree.bind(window=window)).digest
    found = recipe_of(
        reward={"recipe": "light-r1", "recipe_digest": pinned}, generation={"max_completion_length": 4096}
    )
    assert found.digest == tree.bind(window=4096).digest


@pytest.mark.parametrize(
    "change",
    [
        "name: gated\nreward: {boxed_correctness: {inside_think: true}}\n",
        "name: gated\nreward: {sum: [boxed_correctness: {}, 0.5]}\n",
        "name: gated\nreasoning: kimi\nreward: {boxed_correctness: {}}\n",
    ],
    ids=["a parameter", "another reward", "another format"],
)
def test_a_pinned_digest_refuses_a_recipe_that_changed(change: str, tmp_path: Path) -> None:
    path = tmp_path / "gated.yaml"
    path.write_text(GATED, "utf-8")
    pinned = Recipe.load(path).digest
    reward = {"recipe": str(path), "recipe_digest": pinned}
    recipe_of(reward=reward)
    path.write_text(change, "utf-8")
    with pytest.raises(ConfigError) as raised:
        recipe_of(reward=reward)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"reward.recipe: recipe {path} has the digest {Recipe.load(path).digest}, and ")
    assert f"recipe_digest pins {pinned}" in line
    assert line.endswith("or pin the new digest to go on by it")


def test_a_pinned_digest_holds_for_stages_by_the_same_recipe_alone(tmp_path: Path) -> None:
    path = tmp_path / "gated.yaml"
    reward_of_it = "{boxed_correctness: {inside_think: true}, name: correctness}"
    path.write_text(f"name: boxed\nreward: {reward_of_it}\n", "utf-8")
    stages: list[dict[str, Any]] = [
        {"from_step": 0, "max_completion_length": 1024},
        {"from_step": 9, "max_completion_length": 2048, "recipe": str(path)},
    ]
    reward = {"recipe": "boxed", "recipe_digest": Recipe.load("boxed").digest}
    recipe_of(reward=reward, techniques={"length_stages": stages})  # type: ignore[dict-item]
    stages[1]["recipe_digest"] = "ab" * 32
    with pytest.raises(ConfigError, match=f"{path} has the digest .* pins abab"):
        recipe_of(reward=reward, techniques={"length_stages": stages})  # type: ignore[dict-item]


def test_a_pinned_digest_is_that_of_the_server_where_only_it_has_the_recipe(
    serve_here: Callable[..., str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GATED.replace("gated", "mine"), "utf-8")
    reward = {"recipe": "mine", "server": [serve_here(str(path))], "recipe_digest": Recipe.load(path).digest}
    recipe_of(reward=reward)
    with pytest.raises(ConfigError, match=r"recipe mine has the digest .* pins abab"):
        recipe_of(reward={**reward, "recipe_digest": "ab" * 32})


def test_a_run_by_another_recipe_than_the_pinned_one_loads_no_model(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "model: {path: no-such-model}\ndata: {path: no-such-file.jsonl}\n"
        f"reward: {{recipe: boxed, recipe_digest: {'ab' * 32}}}\n"
        f"checkpoints: {{output_dir: {tmp_path}/out}}\n"
        "launch: {device: cpu}\ntraining: {precision: fp32}\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "trainer_adapters.grpo", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "recipe boxed has the digest" in done.stderr.splitlines()[-1]
