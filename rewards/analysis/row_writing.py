"""Writers of rows in the format that they came in: see :mod:`rewards.analysis.outputs`."""

from __future__ import annotations

import contextlib
import gzip
import json
from typing import TYPE_CHECKING, Any, Protocol, cast

from rewards.analysis.file_formats import Container
from rewards.analysis.json_lines import encoded
from rewards.analysis.outputs import opened_output, output_folder
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
    """A destination of rows."""

    def write(self, values: Mapping[str, object]) -> None:
        """Write one row, with the columns that the writer was opened for."""


@contextlib.contextmanager
def row_writer(
    path: Path,
    container: Container,
    *,
    schema: Any | None = None,  # noqa: ANN401  # pyarrow's Schema
    extra: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> Iterator[RowWriter]:
    """Open a writer of a file, or for :data:`Container.ARROW` a folder that `datasets.load_from_disk` loads.

    Args:
        path: where it appears when the block ends without an exception, `-` for standard output.
        container: how it holds its rows; `.gz` and `.zst` after `.jsonl` are minded.
        schema: the Arrow schema of the rows; JSON lines need none.
        extra: further columns, each with the name of its Arrow type (`string`, `double`, `int64`, `bool`).
        without: columns of the schema that are not written.

    Raises:
        RowFileError: a value does not fit the schema, or the path leads to a folder of something else.
    """
    with contextlib.ExitStack() as stack:
        if container is Container.JSONL:
            stream = stack.enter_context(opened_output(path))
            yield _LineWriter(stack.enter_context(_compressed(stream, path.suffix)))
            return
        table_schema = _changed(schema, extra or {}, without)
        if container is Container.ARROW:
            folder = stack.enter_context(output_folder(path))
            sink = stack.enter_context(_arrow_sink(folder, table_schema))
        else:
            stream = stack.enter_context(opened_output(path))
            sink = stack.enter_context(arrow("parquet").ParquetWriter(stream, table_schema))
        yield stack.enter_context(_TableWriter(sink, table_schema))


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
def _compressed(stream: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".zst":
        with arrow().CompressedOutputStream(stream, "zstd") as compressed:
            yield compressed
    elif suffix == ".gz":  # without a name and a time in it, so that equal rows make equal files
        with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as compressed:
            yield cast("BinaryIO", compressed)
    else:
        yield stream


@contextlib.contextmanager
def _arrow_sink(folder: Path, schema: Any) -> Iterator[Any]:  # noqa: ANN401
    name = "data-00000-of-00001.arrow"
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
