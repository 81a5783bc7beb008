"""Tables of completions that a run writes, read by the commands: golds and completions are in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

import pyarrow.parquet as pq
from click.testing import CliRunner
from tiny_grpo import tiny_config, with_told_completions
from training_rows import file_of, prose, sums

from rewards.cli.main import main
from trainer_adapters.grpo.run import build_trainer, train

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def several(row: dict[str, Any]) -> dict[str, Any]:
    return {"prompt": row["prompt"], "answer": [row["answer"], f"{row['answer']}.0"]}


def nested(row: dict[str, Any]) -> dict[str, Any]:
    return {"prompt": row["prompt"], "reward_model": {"ground_truth": row["answer"], "style": "rule"}}


LAYOUTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "texts": (dict, {}),
    "lists": (several, {}),
    "nested": (nested, {"columns": {"ground_truth": "reward_model.ground_truth"}}),
    "numbers": (lambda row: {**row, "answer": int(row["answer"])}, {}),
    "worked solutions": (
        prose,
        {"columns": {"prompt": "question", "ground_truth": "answer"}, "gold_after": "####"},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_completions_of_a_run_are_scored_again_as_they_were(layout: str, made: Path, tmp_path: Path) -> None:
    convert, data = LAYOUTS[layout]
    rows = [convert(row) for row in sums()]
    config = tiny_config(
        made,
        {
            "data": {"path": file_of(tmp_path, rows), **data},
            "reward.recipe": "boxed",
            "logging.completions": True,
            "training.max_steps": 2,
            "checkpoints.output_dir": str(tmp_path / "out"),
        },
    )
    trainer = train(with_told_completions(build_trainer(config)), config)
    files = sorted((tmp_path / "out" / "completions").glob("*.parquet"))
    assert len(files) == 2
    scored = tmp_path / "scored.jsonl"
    command = ["score", str(tmp_path / "out" / "completions"), "--recipe", "boxed", "--format", "trl"]
    ran = CliRunner().invoke(main, [*command, "--output", str(scored)])
    assert ran.exit_code == 0, ran.output
    totals = [json.loads(line)["total"] for line in scored.read_text("utf-8").splitlines()]
    logged = [row for file in files for row in pq.read_table(file).to_pylist()]
    assert len(totals) == 32
    assert totals == [row["correctness"] for row in logged]
    assert 0 < sum(totals) < 32
    assert sum(totals[16:]) == trainer.recipe.last.totals.sum()
