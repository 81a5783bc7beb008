"""The rows that a run trains on: what the recipe reads of them arrives, and what cannot be judged is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

import yaml
from tiny_grpo import tiny_config, with_told_completions
from training_rows import DEFAULT, ROUTED, file_of, loaded, prose, routed, sums, told

from trainer_adapters.grpo.data import load_prompts
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.recipe import TrainedRecipe
from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_load_prompts_names_the_columns_where_that_of_golds_is_missing(made: Path, tmp_path: Path) -> None:
    rows = [{"prompt": row["prompt"], "outcome": row["answer"]} for row in sums()]
    with pytest.raises(
        ConfigError, match=r"data\.columns\.ground_truth: .*needs golds.*there are outcome, prompt"
    ):
        loaded(made, tmp_path, rows)
    assert len(loaded(made, tmp_path, rows, "name: b\nversion: 1\nreward: {has_box: {}}\n")) == 16


@pytest.mark.parametrize("width", ["float32", "float16", "float64"])
def test_load_prompts_reads_golds_of_every_width_as_the_decimals_they_were(
    width: str, made: Path, tmp_path: Path
) -> None:
    features = datasets.Features({"prompt": datasets.Value("string"), "answer": datasets.Value(width)})
    written = [0.1, 2.5, 0.37, 12.4, 145.0, 1 / 3]
    table = datasets.Dataset.from_list([{"prompt": "q", "answer": one} for one in written], features=features)
    table.to_parquet(tmp_path / "rows.parquet")
    config = tiny_config(made, {"reward.recipe": "boxed", "data": {"path": str(tmp_path / "rows.parquet")}})
    found = load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)
    third = {"float16": "0.3333", "float32": "0.33333334", "float64": "0.3333333333333333"}
    assert found["ground_truth"][:] == ["0.1", "2.5", "0.37", "12.4", "145.0", third[width]]


@pytest.mark.parametrize(
    ("kind", "answers", "golds"),
    [
        (datasets.ClassLabel(names=["A", "B", "C", "D"]), [0, 3, 1], ["A", "D", "B"]),
        (datasets.ClassLabel(names=["no", "yes"]), ["yes", "no", -1], ["yes", "no"]),
        (datasets.List(datasets.ClassLabel(names=["A", "B"])), [[0], [1, 0], []], [["A"], ["B", "A"]]),
    ],
    ids=["letters", "words", "lists"],
)
@pytest.mark.parametrize("how", ["parquet", "saved"])
def test_load_prompts_reads_the_names_of_classes(
    how: str, kind: Any, answers: list[Any], golds: list[Any], made: Path, tmp_path: Path
) -> None:
    features = datasets.Features({"prompt": datasets.Value("string"), "answer": kind})
    rows = {"prompt": ["q"] * len(answers), "answer": answers}
    table = datasets.Dataset.from_dict(rows, features=features)
    path = tmp_path / ("rows.parquet" if how == "parquet" else "saved")
    table.to_parquet(path) if how == "parquet" else table.save_to_disk(path)
    config = tiny_config(made, {"reward.recipe": "boxed", "data": {"path": str(path)}})
    found = load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)
    assert found["ground_truth"][:] == golds


def test_load_prompts_of_worked_solutions_lets_right_answers_be_paid(made: Path, tmp_path: Path) -> None:
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


def test_load_prompts_names_the_columns_where_that_to_route_by_is_missing(made: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"no column task, which the recipe routes by; there are answer, prompt"
    ):
        loaded(made, tmp_path, sums(), ROUTED)


def test_load_prompts_takes_and_tells_a_default_route(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(loaded(made, tmp_path, sums(), DEFAULT)) == 16
    assert "no column task" in told(caplog)[0]


@pytest.mark.parametrize("remote", [False, True], ids=["here", "server"])
def test_load_prompts_keeps_the_metadata_that_rows_are_routed_by(
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


PARTS = [{"type": "text", "text": "1+1"}, {"type": "text", "text": "?"}]


@pytest.mark.parametrize(
    "prompt",
    [
        [{"role": "user", "content": "1+1?"}],
        [{"role": "user", "content": PARTS}],
        '[{"role": "user", "content": "1+1?"}]',
        json.dumps([{"role": "user", "content": PARTS}]),
    ],
    ids=["messages", "parts", "JSON", "JSON of parts"],
)
def test_load_prompts_asks_for_the_text_of_messages(prompt: object, made: Path, tmp_path: Path) -> None:
    found = loaded(made, tmp_path, [{"prompt": prompt, "answer": "2"}])
    assert found["prompt"][:] == [[{"role": "user", "content": "1+1?"}]]


@pytest.mark.parametrize(
    ("content", "held"),
    [
        ([{"type": "image", "image": "1.png"}], "a part of type 'image'"),
        ([{"type": "text", "text": "?"}, {"type": "audio", "text": None}], "a part of type 'audio'"),
        ({"text": "?"}, "content of type dict"),
    ],
)
def test_load_prompts_names_the_row_whose_prompt_is_no_text(
    content: object, held: str, made: Path, tmp_path: Path
) -> None:
    rows = [{"prompt": [{"role": "user", "content": content}], "answer": "2"}]
    with pytest.raises(ConfigError, match=f"data: row 0, 'prompt': message 0 of the prompt holds {held}"):
        loaded(made, tmp_path, rows)


def test_load_prompts_stops_at_bad_golds_where_that_is_asked_for(made: Path, tmp_path: Path) -> None:
    rows = sums()
    rows[3]["answer"] = None
    with pytest.raises(
        ConfigError, match=r"data: 1 of 16 rows .*row 3; to go on .*set data\.bad_golds: warn"
    ):
        loaded(made, tmp_path, rows, bad_golds="stop")
    assert len(loaded(made, tmp_path, sums(), bad_golds="stop")) == 16


@pytest.mark.parametrize("how", ["gzip", "saved", "splits"])
def test_load_prompts_reads_files_of_every_kind(how: str, made: Path, tmp_path: Path) -> None:
    path = Path(file_of(tmp_path, sums()))
    if how == "gzip":
        source = tmp_path / "rows.jsonl.gz"
        source.write_bytes(gzip.compress(path.read_bytes()))
    else:
        source = tmp_path / "saved"
        table = datasets.Dataset.from_list(sums())
        (table if how == "saved" else datasets.DatasetDict(train=table)).save_to_disk(source)
    config = tiny_config(made, {"reward.recipe": "boxed", "data": {"path": str(source)}})
    assert len(load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)) == 16


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"path": "rows.csv"}, r"data\.path: rows\.csv ends in none of"),
        ({"path": "none.jsonl"}, r"data\.path: none\.jsonl cannot be read"),
        ({"dataset": "./no/such/folder"}, r"data\.dataset: \./no/such/folder cannot be read"),
        (
            {"path": "{rows}", "columns": {"prompt": "promt"}},
            r"no column 'promt' \(did you mean 'prompt'\?\)",
        ),
        ({"path": "{rows}", "columns": {"ground_truth": "answr"}}, r"no column 'answr'.*answer, prompt"),
    ],
)
def test_load_prompts_says_in_one_line_why_data_cannot_be_read(
    data: dict[str, Any], said: str, made: Path, tmp_path: Path
) -> None:
    rows = file_of(tmp_path, sums())
    given = {name: rows if value == "{rows}" else value for name, value in data.items()}
    config = tiny_config(made, {"reward.recipe": "boxed", "data": given})
    with pytest.raises(ConfigError, match=said) as raised:
        load_prompts(config.data, scorers=TrainedRecipe(config).scorers, conversational=False)
    assert "\n" not in str(raised.value)
