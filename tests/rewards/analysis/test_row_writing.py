"""Rows written: the same bytes for the same rows, and whole files or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from written_rows import ROWS, write

from rewards.analysis.file_formats import Container
from rewards.analysis.row_writing import row_writer
from rewards.analysis.rows import RowSource

if TYPE_CHECKING:
    from pathlib import Path


def test_row_writer_writes_the_same_bytes_for_the_same_rows(tmp_path: Path) -> None:
    for name in ("rows.jsonl", "rows.jsonl.gz", "rows.parquet"):
        first, second = write(tmp_path / name).read_bytes(), write(tmp_path / name).read_bytes()
        assert first == second


def test_row_writer_keeps_lone_surrogates(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"completion": "\\ud800"}\n')
    (row,) = RowSource(path).rows()
    assert row.values is not None
    again = write(tmp_path / "again.jsonl", [row.values])
    assert json.loads(again.read_bytes()) == {"completion": "\ud800"}


def test_row_writer_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS[:1])

    def break_off() -> None:
        with row_writer(path, Container.JSONL) as writer:
            writer.write(ROWS[1])
            raise InterruptedError

    with pytest.raises(InterruptedError):
        break_off()
    assert json.loads(path.read_bytes()) == ROWS[0]
