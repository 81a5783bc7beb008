"""Supervisor's side of :mod:`server.console.scoring`: starts the scorer process on first use.

The process scores one completion at a time. It is killed if a completion times out, and restarted for the
next completion after a timeout or crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ScorerProcess"]

_CODE = "from server.console.scoring import main; main()"
_SECONDS: Final = 120.0
"""Timeout of one completion, half of it for the server; see :mod:`server.console.scoring`."""

_LONGEST_LINE: Final = 64 << 20


class ScorerProcess:
    """Score completions in a separate process.

    Args:
        server: server to connect to; see :mod:`server.console.scoring`.
        seconds: timeout of one completion, including the start of the process.
    """

    def __init__(self, server: Mapping[str, object], *, seconds: float = _SECONDS) -> None:
        self._server = server
        self._seconds = seconds
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, body: bytes, token: str | None) -> tuple[int, bytes]:
        """Return the HTTP status and JSON response for `body`; `token` authenticates to the server."""
        line = json.dumps({"body": body.decode("utf-8", "replace"), "token": token}).encode() + b"\n"
        async with self._turn:
            answer = b""
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._exchange(line)
            except TimeoutError:
                return 504, b'{"error": "scoring took too long, and was ended"}'
            except (OSError, ValueError):  # it died, or said more than any completion is worth
                answer = b""
            finally:
                if not answer.endswith(b"\n"):
                    await self.close()
        if not answer.endswith(b"\n"):
            return 502, b'{"error": "the process that scores for the console died"}'
        status, _, said = answer.rstrip(b"\n").partition(b" ")
        return int(status), said

    async def close(self) -> None:
        """Kill the process."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _exchange(self, line: bytes) -> bytes:
        if self._process is None or self._process.returncode is not None:
            self._process = await self._started()
        process = self._process
        if process.stdin is None or process.stdout is None:
            return b""
        process.stdin.write(line)
        await process.stdin.drain()
        return await process.stdout.readline()

    async def _started(self) -> asyncio.subprocess.Process:
        # As the supervisor starts its others: nothing in the working folder can hide a module.
        path = os.pathsep.join(part for part in sys.path if part)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _CODE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps(self._server).encode() + b"\n")
        return process
