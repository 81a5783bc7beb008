"""Rows in the layouts of well-known data sets: columns and nesting as their owners have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from click.testing import CliRunner
from training_rows import loaded

from rewards.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

ASKED = [{"role": "user", "content": "1+3?"}]

LAYOUTS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "openai/gsm8k": (
        {"question": "1+3?", "answer": "It is <<1+3=4>>4.\n#### 4"},
        {"gold_after": "####"},
        [],
    ),
    "DAPO-Math-17k": (
        {
            "data_source": "math_dapo",
            "prompt": ASKED,
            "ability": "MATH",
            "reward_model": {"ground_truth": "4", "style": "rule-lighteval/MATH_v2"},
            "extra_info": {"index": "9a9b6eb4"},
        },
        {},
        [],
    ),
    "OpenR1-Math": (
        {
            "problem": "1+3?",
            "solution": r"We add them: $\boxed{4}$.",
            "answer": "4",
            "problem_type": "Algebra",
            "messages": [*ASKED, {"role": "assistant", "content": "4"}],
        },
        {"columns": {"ground_truth": "answer"}},
        ["--map", "ground_truth=answer"],
    ),
    "NuminaMath-CoT": (
        {
            "source": "cn_k12",
            "problem": "1+3?",
            "solution": r"We add them: $\boxed{4}$.",
            "messages": [*ASKED, {"role": "assistant", "content": "4"}],
        },
        {},
        ["--map", "ground_truth=solution"],
    ),
    "DeepScaleR": (
        {"problem": "1+3?", "answer": "4", "solution": "We add them."},
        {"columns": {"ground_truth": "answer"}},
        ["--map", "ground_truth=answer"],
    ),
    "TRL, conversational": ({"prompt": ASKED, "solution": "4"}, {}, ["--map", "ground_truth=solution"]),
    "OpenRLHF": (
        {"input": "1+3?", "label": "4"},
        {"columns": {"prompt": "input", "ground_truth": "label"}},
        [],
    ),
}


@pytest.mark.parametrize(("row", "data", "mapping"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_are_loaded_with_one_setting(
    row: dict[str, Any], data: dict[str, Any], mapping: list[str], made: Path, tmp_path: Path
) -> None:
    found = loaded(made, tmp_path, [row] * 2, **data)
    assert [json.dumps(prompt) for prompt in found["prompt"]] in ([json.dumps(ASKED)] * 2, ['"1+3?"'] * 2)
    assert all(gold == "4" or r"\boxed{4}" in gold for gold in found["ground_truth"])
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({**row, "completion": r"\boxed{4}"}) + "\n", "utf-8")
    for command in (["audit", str(path)], ["score", str(path), "--recipe", "boxed"]):
        result = CliRunner().invoke(main, [*command, *mapping])
        assert result.exit_code in {0, 1}, result.output
