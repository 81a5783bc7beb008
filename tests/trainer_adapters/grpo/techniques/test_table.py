"""The table of techniques: each has its row in the documentation, and none loads torch to read a file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trainer_adapters.grpo.techniques.table import Techniques
from trainer_adapters.grpo.techniques.technique import Technique

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "trainers" / "grpo.md").read_text("utf-8")
ROWS = re.findall(r"^\| (`.*?) \| \S.*\|$", PAGE.split("## Techniques")[1].split("\n## ")[0], re.MULTILINE)


def test_the_page_has_a_row_for_each_technique() -> None:
    named = {name.partition(".")[0] for row in ROWS for name in re.findall(r"`([\w.]+)`", row)}
    assert named == set(Techniques.model_fields)


@pytest.mark.parametrize("name", Techniques.model_fields)
def test_each_setting_is_a_technique(name: str) -> None:
    annotation = Techniques.model_fields[name].annotation
    classes = {*getattr(annotation, "__args__", [annotation])} - {type(None)}
    assert all(issubclass(one, Technique) for one in classes)


def test_a_file_turns_techniques_on_in_the_order_of_the_table() -> None:
    given = {"llds": {}, "masking": {}, "kl_in_reward": 0.1}
    on = [type(one).__name__ for one in Techniques.model_validate(given).on]
    assert on == ["Advantage", "Masking", "KlInReward", "Llds", "LengthStages"]
    assert [type(one).__name__ for one in Techniques().on] == ["Advantage", "LengthStages"]


def test_settings_are_printed_as_they_are_written() -> None:
    given = {
        "kl_in_reward": 0.1,
        "length_stages": [
            {"from_step": 0, "max_completion_length": 5, "recipe": None, "recipe_digest": None}
        ],
        "shortest_window": 4,
    }
    printed = Techniques.model_validate(given).model_dump(mode="json")
    assert {name: printed[name] for name in given} == given


def test_a_training_file_is_read_without_torch() -> None:
    program = "import sys, trainer_adapters.grpo.reading; sys.exit('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
