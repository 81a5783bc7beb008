"""Rows of every format come out numbered, in order and one by one, and go back into the same format."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from rewards.analysis.columns import parse_mapping
from rewards.analysis.file_formats import Container, Format
from rewards.analysis.row_writing import row_writer
from rewards.analysis.rows import RowSource
from rewards.errors import InvalidParameterError, InvalidRolloutError, RowFileError

if TYPE_CHECKING:
    from pathlib import Path

ROWS: list[dict[str, object]] = [
    {"prompt": f"{n} + 1 = ?", "completion": rf"\boxed{{{n + 1}}}", "ground_truth": str(n + 1)}
    for n in range(700)
]
"""More than two batches."""


def write(path: Path, rows: list[dict[str, object]] = ROWS) -> Path:
    """The rows in the format that the name of the file says."""
    if ".jsonl" in path.name:
        with row_writer(path, Container.JSONL) as writer:
            for row in rows:
                writer.write(row)
        return path
    pyarrow = pytest.importorskip("pyarrow")
    schema = pyarrow.Table.from_pylist(rows).schema
    container = Container.PARQUET if path.suffix == ".parquet" else Container.ARROW
    with row_writer(path, container, schema=schema) as writer:
        for row in rows:
            writer.write(row)
    return path


NAMES = ["rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst", "rows.parquet", "saved"]


@pytest.mark.parametrize("name", NAMES)
def test_what_was_written_is_read_in_order(tmp_path: Path, name: str) -> None:
    source = RowSource(write(tmp_path / name))
    rows = list(source.rows())
    assert [row.values for row in rows] == ROWS
    assert [row.number for row in rows] == list(range(1, len(ROWS) + 1))
    assert not list(tmp_path.glob("*.partial"))
    assert source.rollout(rows[4]).golds == ("5",)


@pytest.mark.parametrize("name", NAMES)
def test_reading_starts_anywhere_and_gives_just_what_is_wanted(tmp_path: Path, name: str) -> None:
    source = RowSource(write(tmp_path / name))
    assert [row.values for row in source.rows(skip=511)] == ROWS[511:]
    wanted = [1, 256, 257, 513, 700]
    found = list(source.rows(only=wanted))
    assert [row.number for row in found] == wanted
    assert [row.values for row in found] == [ROWS[number - 1] for number in wanted]
    assert list(source.rows(skip=10_000)) == []


def test_bytes_of_the_same_rows_are_the_same(tmp_path: Path) -> None:
    for name in ("rows.jsonl", "rows.jsonl.gz", "rows.parquet"):
        first, second = write(tmp_path / name).read_bytes(), write(tmp_path / name).read_bytes()
        assert first == second


def test_a_folder_is_read_in_the_order_of_its_steps(tmp_path: Path) -> None:
    for step in (10, 9, 100):
        write(
            tmp_path / f"{step}.jsonl", [{"completion": "a", "step": step}, {"completion": "b", "step": step}]
        )
    rows = list(RowSource(tmp_path).rows())
    assert [row.values["step"] for row in rows if row.values] == [9, 9, 10, 10, 100, 100]
    assert [row.place for row in rows][:3] == ["9.jsonl:1", "9.jsonl:2", "10.jsonl:1"]


def test_bad_lines_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"completion": "4"}\nnonsense\n\xff\n[1]\n{"completion": "5"}')
    rows = list(RowSource(path).rows())
    assert [row.number for row in rows if row.error] == [2, 3, 4]
    assert [row.error for row in rows if row.error] == [
        "not JSON: Expecting value at column 1",
        "byte 1 of the line is not UTF-8",
        "not a JSON object but a list",
    ]
    assert [row.values for row in rows if row.values] == [{"completion": "4"}, {"completion": "5"}]


def test_text_that_is_not_utf8_in_a_column_costs_its_row_alone(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    texts = pyarrow.array([b"4", b"\xff", b"5"]).cast(pyarrow.binary()).view(pyarrow.string())
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"completion": texts}), tmp_path / "rows.parquet")
    rows = list(RowSource(tmp_path / "rows.parquet").rows())
    assert [row.values and row.values["completion"] for row in rows] == ["4", None, "5"]
    assert rows[1].error.startswith("cannot be decoded")


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl.zst", "rows.parquet"])
def test_a_file_that_was_cut_off_is_said_to_be_damaged(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RowFileError, match="cannot be read on"):
        list(RowSource(path).rows())


def test_lone_surrogates_survive(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"completion": "\\ud800"}\n')
    (row,) = RowSource(path).rows()
    assert row.values is not None
    again = write(tmp_path / "again.jsonl", [row.values])
    assert json.loads(again.read_bytes()) == {"completion": "\ud800"}


def test_a_folder_of_several_kinds_must_be_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", ROWS[:2])
    write(tmp_path / "1.parquet", ROWS[2:4])
    with pytest.raises(RowFileError, match=r"several kinds .*choose one by --format"):
        list(RowSource(tmp_path).rows())
    assert [row.values for row in RowSource(tmp_path, Format.PARQUET).rows()] == ROWS[2:4]


def test_a_folder_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RowFileError, match="holds no files of rows"):
        list(RowSource(tmp_path).rows())


def test_what_datasets_saved_is_read_and_what_is_written_datasets_loads(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.disable_progress_bars()
    saved = datasets.Dataset.from_list(ROWS)
    saved.save_to_disk(tmp_path / "saved", num_shards=3)
    source = RowSource(tmp_path / "saved")
    assert [row.values for row in source.rows()] == ROWS
    with row_writer(
        tmp_path / "ours", Container.ARROW, schema=source.schema, extra={"why": "string"}
    ) as writer:
        for row in source.rows():
            writer.write({**(row.values or {}), "why": "because"})
    loaded = datasets.load_from_disk(tmp_path / "ours")
    assert loaded.num_rows == len(ROWS)
    assert loaded[3] == {**ROWS[3], "why": "because"}
    del loaded, saved
    datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS[:2])}).save_to_disk(tmp_path / "splits")
    with pytest.raises(RowFileError, match=r"several splits; name one of .*splits/train"):
        list(RowSource(tmp_path / "splits").rows())


def test_a_saved_data_set_cannot_name_files_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "rows.jsonl")
    (tmp_path / "in" / "state.json").write_text('{"_data_files": [{"filename": "../rows.jsonl"}]}')
    assert RowSource(tmp_path / "in").files.paths == (tmp_path / "in" / "rows.jsonl",)


def test_what_trl_logs_is_known_by_its_columns(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    conversation = [{"role": "user", "content": "1 + 1 = ?"}]
    answer = [{"role": "assistant", "content": r"\boxed{2}"}, {"role": "tool", "content": "no"}]
    table = {
        "step": [10, 10],
        "prompt": [conversation, conversation],
        "completion": [answer, answer],
        "r1_zero": [1.0, float("nan")],
        "advantage": [0.5, -0.5],
    }
    pandas.DataFrame(table).to_parquet(tmp_path / "completions_00010.parquet")
    source = RowSource(tmp_path, mapping={"score": "r1_zero"})
    first, _ = source.rows()
    rollout = source.rollout(first)
    assert (rollout.prompt, rollout.completion) == ("1 + 1 = ?", r"\boxed{2}")
    assert source.columns.value(first.values or {}, "score") == 1.0
    assert RowSource(tmp_path).columns["score"] == "r1_zero"
    pandas.DataFrame({**table, "length": [1.0, 2.0]}).to_parquet(tmp_path / "completions_00010.parquet")
    assert RowSource(tmp_path).columns["score"] == ""


def test_what_verl_and_openrlhf_dump_is_known_by_its_columns(tmp_path: Path) -> None:
    verl = {"input": "1 + 1 = ?", "output": r"\boxed{2}", "gts": "2", "score": 1.0, "step": 3, "acc": True}
    source = RowSource(write(tmp_path / "3.jsonl", [verl]))
    (row,) = source.rows()
    assert source.rollout(row).golds == ("2",)
    assert source.columns.renamed() == {"completion": "output", "ground_truth": "gts", "prompt": "input"}
    openrlhf = {"input": "1 + 1 = ?", "output": r"\boxed{2}", "reward": 0.25}
    source = RowSource(write(tmp_path / "o.jsonl", [openrlhf]))
    (row,) = source.rows()
    assert source.columns.value(openrlhf, "score") == 0.25
    assert source.rollout(row).completion == r"\boxed{2}"
    training = {
        "prompt": [{"role": "user", "content": "1"}],
        "reward_model": {"ground_truth": "2", "style": "rule"},
    }
    source = RowSource(write(tmp_path / "t.jsonl", [training]))
    assert source.columns.text(training, "ground_truth") == "2"
    assert source.columns.text(training, "prompt") == "1"


def test_columns_are_mapped_by_hand(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"text": "4", "solution": 4, "completion": "not this one"}])
    source = RowSource(path, mapping=parse_mapping(("completion=text,ground_truth=solution",)))
    (row,) = source.rows()
    assert (source.rollout(row).completion, source.rollout(row).golds) == ("4", ("4",))


def test_a_mapping_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="write field=column"):
        parse_mapping(("completion",))
    with pytest.raises(InvalidParameterError, match=r"'completions' is no field .did you mean 'completion'"):
        RowSource(tmp_path, mapping={"completions": "x"})


def test_a_row_without_a_completion_says_how_to_map_one(tmp_path: Path) -> None:
    source = RowSource(write(tmp_path / "rows.jsonl", [{"x": "4"}]))
    (row,) = source.rows()
    with pytest.raises(
        InvalidRolloutError, match="no 'completion' here, but 'x'; say --map completion=COLUMN"
    ):
        source.rollout(row)


def test_a_gzip_bomb_of_one_line_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(40):
            stream.write(b"a" * 2**20)
    (row,) = RowSource(path).rows()
    assert row.error == "the line is longer than 32 MiB"


def test_a_run_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS[:1])

    def break_off() -> None:
        with row_writer(path, Container.JSONL) as writer:
            writer.write(ROWS[1])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert json.loads(path.read_bytes()) == ROWS[0]
