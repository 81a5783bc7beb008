"""One of a server's processes: what the supervisor executes, in a fresh interpreter.

Its settings come as a line of JSON on standard input, and when standard input ends, the supervisor
is gone and so is the process. One line of JSON goes back: where it serves, or why it cannot.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from rewards.errors import TouchstoneError
from server.config import ServerConfig
from server.serving import Serving

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["main"]


def main() -> None:
    """Serve until told to stop."""
    # From here on the pipe to the supervisor is ours; whatever else prints, prints to the log.
    report = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us all; the supervisor passes it on
    try:
        config = ServerConfig.from_plain(json.loads(sys.stdin.readline()))
        asyncio.run(_serve(config, report))
    except TouchstoneError as error:
        report.write(json.dumps({"failed": type(error).__name__, "message": str(error)}) + "\n")
        report.close()
        sys.exit(1)


async def _serve(config: ServerConfig, report: TextIO) -> None:
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def supervisor_is_gone() -> None:
        loop.remove_reader(sys.stdin.fileno())
        stopping.set()

    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_reader(sys.stdin.fileno(), supervisor_is_gone)
    serving = Serving(config)
    address = await serving.start()
    report.write(json.dumps({"serving": address, "recipes": serving.recipes}) + "\n")
    report.flush()
    await stopping.wait()
    await serving.stop()
