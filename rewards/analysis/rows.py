"""Files of rows as one numbered stream: what audit, filter, compare and report read.

A row that cannot be decoded keeps its number and says why. A stream can be started in the middle, or
give just the rows of some numbers, without decoding what it skips.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from functools import cached_property
from pathlib import Path  # noqa: TC003  # doctests and dataclasses name it
from typing import TYPE_CHECKING, NamedTuple

from rewards.analysis.columns import Columns
from rewards.analysis.file_formats import COMPRESSED, Container, find_files
from rewards.analysis.row_batches import batches, schema_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from typing import Any

    from rewards.analysis.file_formats import Files, Format
    from rewards.rollout import Rollout

__all__ = ["Row", "RowSource"]

_ROWS_LOOKED_AT = 100


class Row(NamedTuple):
    """One row of a file."""

    number: int
    """Counted from 1 over all files."""

    values: dict[str, object] | None
    """By column; None where the row cannot be decoded."""

    error: str
    """Why not; empty where it can."""

    file: Path
    line: int
    """Counted from 1 in its file."""

    size: int
    """About how many bytes it takes in the file, before compression."""

    @property
    def place(self) -> str:
        """`file:line`, for people."""
        return f"{self.file.name}:{self.line}"


@dataclasses.dataclass(frozen=True)
class RowSource:
    r"""A file, or a folder of files, read as one stream of rows.

    Args:
        path: the file or folder.
        format: what wrote it; by default seen from names and contents.
        mapping: fields of a rollout (or `score`), each with the column that holds it here.

    Raises:
        RowFileError: nothing there that can be read.
        InvalidParameterError: the mapping names a field that there is not.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "1.jsonl")
    ...     _ = path.write_text('{"input": "1+1?", "output": "2", "gts": "2", "score": 1.0, "step": 1}\n[]\n')
    ...     source = RowSource(path)
    ...     good, bad = source.rows()
    ...     source.rollout(good).completion, source.columns.score
    ('2', 'score')
    >>> bad.place, bad.error
    ('1.jsonl:2', 'not a JSON object but a list')
    """

    path: Path
    format: Format | None = None
    mapping: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        Columns.check(self.mapping)

    @cached_property
    def files(self) -> Files:
        """What is read, and in which order."""
        return find_files(self.path, self.format)

    @cached_property
    def schema(self) -> Any | None:  # noqa: ANN401  # pyarrow's Schema
        """The Arrow schema; None for JSON lines."""
        return schema_of(self.files.paths[0], self.files.container)

    @cached_property
    def columns(self) -> Columns:
        """Which column holds what: as mapped, and else as the first rows show."""
        return Columns.found(self.first, self.format, self.mapping)

    @cached_property
    def first(self) -> dict[str, object]:
        """The values of the first row that can be decoded; empty where none of the first hundred can."""
        with contextlib.closing(self.rows()) as rows:
            return next((row.values for row in itertools.islice(rows, _ROWS_LOOKED_AT) if row.values), {})

    @property
    def size(self) -> int | None:
        """The bytes of all rows; None where compression or columns hide it."""
        plain = self.files.container is Container.JSONL
        if not plain or any(path.suffix in COMPRESSED for path in self.files.paths):
            return None
        return sum(path.stat().st_size for path in self.files.paths)

    @property
    def fingerprint(self) -> list[tuple[str, int, int]]:
        """Name, bytes and time of change of each file: whether it is still what a run began with."""
        states = [(path, path.stat()) for path in self.files.paths]
        return [(path.name, state.st_size, state.st_mtime_ns) for path, state in states]

    def rows(self, *, skip: int = 0, only: Iterable[int] | None = None) -> Generator[Row]:
        """The rows in order.

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
        """The rollout on a row that could be decoded.

        Raises:
            InvalidRolloutError: a field is missing or of the wrong type.
        """
        return self.columns.rollout(row.values or {})
