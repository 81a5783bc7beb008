"""The rows that a run trains on: what the recipe reads of them arrives, and what cannot be judged is told."""

from __future__ import annotations

import json
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from tiny_grpo import tiny_config, with_told_completions

from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

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
OWN_GOLD = "name: own\nversion: 1\nreward:\n  odd_gold:ReadsGold: {}\n"


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


@pytest.mark.parametrize("missing", [None, math.nan, "", " ", "nan", "None", "<NA>"], ids=repr)
def test_rows_without_a_gold_are_left_out_and_counted(
    missing: Any, made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**row, "answer": float(row["answer"])} for row in sums()] if missing != missing else sums()  # noqa: PLR0124
    rows[3]["answer"] = rows[11]["answer"] = missing
    found = loaded(made, tmp_path, rows)
    assert [row["prompt"] for row in found] == [
        row["prompt"] for at, row in enumerate(rows) if at not in {3, 11}
    ]
    assert not {"nan", "None", "<NA>", "", None} & set(found["ground_truth"])
    assert told(caplog) == ["data: 2 of 16 rows have no gold in 'answer' and are left out: row 3, row 11"]


def test_an_empty_list_is_no_gold_either(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{**row, "answer": [row["answer"], None]} for row in sums()]
    rows[2]["answer"] = []
    found = loaded(made, tmp_path, rows)
    assert found["ground_truth"][:3] == [["0"], ["1"], ["3"]]
    assert "1 of 16 rows have no gold" in told(caplog)[0]


def test_without_any_gold_there_is_nothing_to_train_on(made: Path, tmp_path: Path) -> None:
    rows = [{**row, "answer": None} for row in sums()]
    with pytest.raises(
        ConfigError,
        match=r"no row to train on: 16 of 16 rows have no gold in 'answer' .*: row 0, row 1, .* 11 more",
    ):
        loaded(made, tmp_path, rows)


def test_a_column_of_golds_that_is_not_there_is_told_with_those_that_are(made: Path, tmp_path: Path) -> None:
    rows = [{"prompt": row["prompt"], "target": row["answer"]} for row in sums()]
    with pytest.raises(
        ConfigError, match=r"data\.columns\.ground_truth: .*needs golds.*there are prompt, target"
    ):
        loaded(made, tmp_path, rows)
    assert len(loaded(made, tmp_path, rows, "name: b\nversion: 1\nreward: {has_box: {}}\n")) == 16


@pytest.mark.parametrize("width", ["float32", "float16", "float64"])
def test_golds_of_every_width_are_the_decimals_they_were(width: str, made: Path, tmp_path: Path) -> None:
    features = datasets.Features({"prompt": datasets.Value("string"), "answer": datasets.Value(width)})
    written = [0.1, 2.5, 0.37, 12.4, 145.0, 1 / 3]
    table = datasets.Dataset.from_list([{"prompt": "q", "answer": one} for one in written], features=features)
    table.to_parquet(tmp_path / "rows.parquet")
    config = tiny_config(made, {"reward.recipe": "boxed", "data": {"path": str(tmp_path / "rows.parquet")}})
    found = load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)
    third = {"float16": "0.3333", "float32": "0.33333334", "float64": "0.3333333333333333"}
    assert found["ground_truth"][:] == ["0.1", "2.5", "0.37", "12.4", "145.0", third[width]]


def prose(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as GSM8K has it."""
    a, b = row["prompt"].rstrip("?").split("+")
    total = row["answer"]
    text = f"She had {a} clips and buys {b}, so {a}+{b} = <<{a}+{b}={total}>>{total} clips.\n#### {total}"
    return {"question": row["prompt"], "answer": text}


GSM8K = {"columns": {"prompt": "question", "ground_truth": "answer"}}


@pytest.mark.parametrize("gold", ["{text}", "#### {answer}", "It is {answer}.\n\n#### {answer}"])
def test_worked_solutions_for_golds_are_told_with_the_setting_to_write(
    gold: str, made: Path, tmp_path: Path
) -> None:
    rows = [
        {**prose(row), "answer": gold.format(text=prose(row)["answer"], answer=row["answer"])}
        for row in sums()
    ]
    with pytest.raises(ConfigError, match=r"no row to train on: .* row 0 .*write data\.gold_after: \"####\""):
        loaded(made, tmp_path, rows, **GSM8K)


def test_rows_of_both_kinds_are_told_of_together(made: Path, tmp_path: Path) -> None:
    rows = [prose(row) for row in sums()]
    rows[5]["answer"] = None
    told_of = (
        r"1 of 16 rows have no gold .* row 5; 15 of 16 rows .* cannot be judged .*write data\.gold_after"
    )
    with pytest.raises(ConfigError, match=told_of):
        loaded(made, tmp_path, rows, **GSM8K)


def test_a_run_on_worked_solutions_pays_right_answers(made: Path, tmp_path: Path) -> None:
    """The data section of the first file in docs/trainers/grpo.md, on rows like those of its data set."""
    page = (Path(__file__).parents[3] / "docs" / "trainers" / "grpo.md").read_text("utf-8")
    documented = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["data"]
    assert documented.pop("dataset") == "openai/gsm8k"
    del documented["configuration"]
    path = file_of(tmp_path, [prose(row) for row in sums()])
    changes = {"data": {"path": path, **documented}, "checkpoints.output_dir": str(tmp_path / "out")}
    trainer = with_told_completions(build_trainer(tiny_config(made, changes)))
    trainer.train()
    assert sorted(set(trainer.train_dataset["ground_truth"])) == [str(n) for n in range(7)]
    logged = [entry for entry in trainer.state.log_history if "accuracy" in entry]
    assert any(entry["accuracy"] > 0 for entry in logged)
    scores = trainer.recipe.last
    right = [verdict is not None and verdict.correct is True for verdict in scores.verdicts]
    assert any(right)
    assert scores.components["correctness"].tolist() == [float(one) for one in right]


def test_golds_that_cannot_be_judged_are_left_out_with_the_reasons(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = sums()
    rows[1]["answer"] = r"\frac{1"
    rows[7]["answer"] = "the one that has more sides than the other"
    rows[9]["answer"] = "2019!"
    found = loaded(made, tmp_path, rows)
    assert len(found) == 13
    (line,) = told(caplog)
    assert line.startswith(
        "data: 3 of 16 rows have a gold that cannot be judged in 'answer' and are left out: row 1 "
    )
    assert "row 7" in line
    assert "too big" in line


def test_worked_solutions_among_other_golds_lack_their_marker(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [prose(row) for row in sums()]
    rows[4]["answer"] = "no marker"
    assert len(loaded(made, tmp_path, rows, gold_after="####", **GSM8K)) == 15
    assert told(caplog) == [
        "data: 1 of 16 rows have no gold in 'answer' after '####' and are left out: row 4"
    ]


def test_golds_of_rewards_of_ones_own_are_their_own_business(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd_gold.py").write_text(
        "import dataclasses\nfrom rewards import Evaluation, Reward\n\n\n"
        "@dataclasses.dataclass(frozen=True, kw_only=True)\nclass ReadsGold(Reward):\n"
        "    needs = frozenset({'ground_truth'})\n\n"
        "    def evaluate(self, batch, context):\n"
        "        return Evaluation([float(one.completion in one.golds[0]) for one in batch])\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = [prose(row) for row in sums()]
    assert len(loaded(made, tmp_path, rows, OWN_GOLD, **GSM8K)) == 16


def routed(tasks: Sequence[str | None]) -> list[dict[str, Any]]:
    return [{**row, "task": task} for row, task in zip(sums(len(tasks)), tasks, strict=True)]


def test_only_the_rows_that_are_judged_need_a_gold(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = routed(["math", "chat", "math", "chat"])
    rows[0]["answer"] = rows[1]["answer"] = None
    found = loaded(made, tmp_path, rows, ROUTED)
    assert found["task"][:] == ["chat", "math", "chat"]
    assert told(caplog) == ["data: 1 of 4 rows have no gold in 'answer' and are left out: row 0"]


def test_a_column_that_a_recipe_must_route_by_is_told_with_those_that_are(made: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no column task, which the recipe routes by; there are answer, prompt"
    ):
        loaded(made, tmp_path, sums(), ROUTED)


def test_without_that_column_a_default_is_taken_and_told(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(loaded(made, tmp_path, sums(), DEFAULT)) == 16
    assert "no column task" in told(caplog)[0]


@pytest.mark.parametrize("task", ["poem", None])
def test_a_row_that_cannot_be_routed_is_told_by_its_number(
    task: str | None, made: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"data: row 2 has metadata\['task'\].*cases only for chat, math"):
        loaded(made, tmp_path, routed(["math", "chat", task, "math"]), ROUTED)
    assert len(loaded(made, tmp_path, routed(["math", "chat", task, "math"]), DEFAULT)) == 4


@pytest.mark.parametrize("remote", [False, True], ids=["here", "server"])
def test_a_run_scores_each_row_by_its_route(
    made: Path, tmp_path: Path, serve_here: Callable[..., str], *, remote: bool
) -> None:
    (tmp_path / "recipe.yaml").write_text(DEFAULT, "utf-8")
    recipe = str(tmp_path / "recipe.yaml")
    # A server's recipe is known by its name alone, here too.
    reward = {"recipe": "routed", "server": [serve_here(recipe)]} if remote else {"recipe": recipe}
    rows = routed(["math", "poem", "chat", "math"])
    changes = {"data": {"path": file_of(tmp_path, rows)}, "reward": reward, "training.max_steps": 1}
    config = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path / "out")})
    trainer = with_told_completions(build_trainer(config))
    batch = [dict(trainer.train_dataset[at // 4]) for at in range(16)]
    trainer.model.train()
    trainer._generate_and_score_completions(batch)
    totals = trainer.recipe.last.totals.tolist()
    assert totals[4:8] == [0.5] * 4  # the poem
    assert set(totals[:4] + totals[8:]) <= {0.0, 1.0}
