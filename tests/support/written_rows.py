"""Rows in files of every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rewards.analysis.file_formats import Container
from rewards.analysis.row_writing import row_writer

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
