"""Rows that a run trains on, and what is told of them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tiny_grpo import tiny_config

from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.recipe import TrainedRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pytest

ROUTED = """
name: routed
version: 1
reward:
  switch:
    key: task
    cases:
      math: {boxed_correctness: {}, name: correctness}
      chat: {has_box: {}, name: box}
"""

DEFAULT = ROUTED + "    default: 0.5\n"


def sums(size: int = 16) -> list[dict[str, Any]]:
    return [{"prompt": f"{at % 4}+{at // 4}?", "answer": str(at % 4 + at // 4)} for at in range(size)]


def file_of(folder: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def loaded(
    made: Path, folder: Path, rows: Sequence[Mapping[str, Any]], recipe: str = "boxed", **data: Any
) -> Any:
    """What a run would train on."""
    if "\n" in recipe:
        (folder / "recipe.yaml").write_text(recipe, "utf-8")
        recipe = str(folder / "recipe.yaml")
    source = {} if "dataset" in data else {"path": file_of(folder, rows)}
    config = tiny_config(made, {"reward.recipe": recipe, "data": {**source, **data}})
    return load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def prose(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as GSM8K has it."""
    a, b = row["prompt"].rstrip("?").split("+")
    total = row["answer"]
    text = f"She had {a} clips and buys {b}, so {a}+{b} = <<{a}+{b}={total}>>{total} clips.\n#### {total}"
    return {"question": row["prompt"], "answer": text}


def routed(tasks: Sequence[str | None]) -> list[dict[str, Any]]:
    return [{**row, "task": task} for row, task in zip(sums(len(tasks)), tasks, strict=True)]
