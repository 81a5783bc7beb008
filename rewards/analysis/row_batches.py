"""Rows of one file in bounded batches; a row that cannot be decoded does not affect other rows.

Classes (`ClassLabel` of datasets) are read as their names, which golds are, and not as their numbers.

Rows are decoded one by one when they are asked for, so that skipping a million of them is quick. pyarrow,
which Parquet, Arrow and zstandard need, is an extra and is loaded when the first such file is opened.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import importlib
import io
import json
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

_NOTE = b"huggingface"
"""Key of what `datasets` notes on a schema, the names of classes among it."""

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
        self._classes = _classes((batch.schema.metadata or {}).get(_NOTE))
        self._size = batch.nbytes // max(batch.num_rows, 1)

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    def __getitem__(self, at: int) -> Decoded:
        try:
            (row,) = self._batch.slice(at, 1).to_pylist()
        except (ValueError, OverflowError, OSError) as error:  # text that is not UTF-8, a date out of range
            return None, f"cannot be decoded: {error}"
        for name in self._classes.keys() & row.keys():
            row[name] = _named(row[name], self._classes[name])
        return row, ""

    def size(self, at: int) -> int:  # noqa: ARG002  # rows of a column are not measured one by one
        return int(self._size)


@functools.lru_cache(maxsize=64)
def _classes(note: bytes | None) -> dict[str, Any]:
    """Return the types of the columns that hold classes, as `datasets` notes them on a schema.

    >>> _classes(b'{"info": {"features": {"a": {"names": ["A", "B"], "_type": "ClassLabel"}}}}')
    {'a': {'names': ['A', 'B'], '_type': 'ClassLabel'}}
    """
    try:
        features = json.loads(note or b"")["info"]["features"]
        return {str(name): kind for name, kind in features.items() if '"ClassLabel"' in json.dumps(kind)}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # of anybody else
        return {}


def _named(value: object, kind: object) -> object:
    """Return a value of a type of `datasets` with the names of the classes in it, None for no class."""
    if isinstance(value, list):
        return [_named(one, _inner(kind)) for one in value]
    if isinstance(value, dict) and isinstance(kind, dict):
        return {name: _named(one, kind.get(name)) for name, one in value.items()}
    names = _names(kind)
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def _named_type(given: Any, kind: object) -> Any:  # noqa: ANN401  # pyarrow's DataType
    """Return the Arrow type of what :func:`_named` makes of values of a type."""
    types = arrow("types")
    if types.is_list(given) or types.is_large_list(given):
        return arrow().list_(_named_type(given.value_type, _inner(kind)))
    if types.is_struct(given) and isinstance(kind, dict):
        fields = [field.with_type(_named_type(field.type, kind.get(field.name))) for field in given]
        return arrow().struct(fields)
    return arrow().string() if types.is_integer(given) and _names(kind) is not None else given


def _names(kind: object) -> list[str] | None:
    found = kind.get("names") if isinstance(kind, dict) and kind.get("_type") == "ClassLabel" else None
    return list(map(str, found)) if isinstance(found, list) else None


def _inner(kind: object) -> object:
    return kind.get("feature") if isinstance(kind, dict) else kind[0] if isinstance(kind, list) else None


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
    """Return the Arrow schema of a file, with classes as the texts that they are read as.

    JSON lines have none: None.
    """
    if container is Container.JSONL:
        return None
    with _damage(path):
        if container is Container.PARQUET:
            schema = arrow("parquet").read_schema(path)
        else:
            with arrow().memory_map(str(path)) as stream, arrow("ipc").open_stream(stream) as reader:
                schema = reader.schema
    classes = _classes((schema.metadata or {}).get(_NOTE))
    fields = [field.with_type(_named_type(field.type, classes.get(field.name))) for field in schema]
    return arrow().schema(fields, metadata=schema.metadata)


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
