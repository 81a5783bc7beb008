"""Rows in the layouts of well-known data sets are trained on as they are, or with one setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from owners_layouts import LAYOUTS
from tiny_grpo import tiny_config
from training_rows import file_of, loaded, told

from rewards import LocalScorer, Rollout
from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.recipe import TrainedRecipe

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


@pytest.mark.parametrize("name", LAYOUTS)
def test_load_prompts_reads_data_as_its_owners_lay_it_out(name: str, made: Path, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    rows = [layout.row(f"{at} + 2?", str(at + 2)) for at in range(3)]
    path = file_of(tmp_path, rows)
    if layout.is_parquet:
        datasets.Dataset.from_list(rows).to_parquet(path := str(tmp_path / "rows.parquet"))
    config = tiny_config(made, {"reward.recipe": "boxed", "data": {"path": path, **layout.settings}})
    found = load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=True)
    assert found["prompt"][:] == [[{"role": "user", "content": f"{at} + 2?"}] for at in range(3)]
    golds = found["ground_truth"][:]
    right = [Rollout(completion=f"\\boxed{{{at + 2}}}", ground_truth=golds[at]) for at in range(3)]
    assert LocalScorer("boxed").score(right).totals.tolist() == [1.0, 1.0, 1.0]


def test_load_prompts_tells_of_columns_that_were_guessed(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"input": "1+1?", "label": "2"}]
    assert loaded(made, tmp_path, rows)["ground_truth"][:] == ["2"]
    assert told(caplog) == ["data: read as prompt=input, ground_truth=label; data.columns says otherwise"]
