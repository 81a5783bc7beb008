"""The training file: typos, contradictions, presets, and what comes out of them for TRL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from training_files import changed

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import preset_names, read_config

if TYPE_CHECKING:
    from pathlib import Path

PRESETS = ["dapo", "deepseek-v3.2", "dr-grpo", "grpo", "gspo", "light-r1", "reinforce++"]


def test_the_presets_that_ship() -> None:
    assert preset_names() == PRESETS


def test_a_preset_is_changed_in_parts() -> None:
    config = read_config(changed(preset="dapo", algorithm__epsilon=0.1))
    assert (config.algorithm.epsilon, config.algorithm.epsilon_high) == (0.1, 0.28)
    assert config.reward.recipe == "r1-zero"


def test_read_config_refuses_a_file_that_is_not_one(tmp_path: Path) -> None:
    for content in (b"\xff", b"a: [", b"- 1", b"a: &a [*a]"):
        path = tmp_path / "c.yaml"
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            read_config(path)
