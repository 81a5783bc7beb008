"""Rows into files of the format they came from; a file appears under its name only when it is whole.

Until then it is `NAME.partial`, which is what a run that was broken off leaves behind.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
from typing import TYPE_CHECKING, Any, Protocol, cast

from rewards.analysis.file_formats import Container
from rewards.analysis.json_lines import encoded
from rewards.analysis.row_batches import arrow
from rewards.errors import RowFileError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Self

__all__ = ["RowWriter", "row_writer"]

_ROWS_AT_ONCE = 256


class RowWriter(Protocol):
    """Somewhere rows go."""

    def write(self, values: Mapping[str, object]) -> None:
        """One row, with the columns that were agreed on."""


@contextlib.contextmanager
def row_writer(
    path: Path,
    container: Container,
    *,
    schema: Any | None = None,  # noqa: ANN401  # pyarrow's Schema
    extra: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> Iterator[RowWriter]:
    """A file of rows, or for :data:`Container.ARROW` a folder that `datasets.load_from_disk` loads.

    Args:
        path: where it appears when the block ends without an exception.
        container: how it holds its rows; `.gz` and `.zst` after `.jsonl` are minded.
        schema: the Arrow schema of the rows; JSON lines need none.
        extra: further columns, each with the name of its Arrow type (`string`, `double`, `int64`, `bool`).
        without: columns of the schema that are not written.

    Raises:
        RowFileError: a value does not fit the schema.
    """
    partial = path.with_name(f"{path.name}.partial")
    _remove(partial)
    with contextlib.ExitStack() as stack:
        if container is Container.JSONL:
            yield _LineWriter(stack.enter_context(_opened(partial, path.suffix)))
        else:
            table_schema = _changed(schema, extra or {}, without)
            sink = _arrow_sink if container is Container.ARROW else _parquet_sink
            yield stack.enter_context(
                _TableWriter(stack.enter_context(sink(partial, table_schema)), table_schema)
            )
    if path.is_dir() and container is Container.ARROW:
        _remove(path)
    partial.replace(path)


class _LineWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, values: Mapping[str, object]) -> None:
        self._stream.write(encoded(values))


class _TableWriter:
    def __init__(self, sink: Any, schema: Any) -> None:  # noqa: ANN401  # pyarrow's, which may not be installed
        self._sink = sink
        self._schema = schema
        self._rows: list[Mapping[str, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()

    def write(self, values: Mapping[str, object]) -> None:
        self._rows.append(values)
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        try:
            batch = arrow().RecordBatch.from_pylist(self._rows, schema=self._schema)
        except (ValueError, TypeError, OverflowError) as error:  # what pyarrow's own errors are made of
            message = f"a row does not fit the columns of the file it came from: {error}"
            raise RowFileError(message) from error
        self._sink.write_batch(batch)
        self._rows = []


@contextlib.contextmanager
def _opened(path: Path, suffix: str) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as stack:
        if suffix == ".zst":
            yield stack.enter_context(arrow().output_stream(str(path), compression="zstd"))
            return
        raw = stack.enter_context(path.open("wb"))
        if suffix == ".gz":  # without a name and a time in it, so that equal rows make equal files
            yield cast("BinaryIO", stack.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0)))
        else:
            yield raw


@contextlib.contextmanager
def _parquet_sink(path: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401
    with arrow("parquet").ParquetWriter(path, schema) as writer:
        yield writer


@contextlib.contextmanager
def _arrow_sink(folder: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401
    name = "data-00000-of-00001.arrow"
    folder.mkdir()
    with (
        arrow().OSFile(str(folder / name), "wb") as stream,
        arrow("ipc").new_stream(stream, schema) as writer,
    ):
        yield writer
    state: dict[str, object] = {
        "_data_files": [{"filename": name}],
        "_fingerprint": "touchstone",
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": None,
    }
    (folder / "state.json").write_text(json.dumps(state, indent=2), "utf-8")
    (folder / "dataset_info.json").write_text(json.dumps({"citation": "", "description": ""}), "utf-8")


def _changed(schema: Any, extra: Mapping[str, str], without: Collection[str]) -> Any:  # noqa: ANN401
    """The schema with some columns more and some fewer, and without what other libraries noted on it."""
    if schema is None:
        message = "rows without a schema can be written as JSON lines only"
        raise RowFileError(message)
    fields = [field for field in schema if field.name not in extra and field.name not in without]
    fields += [arrow().field(name, arrow().type_for_alias(kind)) for name, kind in extra.items()]
    return arrow().schema(fields)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
