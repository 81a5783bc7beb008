"""How far a command has come: a bar for people who watch, and what went wrong for everybody.

Both are on standard error; without a terminal there is no bar.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from rewards.cli.printable import printable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO, Self

__all__ = ["FileProgress"]


class FileProgress:
    """Advances with the bytes of a file that were dealt with."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self._name = "stdin" if name == "-" else name
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[lines]} lines"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task(printable(self._name), total=_size(stream), lines=0)
        self._lines = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, *, lines: int, size: int) -> None:
        """Say that so many lines of so many bytes are done."""
        self._lines += lines
        self._bar.update(self._task, advance=size, lines=self._lines)

    def report(self, number: int, reason: str) -> None:
        """Say what is wrong with a line, in the form `file:line: reason`."""
        text = printable(f"{self._name}:{number}: {reason}")
        self._bar.console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _size(stream: BinaryIO) -> int | None:
    try:
        found = os.fstat(stream.fileno())
    except OSError:  # not every stream is a file of the operating system
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
