"""A server in a process of its own, as tests see it, and rollouts that servers find easy or endless."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pools import HANGING, HOPELESS

from rewards import Rollout

if TYPE_CHECKING:
    import subprocess
    from collections.abc import AsyncIterator, Callable

    from server.observer import Observer
    from server.serving import Serving


@dataclasses.dataclass
class ServerProcess:
    """A `touchstone serve` that serves."""

    process: subprocess.Popen[str]
    address: str
    metrics: str = ""
    console: str = ""

    @property
    def children(self) -> list[int]:
        """The processes that it supervises."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_child(self, pid: int) -> None:
        """End one of the processes that it supervises, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def stop(self, with_signal: int = signal.SIGTERM, *, timeout: float = 60) -> int:
        """End it, and give its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout)


@contextlib.asynccontextmanager
async def serving_here(
    *recipes: str, observer: Observer | None = None, **settings: object
) -> AsyncIterator[tuple[Serving, str]]:
    """A server on the loop that runs, and its address; it is stopped whatever becomes of the test."""
    from server.config import ServerConfig  # noqa: PLC0415  # not everybody who imports this has use for a server
    from server.serving import Serving  # noqa: PLC0415

    serving = Serving(ServerConfig(recipes=recipes, **{"address": "127.0.0.1:0", **settings}), observer)
    address = await serving.start()
    try:
        yield serving, address
    finally:
        await serving.stop()


def eventually(holds: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether this comes to hold; the limit is there for tests that fail."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def right(number: int, **fields: object) -> Rollout:
    """A well-formed rollout with the right answer."""
    return Rollout(completion=rf"<think>easy</think> \boxed{{{number}}}", ground_truth=str(number), **fields)  # type: ignore[arg-type]


def hanging(number: int, **fields: object) -> Rollout:
    """An answer that computer algebra does not finish; a number makes it one that no cache knows."""
    completion = rf"\boxed{{{HANGING % number}}}"
    return Rollout(completion=completion, ground_truth=HOPELESS, **fields)  # type: ignore[arg-type]
