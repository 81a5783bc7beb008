"""Processes as the kernel shows them: which there are, and what memory they hold."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started, and those that they started."""
    try:
        first = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in first for each in (child, *descendants(child))]


def gone(pid: int) -> bool:
    """Whether there is no such process any more, not even one that waits to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def naming(text: str) -> list[int]:
    """The processes that run and have `text` in their command line, lowest number first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if text.encode() in line:
                found.append(int(folder.name))
    return sorted(found)


def resident(*pids: int) -> int:
    """The memory of these processes in bytes; what several of them share counts in part for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total
