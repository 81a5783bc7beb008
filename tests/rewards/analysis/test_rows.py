"""Rows of every format come out numbered, in order and one by one, and go back into the same format."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from written_rows import ROWS, write

from rewards.analysis.columns import parse_mapping
from rewards.analysis.rows import RowSource, RowStream
from rewards.errors import InvalidInputError, InvalidParameterError, InvalidRolloutError

if TYPE_CHECKING:
    from pathlib import Path


NAMES = ["rows.jsonl", "rows.jsonl.gz", "rows.jsonl.zst", "rows.parquet", "saved"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_read_in_the_order_they_were_written(tmp_path: Path, name: str) -> None:
    source = RowSource(write(tmp_path / name))
    rows = list(source.rows())
    assert [row.values for row in rows] == ROWS
    assert [row.number for row in rows] == list(range(1, len(ROWS) + 1))
    assert not list(tmp_path.glob("*.partial"))
    assert source.rollout(rows[4]).golds == ("5",)


@pytest.mark.parametrize("name", NAMES)
def test_rows_are_read_from_anywhere_and_just_those_wanted(tmp_path: Path, name: str) -> None:
    source = RowSource(write(tmp_path / name))
    assert [row.values for row in source.rows(skip=511)] == ROWS[511:]
    wanted = [1, 256, 257, 513, 700]
    found = list(source.rows(only=wanted))
    assert [row.number for row in found] == wanted
    assert [row.values for row in found] == [ROWS[number - 1] for number in wanted]
    assert list(source.rows(skip=10_000)) == []


def test_rows_of_a_folder_come_in_the_order_of_its_steps(tmp_path: Path) -> None:
    for step in (10, 9, 100):
        write(
            tmp_path / f"{step}.jsonl", [{"completion": "a", "step": step}, {"completion": "b", "step": step}]
        )
    rows = list(RowSource(tmp_path).rows())
    assert [row.values["step"] for row in rows if row.values] == [9, 9, 10, 10, 100, 100]
    assert [row.place for row in rows][:3] == ["9.jsonl:1", "9.jsonl:2", "10.jsonl:1"]


def test_row_source_knows_by_its_columns_what_trl_logs(tmp_path: Path) -> None:
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


def test_row_source_knows_by_its_columns_what_verl_and_openrlhf_dump(tmp_path: Path) -> None:
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


def test_row_source_refuses_a_mapping_of_nothing(tmp_path: Path) -> None:
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


Values = dict[str, object]


def test_a_folder_is_not_judged_by_its_first_file(tmp_path: Path) -> None:
    for step in range(1, 60):
        row = {
            "input": "?",
            "output": None if step < 40 else "4",
            "gts": None if step < 40 else "4",
            "score": 1,
        }
        (tmp_path / f"{step}.jsonl").write_text(json.dumps({**row, "step": step}) + "\n")
    source = RowSource(tmp_path)
    source.require("completion", "ground_truth")
    assert (source.columns["completion"], source.columns["ground_truth"]) == ("output", "gts")


def test_a_stream_is_read_once_and_no_further_than_needed() -> None:
    class Endless(io.RawIOBase):
        asked = 0

        def readline(self, _: int | None = -1, /) -> bytes:
            self.asked += 1
            return b'{"response": "4"}\n'

    endless = Endless()
    stream = RowStream(endless, "stdin")  # type: ignore[arg-type]  # all that is needed of a stream
    assert stream.columns["completion"] == "response"
    looked_at = endless.asked
    assert looked_at <= 600
    rows = stream.rows()
    assert [next(rows).number for _ in range(1000)] == list(range(1, 1001))
    assert endless.asked <= 1001


def test_an_empty_file_lacks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "golds.jsonl"
    path.write_bytes(b"")
    RowSource(path, mapping={"completion": "x"}).require("completion", "ground_truth")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"expected_anser": "4"}],
            r"no gold here: columns are 'expected_anser' \(did you mean 'expected_anser'",
        ),
        ([{"gold": None}], "no gold here: columns are 'gold'"),
        ([{"ground_truth": None}], "'ground_truth' is null in all of the first 1 rows"),
        ([{"target": "7", "label": "2"}], "it may be in 'target' or 'label'"),
        ([{"x": "1"}], "no gold here: columns are 'x'; say --map ground_truth=COLUMN"),
    ],
)
def test_a_file_without_golds_says_which_columns_there_are(rows: list[Values], said: str) -> None:
    stream = RowStream(io.BytesIO(b"".join(json.dumps(row).encode() + b"\n" for row in rows)), "golds")
    with pytest.raises(InvalidInputError, match=said):
        stream.require("ground_truth")
