"""Rollouts out of files of any format, as the lines that scoring and verifying go through.

JSON lines are read as they come, standard input included; all else by :mod:`rewards.analysis.rows`.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.analysis.file_formats import COMPRESSED, Container, container_of, is_json_lines
from rewards.cli.json_lines import reading
from rewards.cli.rollout_lines import Fields, Line, boxed, read_lines
from rewards.errors import InvalidRolloutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

    from rewards.analysis.rows import RowSource
    from rewards.cli.row_options import RowFlags

    Lines = tuple[Iterator[Line], BinaryIO | int | None]

__all__ = ["opened_lines"]


@contextlib.contextmanager
def opened_lines(file: str, fields: Fields, rows: RowFlags, *, answer: str | None = None) -> Iterator[Lines]:
    """The lines of `file`, and what tells how long it is.

    Args:
        file: a file, a folder, or `-` for JSON lines on standard input.
        fields: where a line keeps what.
        rows: what wrote the file, and further fields.
        answer: a column that may stand in for the completion, with a bare answer that is put into a box.

    Raises:
        RowFileError: nothing there that can be read.
    """
    if rows.format is None and not rows.mapping and _is_plain(file):
        with reading(file) as stream:
            yield read_lines(stream, fields, answer=answer), stream
        return
    with rows.source(file, _mapping(fields)) as source:
        yield _lines(source, answer), source.size


def _is_plain(file: str) -> bool:
    if file == "-":
        return True
    path = Path(file)
    if path.is_dir() or path.suffix in COMPRESSED:
        return False
    # A pipe has no content to look at before it is read.
    return container_of(path) in {None, Container.JSONL} and (not path.is_file() or is_json_lines(path))


def _mapping(fields: Fields) -> dict[str, str]:
    """The columns that are not where they are by default, by the names of a rollout's fields."""
    plain, given = (dataclasses.asdict(one) for one in (Fields(), fields))
    moved = {name: column for name, column in given.items() if column != plain[name]}
    return {("ground_truth" if name == "gold" else name): column for name, column in moved.items()}


def _lines(source: RowSource, answer: str | None) -> Iterator[Line]:
    seen: dict[str, int] = {}
    for row in source.rows():
        try:
            if row.values is None:
                raise InvalidRolloutError(row.error)  # noqa: TRY301  # one place turns reasons into lines
            rollout = source.columns.rollout(_completed(source, row.values, answer))
            if rollout.id and (first := seen.setdefault(rollout.id, row.number)) != row.number:
                message = f"the id {rollout.id!r} is that of line {first} already; ids are unique"
                raise InvalidRolloutError(message)  # noqa: TRY301
        except InvalidRolloutError as error:
            yield Line(number=row.number, size=row.size, error=str(error))
        else:
            yield Line(number=row.number, size=row.size, rollout=rollout)


def _completed(source: RowSource, values: Mapping[str, object], answer: str | None) -> Mapping[str, object]:
    """The row with its bare answer in a box, where it has one and no completion."""
    bare = None if answer is None else values.get(answer)
    if bare is None or source.columns.value(values, "completion") is not None:
        return values
    return {**values, source.columns.completion: boxed(str(bare))}
