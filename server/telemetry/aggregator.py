"""Counters aggregated over all processes of a server, kept by the supervisor.

Each process reports through a pipe: a line with a JSON object is its snapshot, one with a list holds recent
verdicts. When a process dies, its counters are kept and its gauges dropped.
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
from server.telemetry.registry import MetricRegistry, Snapshot

__all__ = ["MetricAggregator", "SlotMetrics"]

_LONGEST_LINE = 1 << 26
"""Maximum bytes of a line, which holds a whole snapshot."""

_LAST_WORD_SECONDS = 2.0
"""Timeout for reading the last reports of a process that has exited."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class SlotMetrics:
    """Counters of one process slot, accumulated across restarts."""

    def __init__(self) -> None:
        self._past = Snapshot()
        self._present = Snapshot()
        self._pid: int | None = None
        self._since = 0.0
        self._restarts = 0
        self._write_end = -1
        self._listening: asyncio.Task[None] | None = None
        self.recent: deque[dict[str, Any]] = deque(maxlen=MOST_RECENT)
        """Recently scored frames, oldest first; see :mod:`server.telemetry.recent`."""

    async def open(self) -> int:
        """Open a pipe and return the write end, for a process to write its snapshots to, one per line."""
        read_end, self._write_end = os.pipe()
        lines = asyncio.StreamReader(limit=_LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read_end, "rb")
        )
        self._listening = asyncio.create_task(self._listen(lines, transport))
        return self._write_end

    def filled_by(self, pid: int) -> None:
        """Record that process `pid` has been started with the write end of the pipe."""
        os.close(self._write_end)
        self._restarts += self._since > 0
        self._pid = pid
        self._since = time.time()

    async def close(self) -> None:
        """Record that the process has ended: keep its counters, drop its gauges."""
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
        """Return the counters of this slot, and the gauges of the current process."""
        own = MetricRegistry()
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


class MetricAggregator:
    """Metrics of all process slots of a server."""

    def __init__(self, places: int) -> None:
        self.slots = [SlotMetrics() for _ in range(places)]

    def snapshot(self) -> Snapshot:
        """Return the sum of the counters of all processes, including those that have ended."""
        return sum((one.snapshot(str(at)) for at, one in enumerate(self.slots)), Snapshot())

    def recent(self) -> list[dict[str, Any]]:
        """Return the recently scored frames of all processes, newest first."""
        found = [each for slot in self.slots for each in slot.recent]
        return sorted(found, key=lambda each: float(each["at"]), reverse=True)[:MOST_RECENT]


def _used_by(pid: int) -> tuple[float, int]:
    """Return the CPU seconds and resident bytes of a process."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return (int(after_name[11]) + int(after_name[12])) / _TICKS, pages * _PAGE
