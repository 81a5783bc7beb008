"""Entry point of a server process, which the supervisor starts in a fresh interpreter.

The process reads JSON lines from standard input: settings and recipes first, then recipes to reload. End
of input means that the supervisor is gone, and the process stops. It answers each line with one line: the
address that it serves or the startup error; then success or the error of each reload.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import uvloop

from rewards.errors import TouchstoneError
from server.config import ServerConfig
from server.telemetry.logs import log_warnings_and_crashes, start_logging
from server.telemetry.observers import observed, reported

if TYPE_CHECKING:
    from typing import TextIO

    from server.serving import Serving

__all__ = ["main"]

_LONGEST_LINE = 1 << 30
"""Maximum bytes of a line, which holds the texts of all recipes."""

_GARBAGE = (50_000, 20, 50)
"""Garbage collection thresholds: a message makes thousands of objects but hardly any cycles."""


def main() -> None:
    """Serve until SIGTERM or the end of standard input."""
    # From here on the pipe to the supervisor is ours; whatever else prints, prints to the log.
    report = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for number in (signal.SIGINT, signal.SIGHUP):  # a terminal's reach us all; the supervisor acts on them
        signal.signal(number, signal.SIG_IGN)
    try:
        uvloop.run(_serve(report))
    except TouchstoneError as error:
        _write(report, {"failed": type(error).__name__, "message": str(error)})
        sys.exit(1)


async def _serve(report: TextIO) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    lines = asyncio.StreamReader(limit=_LONGEST_LINE)
    pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    with contextlib.closing(pipe):
        first = json.loads(await lines.readline() or b"{}")
        if not first:
            return
        config = ServerConfig.from_plain(first["config"])
        start_logging(config)
        log_warnings_and_crashes(config)
        from server.serving import Serving  # noqa: PLC0415  # takes a while, in which signals are heeded

        with observed(config) as observers, reported(observers, first["counts"]):
            serving = Serving(config, observers, first["recipes"])
            obeying = asyncio.create_task(_obey(lines, serving, report, stopping))
            address = await serving.start()
            # What was imported stays; to look through it again and again would only cost time.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_GARBAGE)
            _write(report, {"serving": address, "recipes": serving.recipes})
            await stopping.wait()
            obeying.cancel()
            await serving.stop()


async def _obey(
    lines: asyncio.StreamReader, serving: Serving, report: TextIO, stopping: asyncio.Event
) -> None:
    """Execute messages of the supervisor until end of input."""
    while line := await lines.readline():
        message = json.loads(line)
        answer: dict[str, object] = {}
        if "kept" in message:
            serving.reload_failed(message["kept"])
        else:
            try:
                await serving.reload(message["recipes"])
            except TouchstoneError as error:
                answer = {"refused": str(error)}
        _write(report, answer)
    stopping.set()


def _write(report: TextIO, answer: dict[str, object]) -> None:
    report.write(json.dumps(answer) + "\n")
    report.flush()
