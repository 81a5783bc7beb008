"""The flags that say what wrote a file of rows and which column holds what, and the source that they make."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rewards.analysis.rows import RowSource

    Command = Callable[..., object]

__all__ = ["RowFlags", "row_options", "rows_argument"]

_FORMATS = ("jsonl", "parquet", "datasets", "trl", "verl", "openrlhf")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowFlags:
    """How files of rows are to be read."""

    format: str | None
    mapping: tuple[str, ...]

    @contextlib.contextmanager
    def source(self, path: str, mapping: Mapping[str, str] | None = None) -> Iterator[RowSource]:
        """The rows at `path`, with a mapping beside that of the flags.

        Standard input (`-`) and pipes are kept on disk meanwhile, so that they can be read twice.

        Raises:
            RowFileError: nothing there that can be read.
            InvalidParameterError: a mapping of no field.
        """
        from rewards.analysis.columns import parse_mapping  # noqa: PLC0415  # none of these is needed by --help
        from rewards.analysis.file_formats import Format  # noqa: PLC0415
        from rewards.analysis.rows import RowSource  # noqa: PLC0415

        given = None if self.format is None else Format(self.format)
        found = parse_mapping(self.mapping) | dict(mapping or {})
        if path != "-" and (Path(path).is_file() or Path(path).is_dir()):
            yield RowSource(Path(path), given, found)
            return
        with (
            contextlib.nullcontext(sys.stdin.buffer) if path == "-" else Path(path).open("rb") as stream,
            tempfile.NamedTemporaryFile(prefix="touchstone-", suffix=".jsonl") as copy,
        ):
            shutil.copyfileobj(stream, copy)
            copy.flush()
            yield RowSource(Path(copy.name), given, found)


def rows_argument(name: str) -> Callable[[Command], Command]:
    """A file or folder of rows as an argument."""
    return click.argument(name, type=click.Path(exists=True, allow_dash=True))


def row_options(command: Command) -> Command:
    """`--format` and `--map`; the command gets `rows`."""

    @click.option(
        "--format",
        "row_format",
        type=click.Choice(_FORMATS),
        help="What wrote the file; seen from its name, its content and its columns where it is not said.",
    )
    @click.option(
        "--map",
        "row_mapping",
        multiple=True,
        metavar="FIELD=COLUMN",
        help="Which column holds a field, as in completion=output,ground_truth=gts; may be given again.",
    )
    @functools.wraps(command)
    def decorated(row_format: str | None, row_mapping: tuple[str, ...], **flags: object) -> object:
        return command(rows=RowFlags(format=row_format, mapping=row_mapping), **flags)

    return decorated
