"""The pool's process: the entry point that :mod:`rewards.answers.pool.locate` runs in a fresh interpreter."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import signal
import socket
from pathlib import Path

from rewards.answers.limits import Limits

__all__ = ["serve"]


def serve(path: str, settings: str) -> None:
    """Run a pool to its end: bind the socket, detach, import what workers need, serve, remove the socket."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    Path(path).unlink(missing_ok=True)
    listener.bind(path)
    listener.listen(1024)
    if os.fork():
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    bound = Path(path).stat()
    try:
        from rewards.answers.pool.server import PoolServer  # noqa: PLC0415  # takes most of a second

        os.chdir("/")
        PoolServer(listener, Limits(**json.loads(settings))).run()
    finally:
        with contextlib.suppress(OSError):
            if Path(path).stat().st_ino == bound.st_ino:  # else another pool has taken over
                Path(path).unlink()
        listener.close()
