"""Rows of one file in bounded batches; a row that cannot be decoded does not affect other rows.

Rows are decoded one by one when they are asked for, so that skipping a million of them is quick. pyarrow,
which Parquet, Arrow and zstandard need, is an extra and is loaded when the first such file is opened.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import io
import zlib
from typing import TYPE_CHECKING, Any, Protocol, cast

from rewards.analysis.file_formats import Container
from rewards.analysis.json_lines import object_of, raw_lines
from rewards.errors import InvalidRolloutError, RowFileError
from rewards.messages import install_command

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Decoded", "RowBatch", "arrow", "batches", "decoded_lines", "schema_of"]

MOST_ROWS = 256
MOST_BYTES = 4 * 2**20

Decoded = tuple[dict[str, object] | None, str]
"""The values of a row by column, or None and why it has none."""


class RowBatch(Protocol):
    """Some rows of a file."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, at: int) -> Decoded:
        """Return one row, decoded."""

    def size(self, at: int) -> int:
        """Return the approximate size of one row in bytes."""


class _Lines:
    def __init__(self) -> None:
        self._raw: list[tuple[bytes | None, int]] = []
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._raw)

    def append(self, raw: bytes | None, size: int) -> None:
        self._raw.append((raw, size))
        self.bytes += size if raw is not None else 0

    def __getitem__(self, at: int) -> Decoded:
        return _decoded(self._raw[at][0])

    def size(self, at: int) -> int:
        return self._raw[at][1]


class _BatchColumns:
    """A slice of an Arrow record batch."""

    def __init__(self, batch: Any) -> None:  # noqa: ANN401  # pyarrow's RecordBatch, which may not be installed
        self._batch = batch
        self._size = batch.nbytes // max(batch.num_rows, 1)

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    def __getitem__(self, at: int) -> Decoded:
        try:
            (row,) = self._batch.slice(at, 1).to_pylist()
        except (ValueError, OverflowError, OSError) as error:  # text that is not UTF-8, a date out of range
            return None, f"cannot be decoded: {error}"
        return row, ""

    def size(self, at: int) -> int:  # noqa: ARG002  # rows of a column are not measured one by one
        return int(self._size)


def batches(path: Path, container: Container) -> Generator[RowBatch]:
    """Iterate over the rows of a file in bounded batches.

    Raises:
        RowFileError: the file as a whole is damaged or of another kind, or pyarrow is not installed.
    """
    with _damage(path):
        if container is Container.JSONL:
            with _opened(path) as stream:
                yield from _line_batches(stream)
        elif container is Container.PARQUET:
            with arrow("parquet").ParquetFile(path, memory_map=True) as file:
                for batch in file.iter_batches(batch_size=MOST_ROWS):
                    yield from _sliced(batch)
        else:
            with arrow().memory_map(str(path)) as stream, arrow("ipc").open_stream(stream) as reader:
                for batch in reader:
                    yield from _sliced(batch)


def decoded_lines(stream: BinaryIO, name: str) -> Iterator[tuple[Decoded, int]]:
    """Iterate over each JSON line of a stream as soon as it comes, decoded, with its size.

    Args:
        stream: what is read, once.
        name: what errors call it.

    Raises:
        RowFileError: it cannot be read on.
    """
    with _damage(name):
        for raw, size in raw_lines(stream):
            yield _decoded(raw), size


def schema_of(path: Path, container: Container) -> Any | None:  # noqa: ANN401  # pyarrow's Schema
    """Return the Arrow schema of a file; None for JSON lines, which have none."""
    if container is Container.JSONL:
        return None
    with _damage(path):
        if container is Container.PARQUET:
            return arrow("parquet").read_schema(path)
        with arrow().memory_map(str(path)) as stream, arrow("ipc").open_stream(stream) as reader:
            return reader.schema


def arrow(module: str = "") -> Any:  # noqa: ANN401  # it has no types, and may not be installed
    """Return pyarrow, or a module of it.

    Raises:
        RowFileError: it is not installed.
    """
    try:
        return importlib.import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError as error:
        message = f"Parquet, Arrow and zstandard files need pyarrow: {install_command('data')}"
        raise RowFileError(message) from error


@contextlib.contextmanager
def _damage(path: Path | str) -> Iterator[None]:
    """Convert the errors of libraries about a damaged file into RowFileError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        message = f"{path} cannot be read on: {error}"
        raise RowFileError(message) from error
    except OSError as error:
        if error.errno is not None:  # the operating system's own, which say it well
            raise
        message = f"{path} cannot be read on: {error}"
        raise RowFileError(message) from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        if path.suffix == ".gz":
            yield cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif path.suffix == ".zst":
            yield cast(
                "BinaryIO",
                stack.enter_context(io.BufferedReader(arrow().input_stream(str(path), compression="zstd"))),
            )
        else:
            yield raw


def _line_batches(stream: BinaryIO) -> Iterator[_Lines]:
    lines = _Lines()
    for raw, size in raw_lines(stream):
        lines.append(raw, size)
        if len(lines) >= MOST_ROWS or lines.bytes >= MOST_BYTES:
            yield lines
            lines = _Lines()
    if len(lines):
        yield lines


def _decoded(raw: bytes | None) -> Decoded:
    try:
        return object_of(raw), ""
    except InvalidRolloutError as error:
        return None, str(error)


def _sliced(batch: Any) -> Iterator[_BatchColumns]:  # noqa: ANN401  # pyarrow's RecordBatch
    for start in range(0, batch.num_rows, MOST_ROWS):
        yield _BatchColumns(batch.slice(start, MOST_ROWS))
