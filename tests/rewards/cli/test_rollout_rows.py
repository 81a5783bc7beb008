"""Scoring and verifying read what trainers dump as they read JSON lines."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from rewards.analysis.file_formats import Container
from rewards.analysis.row_writing import row_writer

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Touchstone, WriteLines

ROWS = [
    {"input": "1 + 1?", "output": r"<think>1</think> \boxed{2}", "gts": "2", "score": 1.0, "step": 1},
    {"input": "1 + 1?", "output": r"\boxed{3}", "gts": "2", "score": 0.0, "step": 1},
]


def totals(text: str) -> list[float | None]:
    return [json.loads(line)["total"] for line in text.splitlines()]


def test_opened_rows_of_a_folder_of_dumps_are_scored(
    touchstone: Touchstone, write_lines: WriteLines, tmp_path: Path
) -> None:
    write_lines(*ROWS, name="1.jsonl")
    write_lines(ROWS[0], "nonsense", name="2.jsonl")
    result = touchstone("score", tmp_path, "-o", "-")
    assert totals(result.stdout) == [1.5, 0.0, 1.5, None]
    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["rollouts.jsonl.gz", "rollouts.parquet"])
def test_opened_rows_of_other_containers_are_scored_and_verified(
    touchstone: Touchstone, tmp_path: Path, name: str
) -> None:
    container = Container.PARQUET if name.endswith("parquet") else Container.JSONL
    schema = None
    if container is Container.PARQUET:
        schema = pytest.importorskip("pyarrow").Table.from_pylist(ROWS).schema
    with row_writer(tmp_path / name, container, schema=schema) as writer:
        for row in ROWS:
            writer.write(row)
    assert totals(touchstone("score", tmp_path / name, "-o", "-").stdout) == [1.5, 0.0]
    verified = touchstone("verify", tmp_path / name)
    assert [json.loads(line)["correct"] for line in verified.stdout.splitlines()] == [True, False]


def test_opened_rows_take_a_mapping_beside_the_flags_of_fields(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    file = write_lines(
        {"text": r"\boxed{2}", "solution": "2"}, {"text": r"\boxed{2}", "id": "a"}, {"id": "a"}
    )
    arguments = ("--map", "completion=text", "--gold-field", "solution")
    result = touchstone("verify", file, *arguments)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record["correct"] for record in records] == [True, None, None]
    assert "neither 'text' nor 'answer' here" in records[2]["error"]


def test_opened_rows_take_bare_answers_of_other_formats(
    touchstone: Touchstone, write_lines: WriteLines
) -> None:
    file = write_lines({"answer": "1/2", "ground_truth": "0.5"}, {"answer": "3", "ground_truth": "0.5"})
    result = touchstone("verify", file, "--format", "jsonl")
    assert [json.loads(line)["correct"] for line in result.stdout.splitlines()] == [True, False]


@pytest.mark.parametrize("command", [("score", "--recipe", "boxed", "-o", "-"), ("verify",)])
def test_opened_rows_of_one_problem_may_share_its_id(
    touchstone: Touchstone, write_lines: WriteLines, command: tuple[str, ...]
) -> None:
    file = write_lines(
        *({"completion": rf"\boxed{{{n}}}", "ground_truth": "4", "id": "a"} for n in (4, 5, 4))
    )
    result = touchstone(*command, file)
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    verdicts = [record.get("verdict", record)["correct"] for record in records]
    assert verdicts == [True, False, True]
    assert {record.get("id", "a") for record in records} == {"a"}


@pytest.mark.parametrize(
    "command", [("score",), ("filter", "--json"), ("audit", "--json")], ids=lambda c: c[0]
)
def test_opened_rows_of_a_pipe_are_read_once(
    touchstone: Touchstone, tmp_path: Path, command: tuple[str, ...]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    row = {"prompt": "?", "completion": r"\boxed{2}", "ground_truth": "2"}

    def feed() -> None:
        with pipe.open("w") as stream:
            stream.write(json.dumps(row) + "\n")

    feeder = threading.Thread(target=feed)
    feeder.start()
    result = touchstone(*command, pipe)
    feeder.join()
    assert result.exit_code == 0, result.output


def test_rollouts_with_neither_score_nor_gold(touchstone: Touchstone, write_lines: WriteLines) -> None:
    result = touchstone("filter", write_lines({"prompt": "?", "completion": "x"}))
    assert result.exit_code == 2
    assert "neither a score nor a gold" in result.stderr


def test_opened_rows_are_judged_by_a_server_alike(
    touchstone: Touchstone, write_lines: WriteLines, address: str
) -> None:
    file = write_lines(*({name: row[name] for name in ("input", "output", "gts")} for row in ROWS))
    here, there = (
        json.loads(touchstone("filter", file, "--recipe", "r1-zero", "--json", *where).stdout)
        for where in ((), ("--server", address))
    )
    del here["passed_by"], there["passed_by"]
    assert here == there
    here, there = (
        json.loads(touchstone("compare", "r1-zero", "boxed", file, "--json", *where).stdout)
        for where in ((), ("--server", address))
    )
    assert here == there
