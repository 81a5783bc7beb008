"""The files of a folder or a saved data set, by their format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from written_rows import ROWS, write

from rewards.analysis.file_formats import Container, Format
from rewards.analysis.row_writing import row_writer
from rewards.analysis.rows import RowSource
from rewards.errors import RowFileError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_of_several_kinds_must_be_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", ROWS[:2])
    write(tmp_path / "1.parquet", ROWS[2:4])
    with pytest.raises(RowFileError, match=r"several kinds .*choose one by --format"):
        list(RowSource(tmp_path).rows())
    assert [row.values for row in RowSource(tmp_path, Format.PARQUET).rows()] == ROWS[2:4]


def test_find_files_refuses_a_folder_without_rows(tmp_path: Path) -> None:
    with pytest.raises(RowFileError, match="holds no files of rows"):
        list(RowSource(tmp_path).rows())


def test_files_that_datasets_saved_are_read_and_those_written_load(tmp_path: Path) -> None:
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
