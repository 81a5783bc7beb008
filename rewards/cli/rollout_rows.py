"""The rows that scoring and verifying read: of files of any format, and of streams as they come.

Standard input and pipes are read once and never kept whole, so that they may be endless; all else is what
:mod:`rewards.analysis.rows` makes of a file or a folder. Columns are found in the same way.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from rewards.cli.json_lines import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rewards.analysis.rows import RowSource, RowStream
    from rewards.cli.row_options import RowFlags

__all__ = ["opened_rows"]


@contextlib.contextmanager
def opened_rows(
    file: str,
    fields: Mapping[str, str],
    flags: RowFlags,
    *,
    bare_answer: str | None = None,
    needed: tuple[str, ...] = ("completion",),
) -> Iterator[RowSource | RowStream]:
    """The rows of `file`, of which the first ones hold something of each field that is needed.

    Args:
        file: a file, a folder, or `-` for JSON lines on standard input.
        fields: the column of each field that has another one than its name.
        flags: what wrote the file, and further fields.
        bare_answer: see :meth:`rewards.analysis.columns.Columns.found`.
        needed: fields without which no row could be scored.

    Raises:
        RowFileError: nothing there that can be read.
        InvalidParameterError: the first rows lack a field that is needed, or a mapping fits none of them.
    """
    with contextlib.ExitStack() as stack:
        rows: RowSource | RowStream
        if file != "-" and (Path(file).is_file() or Path(file).is_dir()):
            rows = stack.enter_context(flags.source(file, fields, bare_answer=bare_answer))
        else:
            stream = stack.enter_context(reading(file))
            rows = flags.stream(stream, file, fields, bare_answer=bare_answer)
        for field in needed:
            rows.require(field)
        yield rows
