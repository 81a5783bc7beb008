"""Rows in batches, as files of lines and of columns hold them: what cannot be read costs itself alone."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from written_rows import write

from rewards.analysis.rows import RowSource, RowStream
from rewards.cli.main import main
from rewards.errors import RowFileError

if TYPE_CHECKING:
    from pathlib import Path


def test_row_batches_number_bad_lines_too(tmp_path: Path) -> None:
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


def test_row_batches_lose_one_row_to_text_that_is_not_utf8(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    texts = pyarrow.array([b"4", b"\xff", b"5"]).cast(pyarrow.binary()).view(pyarrow.string())
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"completion": texts}), tmp_path / "rows.parquet")
    rows = list(RowSource(tmp_path / "rows.parquet").rows())
    assert [row.values and row.values["completion"] for row in rows] == ["4", None, "5"]
    assert rows[1].error.startswith("cannot be decoded")


@pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.jsonl.zst", "rows.parquet"])
def test_row_batches_of_a_file_that_was_cut_off_say_that_it_is_damaged(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RowFileError, match="cannot be read on"):
        list(RowSource(path).rows())


def test_a_gzip_bomb_of_one_line_is_one_bad_row(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb") as stream:
        for _ in range(40):
            stream.write(b"a" * 2**20)
    (row,) = RowSource(path).rows()
    assert row.error == "the line is longer than 32 MiB"


ARRAYS = {
    "on one line": '[{"gold": "1"}, {"gold": "]"}]',
    "spread out": '[\n  {\n    "gold": "1"\n  },\n  {\n    "gold": "]"\n  }\n]\n',
    "with a mark at its beginning": '\ufeff [ {"gold": "1"},{"gold": "]"}]',
    "of long objects": json.dumps([{"x": "½" * 200_000, "gold": "1"}, {"gold": "]", "x": "y" * 200_000}]),
}


@pytest.mark.parametrize("text", ARRAYS.values(), ids=ARRAYS)
def test_an_array_of_objects_is_read_as_lines_are(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golds.json"
    path.write_text(text, "utf-8")
    for rows in (RowSource(path), RowStream(io.BytesIO(path.read_bytes()), "stdin")):
        assert [row.values and row.values["gold"] for row in rows.rows()] == ["1", "]"]


def test_items_of_an_array_that_are_no_objects_are_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "golds.json"
    path.write_text('[{"gold": "1"}, 12, [3], {"gold": "2"}]')
    assert [row.error for row in RowSource(path).rows()] == [
        "", "not a JSON object but a int", "not a JSON object but a list", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ['[{"gold": "1"}, {"gold": ', '[{"gold": "1"}] {"gold": "2"}', '[{"gold": "1"},']
)
def test_row_batches_of_a_broken_array_say_that_it_is_damaged(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golds.json"
    path.write_text(text)
    with pytest.raises(RowFileError, match="cannot be read on"):
        list(RowSource(path).rows())


OTHERS = {
    "CSV": b"problem,gold\n" + b"1 + 1?,2\n" * 300,
    "TSV": b"problem\tgold\n1 + 1?\t2\n",
    "UTF-16": '{"gold": "2"}\n'.encode("utf-16") * 3,
    "an array of texts": b'["1", "2"]',
    "one object over lines": b'{\n  "gold": "1"\n}\n',
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_row_batches_of_what_holds_no_rows_are_refused_as_a_whole(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "golds"
    path.write_bytes(data)
    for rows in (RowSource(path), RowStream(io.BytesIO(data), "golds")):
        with pytest.raises(RowFileError, match="golds holds no rows: line"):
            rows.require()


@pytest.mark.parametrize("how", ["parquet", "saved"])
def test_row_batches_name_the_classes_of_datasets(how: str, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
    kind = datasets.ClassLabel(names=["A", "B", "C"])
    features = datasets.Features(
        {
            "answer": kind,
            "level": datasets.Value("int64"),
            "several": datasets.List(kind),
            "inside": {"answer": kind, "level": datasets.Value("int64")},
        }
    )
    given = {
        "answer": [2, 0, -1],
        "level": [1, 1, 1],
        "several": [[0, 1], [], [2]],
        "inside": [{"answer": 1, "level": 1}] * 3,
    }
    table = datasets.Dataset.from_dict(given, features=features)
    path = tmp_path / ("rows.parquet" if how == "parquet" else "saved")
    table.to_parquet(path) if how == "parquet" else table.save_to_disk(path)
    rows = [row.values for row in RowSource(path).rows() if row.values is not None]
    assert [row["answer"] for row in rows] == ["C", "A", None]
    assert [row["several"] for row in rows] == [["A", "B"], [], ["C"]]
    assert [row["inside"] for row in rows] == [{"answer": "B", "level": 1}] * 3
    assert {row["level"] for row in rows} == {1}
    cleaned = tmp_path / ("out.parquet" if how == "parquet" else "out")
    ran = CliRunner().invoke(main, ["audit", str(path), "-o", str(cleaned)])
    assert ran.exit_code == 0, ran.output
    assert [row.values for row in RowSource(cleaned).rows()] == rows[:2]


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"{",
        b"[]",
        b'{"info": null}',
        b'{"info": {"features": [1]}}',
        b'{"info": {"features": {"a": ["ClassLabel"]}}}',
    ],
)
def test_row_batches_mind_no_other_note_on_a_schema(note: bytes, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"a": [1, 2]}).replace_schema_metadata({b"huggingface": note})
    parquet.write_table(table, tmp_path / "rows.parquet")
    assert [row.values for row in RowSource(tmp_path / "rows.parquet").rows()] == [{"a": 1}, {"a": 2}]
