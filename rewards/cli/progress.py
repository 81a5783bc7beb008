"""The progress bar of a command, and messages on what went wrong.

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

_MOST_REPORTED = 100
_STEP = 2**16


class FileProgress:
    """Advances with the bytes of a file that were dealt with.

    Args:
        name: what is read, `-` for standard input.
        of: the file, or its size in bytes; None where that is not known.
    """

    def __init__(self, name: str, of: BinaryIO | int | None) -> None:
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
        self._task = self._bar.add_task(printable(self._name), total=_size(of), lines=0)
        self._lines = 0
        self._unshown = 0
        self._reported = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, *, lines: int, size: int) -> None:
        """Advance by so many lines of so many bytes."""
        self._lines += lines
        self._unshown += size
        if self._unshown >= _STEP:  # drawing costs more than reading a row
            self._bar.update(self._task, advance=self._unshown, lines=self._lines)
            self._unshown = 0

    def report(self, number: int, reason: str) -> None:
        """Report what is wrong with a line, in the form `file:line: reason`."""
        self._say(f"{self._name}:{number}: {reason}")

    def report_row(self, place: str, reason: str) -> None:
        """Report what is wrong with a row at `file:line`; after a hundred of them, that there are more."""
        self._reported += 1
        if self._reported <= _MOST_REPORTED:
            self._say(f"{place}: {reason}")
        elif self._reported == _MOST_REPORTED + 1:
            self._say("more rows are bad; they are counted and not shown")

    def _say(self, text: str) -> None:
        self._bar.console.print(printable(text), markup=False, highlight=False, emoji=False, soft_wrap=True)


def _size(of: BinaryIO | int | None) -> int | None:
    if of is None or isinstance(of, int):
        return of
    try:
        found = os.fstat(of.fileno())
    except OSError:  # not every stream is a file of the operating system
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
