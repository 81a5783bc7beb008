"""The training file: typos, contradictions, presets, and what comes out of them for TRL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from training_files import changed

from rewards.cli.main import main
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import preset_names, read_config

if TYPE_CHECKING:
    from pathlib import Path

PRESETS = [
    "dapo",
    "deepseek-v3.2",
    "dppo",
    "dr-grpo",
    "grpo",
    "gspo",
    "light-r1",
    "max-rl",
    "reinforce++",
    "scale-rl",
]


def test_the_presets_that_ship() -> None:
    assert preset_names() == PRESETS


def test_a_preset_is_changed_in_parts() -> None:
    config = read_config(changed(preset="dapo", algorithm__epsilon=0.1))
    assert (config.algorithm.epsilon, config.algorithm.epsilon_high) == (0.1, 0.28)
    assert config.reward.recipe == "r1-zero"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("training: {seed: 1, seed: 2}", r"the key 'seed' stands here twice"),
        ("model: {path: m}\nmodel: {path: n}", r"the key 'model' stands here twice"),
        ("a: &a {b: 1}\nc: {<<: *a, b: 2, b: 3}", r"the key 'b' stands here twice"),
    ],
)
def test_read_config_refuses_a_key_that_stands_twice(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=said):
        read_config(path)
    ran = CliRunner().invoke(main, ["train", str(path)])
    assert ran.exit_code == 2
    assert said in ran.output


def test_read_config_takes_anchors_and_switches(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "model: {path: m}\ndata: {path: d.jsonl, chat_template_kwargs: {enable_thinking: no}}\n"
        "reward: {recipe: r1-zero}\ncheckpoints: {output_dir: o}\n"
        "watch: {truncated: &alarm {threshold: 0.3, patience: 2}, all_wrong: {<<: *alarm, patience: 4}}\n",
        "utf-8",
    )
    config = read_config(path)
    assert config.data.chat_template_kwargs == {"enable_thinking": False}
    alarms = {name: (one.threshold, one.patience) for name, one in config.watch.items()}
    assert alarms == {"truncated": (0.3, 2), "all_wrong": (0.3, 4)}


def test_read_config_refuses_a_file_that_is_not_one(tmp_path: Path) -> None:
    for content in (b"\xff", b"a: [", b"- 1", b"a: &a [*a]"):
        path = tmp_path / "c.yaml"
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            read_config(path)
