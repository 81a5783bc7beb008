"""The figures of all processes of a server together, kept by the supervisor.

Each process reports its own through a pipe: a line that is an object is its snapshot, one that is a list
holds recent verdicts. When a process dies, what it counted stays and its gauges go.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections import deque
from pathlib import Path
from typing import Any

from server.telemetry import definitions as of
from server.telemetry.recent import MOST_RECENT
from server.telemetry.tally import Snapshot, Tally

__all__ = ["Account", "Ledger"]

_LONGEST_LINE = 1 << 26
"""Bytes: all that a process has counted."""

_LAST_WORD_SECONDS = 2.0
"""For what a process that has ended still wrote."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class Account:
    """What one place among the processes has counted, whoever filled it."""

    def __init__(self) -> None:
        self._past = Snapshot()
        self._present = Snapshot()
        self._pid: int | None = None
        self._since = 0.0
        self._restarts = 0
        self._write_end = -1
        self._listening: asyncio.Task[None] | None = None
        self.recent: deque[dict[str, Any]] = deque(maxlen=MOST_RECENT)
        """What was scored last, oldest first; see :mod:`server.telemetry.recent`."""

    async def open(self) -> int:
        """The end of a pipe for a process to write its snapshots to, a line each."""
        read_end, self._write_end = os.pipe()
        lines = asyncio.StreamReader(limit=_LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read_end, "rb")
        )
        self._listening = asyncio.create_task(self._listen(lines, transport))
        return self._write_end

    def filled_by(self, pid: int) -> None:
        """A process has been started with that end."""
        os.close(self._write_end)
        self._restarts += self._since > 0
        self._pid = pid
        self._since = time.time()

    async def close(self) -> None:
        """The process has ended: what it counted stays, and its gauges go."""
        if self._listening is not None:
            await asyncio.wait({self._listening}, timeout=_LAST_WORD_SECONDS)
            self._listening.cancel()
        self._past += self._present.counted()
        self._present = Snapshot()
        self._pid = None

    async def _listen(self, lines: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        with contextlib.closing(transport):
            async for line in lines:
                if not line.endswith(b"\n"):
                    continue  # it died while it wrote
                if line.startswith(b"["):
                    self.recent.extend(json.loads(line))
                else:
                    self._present = Snapshot.from_json(line)

    def snapshot(self, place: str) -> Snapshot:
        """What was counted in this place, and the figures of whoever fills it now."""
        own = Tally()
        own.add(of.PROCESS_RESTARTS, self._restarts)
        own.add(of.PROCESSES, self._pid is not None)
        if self._pid is not None:
            own.put(of.PROCESS_START, self._since, place)
            try:
                cpu, memory = _used_by(self._pid)
            except (OSError, IndexError):  # it has just ended
                pass
            else:
                own.put(of.PROCESS_CPU, cpu, place)
                own.put(of.PROCESS_MEMORY, memory, place)
        return self._past + self._present + own.snapshot()


class Ledger:
    """The accounts of a server."""

    def __init__(self, places: int) -> None:
        self.accounts = [Account() for _ in range(places)]

    def snapshot(self) -> Snapshot:
        """What all processes counted, those included that have ended."""
        return sum((one.snapshot(str(at)) for at, one in enumerate(self.accounts)), Snapshot())

    def recent(self) -> list[dict[str, Any]]:
        """What all processes scored last, newest first."""
        found = [each for account in self.accounts for each in account.recent]
        return sorted(found, key=lambda each: float(each["at"]), reverse=True)[:MOST_RECENT]


def _used_by(pid: int) -> tuple[float, int]:
    """CPU seconds and resident bytes of a process."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return (int(after_name[11]) + int(after_name[12])) / _TICKS, pages * _PAGE
