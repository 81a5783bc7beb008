"""Output of rows that came from a file: in the same format, or dropped."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from rewards.analysis.row_writing import RowWriter
    from rewards.analysis.rows import RowSource

__all__ = ["written"]


class _Nowhere:
    def write(self, values: Mapping[str, object]) -> None:
        """Drop a row."""


@contextlib.contextmanager
def written(
    source: RowSource, path: Path | None, extra: Mapping[str, str], without: Collection[str] = ()
) -> Iterator[RowWriter]:
    """Open a writer of rows of `source` with columns added and left out; without a path it drops them."""
    from rewards.analysis.file_formats import container_of  # noqa: PLC0415  # not needed by --help
    from rewards.analysis.outputs import is_replaceable  # noqa: PLC0415
    from rewards.analysis.row_writing import row_writer  # noqa: PLC0415

    if path is None:
        yield _Nowhere()
        return
    container = source.files.container
    said = container_of(path) if is_replaceable(path) else None
    if said is not None and said is not container:
        message = (
            f"{path} says {said.value}, but rows keep the format they came in, which is {container.value}"
        )
        raise click.UsageError(message)
    with row_writer(path, container, schema=source.schema, extra=extra, without=without) as writer:
        yield writer
