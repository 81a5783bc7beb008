"""Files of rows as one numbered stream: what audit, filter, compare and report read.

A row that cannot be decoded keeps its number and says why. A stream can be started in the middle, or
give just the rows of some numbers, without decoding what it skips.
"""

from __future__ import annotations

import abc
import collections
import contextlib
import dataclasses
import itertools
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rewards.analysis.columns import Columns
from rewards.analysis.file_formats import COMPRESSED, Container, find_files
from rewards.analysis.row_batches import batches, decoded_lines, schema_of
from rewards.analysis.sample import Sample
from rewards.analysis.text_settings import DEFAULT, TextSettings
from rewards.errors import InvalidParameterError, RowFileError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

    from rewards.analysis.file_formats import Files, Format
    from rewards.analysis.row_batches import RowBatch
    from rewards.rollout import Rollout

__all__ = ["Row", "RowSource", "RowStream", "Rows"]

_SAMPLE_ROWS: Final = 1000
_SAMPLE_BYTES: Final = 16 * 2**20
_SAMPLE_FILES: Final = 20
"""Limits of the sample from which columns are found."""

_SAMPLE_LINES: Final = 512
"""Number of sample lines of a stream, whose writer may wait for results before it sends more."""


class Row(NamedTuple):
    """One row of a file."""

    number: int
    """Number of the row, counted from 1 over all files."""

    values: dict[str, object] | None
    """Values by column; None where the row cannot be decoded."""

    error: str
    """The reason why the row cannot be decoded; empty where it can."""

    file: Path
    line: int
    """Line of the row, counted from 1 in its file."""

    size: int
    """Approximate size in bytes in the file, before compression."""

    @property
    def place(self) -> str:
        """`file:line`, for people."""
        return f"{self.file.name}:{self.line}"


class Rows(abc.ABC):
    """Rows from anywhere, with the columns that their first ones show."""

    format: Format | None
    mapping: Mapping[str, str]
    bare_answer: str | None
    texts: TextSettings

    _readable: ClassVar[str] = (
        "Read are JSON lines, a JSON array of objects, and Parquet, in UTF-8; convert CSV and others"
    )

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """Name of the rows in messages."""

    @property
    @abc.abstractmethod
    def sample(self) -> Sample:
        """Sample of the first rows, column by column."""

    @cached_property
    def columns(self) -> Columns:
        """The column of each field: as mapped, else as found from the sample.

        Raises:
            InvalidParameterError: a mapping to a column that is not there, or of two fields to one column.
        """
        return Columns.found(self.sample, self.format, self.mapping, self.bare_answer, self.texts)

    @property
    def size(self) -> int | None:
        """The bytes of all rows; None where that is not known."""
        return None

    def carries(self, field: str) -> bool:
        """Return True if the sample holds a value of a field."""
        return any(self.sample.holds(column) for column in self.columns.of(field))

    def require(self, *fields: str) -> None:
        """Raise if no sampled row can be decoded, or none holds a value of one of some fields.

        A file without rows lacks nothing.

        Raises:
            RowFileError: there are no rows, but something else.
            InvalidParameterError: a field is missing; the message names the columns that there are.
        """
        sample = self.sample
        if sample.rows == 0 < sample.bad_rows:
            lines = "line 1 is" if sample.bad_rows == 1 else f"lines 1 to {sample.bad_rows} are"
            reason = f"{lines} no JSON objects ({sample.first_error})"
            message = f"{self.name} holds no rows: {reason}. {self._readable}"
            raise RowFileError(message)
        for field in fields:
            if sample.rows and not self.carries(field):
                raise InvalidParameterError(self.columns.missing(field, sample))


@dataclasses.dataclass(frozen=True)
class RowSource(Rows):
    r"""A file, or a folder of files, read as one stream of rows.

    Args:
        path: the file or folder.
        format: what wrote it; by default seen from names and contents.
        mapping: fields of a rollout (or `score`), each with the column that holds it here.
        bare_answer: the column of bare answers, each of which may stand in for a completion; see
            :meth:`rewards.analysis.columns.Columns.found`.
        texts: settings by which golds and completions are read.

    Raises:
        RowFileError: nothing there that can be read.
        InvalidParameterError: the mapping names a field that there is not.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "1.jsonl")
    ...     _ = path.write_text('{"input": "1+1?", "output": "2", "gts": "2", "score": 1.0, "step": 1}\n[]\n')
    ...     source = RowSource(path)
    ...     good, bad = source.rows()
    ...     source.rollout(good).completion, source.columns["score"]
    ('2', 'score')
    >>> bad.place, bad.error
    ('1.jsonl:2', 'not a JSON object but a list')
    """

    path: Path
    format: Format | None = None
    mapping: Mapping[str, str] = dataclasses.field(default_factory=dict)
    bare_answer: str | None = None
    texts: TextSettings = DEFAULT

    def __post_init__(self) -> None:
        Columns.check(self.mapping)

    @property
    def name(self) -> str:
        """See :class:`Rows`."""
        return self.path.name

    @cached_property
    def files(self) -> Files:
        """The files in the order in which they are read."""
        return find_files(self.path, self.format)

    @cached_property
    def schema(self) -> Any | None:  # noqa: ANN401  # pyarrow's Schema
        """The Arrow schema; None for JSON lines."""
        return schema_of(self.files.paths[0], self.files.container)

    @cached_property
    def sample(self) -> Sample:
        """See :class:`Rows`; of a folder, the first rows of files that are spread evenly over it."""
        paths = _spread(self.files.paths)
        sample = Sample()
        for path in paths:
            with contextlib.closing(batches(path, self.files.container)) as found:
                for batch in _first(found, len(paths)):
                    for at in range(len(batch)):
                        sample.take(*batch[at])
        return sample

    @property
    def size(self) -> int | None:
        """See :class:`Rows`; compression and columns hide it."""
        plain = self.files.container is Container.JSONL
        if not plain or any(path.suffix in COMPRESSED for path in self.files.paths):
            return None
        return sum(path.stat().st_size for path in self.files.paths)

    @property
    def fingerprint(self) -> list[tuple[str, int, int]]:
        """Name, size and modification time of each file, which tell whether the files have changed."""
        states = [(path, path.stat()) for path in self.files.paths]
        return [(path.name, state.st_size, state.st_mtime_ns) for path, state in states]

    def rows(self, *, skip: int = 0, only: Iterable[int] | None = None) -> Generator[Row]:
        """Iterate over the rows in order.

        Args:
            skip: how many rows to pass over at the beginning.
            only: numbers, ascending; other rows are passed over.

        Raises:
            RowFileError: a file is damaged as a whole; the rows before the damage have been given.
        """
        wanted = None if only is None else iter(only)
        next_wanted = skip + 1 if wanted is None else next(wanted, None)
        before = 0
        for path in self.files.paths:
            line = 0
            for batch in batches(path, self.files.container):
                last = before + len(batch)
                while next_wanted is not None and next_wanted <= last:
                    at = next_wanted - before - 1
                    values, error = batch[at]
                    yield Row(next_wanted, values, error, path, line + at + 1, batch.size(at))
                    next_wanted = next_wanted + 1 if wanted is None else next(wanted, None)
                if next_wanted is None:
                    return
                before = last
                line += len(batch)

    def rollout(self, row: Row) -> Rollout:
        """Return the rollout of a row that could be decoded.

        Raises:
            InvalidRolloutError: a field is missing or of the wrong type.
        """
        return self.columns.rollout(row.values or {})


class RowStream(Rows):
    r"""JSON lines out of a stream that is read once: standard input, or a pipe.

    Args:
        stream: what is read.
        name: what errors call it.
        format: what wrote it; by default seen from its columns.
        mapping: see :class:`RowSource`.
        bare_answer: see :class:`RowSource`.
        texts: see :class:`RowSource`.

    Raises:
        InvalidParameterError: the mapping names a field that there is not.

    >>> import io
    >>> stream = RowStream(io.BytesIO(b'{"response": null}\n{"response": "4"}\n'), "stdin")
    >>> stream.columns["completion"], [row.number for row in stream.rows()]
    ('response', [1, 2])
    """

    _readable = (
        "Read from a stream are JSON lines, or a JSON array of objects, in UTF-8; name a file for others"
    )

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        format: Format | None = None,  # noqa: A002  # as in RowSource
        mapping: Mapping[str, str] | None = None,
        bare_answer: str | None = None,
        texts: TextSettings = DEFAULT,
    ) -> None:
        self._name = name
        self.format = format
        self.mapping = mapping or {}
        self.bare_answer = bare_answer
        self.texts = texts
        Columns.check(self.mapping)
        self._rows = self._numbered(stream)
        self._begun: collections.deque[Row] = collections.deque()

    @property
    def name(self) -> str:
        """See :class:`Rows`."""
        return self._name

    @cached_property
    def sample(self) -> Sample:
        """See :class:`Rows`; the rows are kept until they are asked for."""
        sample, size = Sample(), 0
        for row in itertools.islice(self._rows, _SAMPLE_LINES):
            self._begun.append(row)
            sample.take(row.values, row.error)
            size += row.size
            if size >= _SAMPLE_BYTES:
                break
        return sample

    def rows(self) -> Iterator[Row]:
        """Iterate over the rows in order; only once.

        Raises:
            RowFileError: the stream is damaged; the rows before the damage have been given.
        """
        _ = self.sample
        while self._begun:
            yield self._begun.popleft()
        yield from self._rows

    def _numbered(self, stream: BinaryIO) -> Iterator[Row]:
        file = Path(self.name)
        for number, ((values, error), size) in enumerate(decoded_lines(stream, self.name), start=1):
            yield Row(number, values, error, file, number, size)


def _spread(paths: Sequence[Path]) -> Sequence[Path]:
    """Return a bounded number of files spread evenly, the first and the last among them."""
    most = min(len(paths), _SAMPLE_FILES)
    if most < 2:  # noqa: PLR2004  # one file, or none
        return paths
    return [paths[round(place * (len(paths) - 1) / (most - 1))] for place in range(most)]


def _first(found: Iterator[RowBatch], parts: int) -> Iterator[RowBatch]:
    """Iterate over the first batches of a file, up to this file's share of the rows or bytes of a sample."""
    rows = size = 0
    while rows * parts < _SAMPLE_ROWS and size * parts < _SAMPLE_BYTES:
        batch = next(found, None)
        if batch is None:
            return
        yield batch
        rows += len(batch)
        size += sum(batch.size(at) for at in range(len(batch)))
