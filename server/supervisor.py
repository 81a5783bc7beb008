"""Process supervisor: start server processes on one port, restart dead ones, and shut down gracefully.

Each process is a fresh interpreter, never a fork, and all listen on the same port (SO_REUSEPORT), so that
the kernel distributes new connections. The supervisor itself imports no gRPC and touches no rollout.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import logging
import os
import signal
import socket
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from rewards import errors
from rewards.answers.limits import Limits
from rewards.answers.pool.locate import connect
from rewards.errors import InvalidParameterError, PoolError, TouchstoneError
from server.console.serving import serving_console
from server.recipe_texts import RecipeTexts
from server.telemetry.aggregator import MetricAggregator
from server.telemetry.page import serving_metrics
from server.tokens import refuse_without_tokens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from server.config import ServerConfig
    from server.recipe_texts import Texts
    from server.telemetry.aggregator import SlotMetrics

__all__ = ["MEMORY", "supervise"]

_log = logging.getLogger(__name__)

_CODE = "from server.process import main; main()"
MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": f"{1 << 25}",
    "MALLOC_TRIM_THRESHOLD_": f"{1 << 26}",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
"""glibc malloc settings for server processes; existing environment variables take precedence.

Keep up to 64 MB of freed memory, since each message would otherwise fault its pages in anew; use one arena
for all threads, since each would otherwise keep its own; and ask for huge pages where the system allows
them (madvise), for fewer TLB misses on shared cores."""
_LONGEST_PAUSE = 5.0
_LIVED_LONG = 10.0
"""Seconds of uptime after which a crash resets the restart backoff."""

_LONGEST_ANSWER_SECONDS = 60.0

_LAST_SECONDS = 5.0
"""Seconds to wait beyond the grace period before a process is killed."""


async def supervise(config: ServerConfig, announce: Callable[..., None]) -> None:
    """Serve until SIGTERM or SIGINT, then drain; kill on a second signal. Reload recipes on SIGHUP.

    Args:
        config: server settings.
        announce: called once every process is serving, with `host:port`, the titles of the recipes, and
            the keywords `metrics`, `host:port` of the metrics, and `console`, its URL ("" if disabled).

    Raises:
        TouchstoneError: the server cannot start with this configuration.
    """
    # Modules are found where they are found here, and nothing in the working folder can hide them. Told to
    # this process, too: workers are shared by those who look for modules in the same places.
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in sys.path if part)
    if config.auth_token_file is not None:
        refuse_without_tokens(config.auth_token_file)
    signals = _Signals()
    signals.listen()
    aggregator = MetricAggregator(config.processes)
    async with serving_metrics(config, aggregator.snapshot) as metrics:
        await _keep_all(config, aggregator, signals, partial(announce, metrics=metrics))


class _Signals:
    """Signal handlers and the events that they set."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.hurrying = asyncio.Event()
        self.reloading = asyncio.Event()

    def listen(self) -> None:
        """Install the signal handlers."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self.reloading.set)

    def _stop(self) -> None:
        if self.stopping.is_set():
            self.hurrying.set()
        self.stopping.set()


async def _keep_all(
    config: ServerConfig, aggregator: MetricAggregator, signals: _Signals, announce: Callable[..., None]
) -> None:
    recipes = RecipeTexts(config.recipes)
    with _reserved(config) as address:
        # The processes share one pool of workers: none is idle while another process has work for it.
        each = dataclasses.replace(config, address=address)
        kept = [_Process(each, recipes, slot, signals) for slot in aggregator.slots]
        try:
            async with serving_console(each, aggregator) as console, asyncio.TaskGroup() as group:
                for process in kept:
                    group.create_task(process.keep())
                group.create_task(_reload_on_signal(recipes, kept, signals))
                ready = partial(announce, address, console=console)
                group.create_task(_announce_when_ready(kept, signals.stopping, ready))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None


async def _announce_when_ready(
    kept: list[_Process], stopping: asyncio.Event, announce: Callable[[list[str]], None]
) -> None:
    for process in kept:
        await process.ready.wait()
    if not stopping.is_set():
        announce(kept[0].recipes)


async def _reload_on_signal(recipes: RecipeTexts, kept: list[_Process], signals: _Signals) -> None:
    while True:
        await _first_of(signals.reloading.wait(), signals.stopping.wait())
        if signals.stopping.is_set():
            return
        signals.reloading.clear()
        await recipes.reload(kept)


class _Process:
    """Supervision of one process slot, across restarts."""

    def __init__(
        self, config: ServerConfig, texts: RecipeTexts, slot: SlotMetrics, signals: _Signals
    ) -> None:
        self._config = config
        self._slot = slot
        self._texts = texts
        self._serving: asyncio.subprocess.Process | None = None
        self._asking = asyncio.Lock()
        self._stopping, self._hurrying = signals.stopping, signals.hurrying
        self.ready = asyncio.Event()
        self.recipes: list[str] = []

    async def keep(self) -> None:
        """Start a process and restart it with exponential backoff whenever it dies, until shutdown."""
        pause = 0.1
        while not self._stopping.is_set():
            began = time.monotonic()
            texts = self._texts.in_force
            process = await self._start(texts)
            self._slot.filled_by(process.pid)
            try:
                async with _workers_called(self._config):
                    await self._report(process)
                if texts is not self._texts.in_force:  # others came while it started
                    await self.ask({"recipes": self._texts.in_force})
                await _first_of(process.wait(), self._stopping.wait())
            finally:
                self._serving = None
                await self._end(process)
                await self._slot.close()
            if self._stopping.is_set():
                break
            pause = 0.1 if time.monotonic() - began > _LIVED_LONG else min(2 * pause, _LONGEST_PAUSE)
            _log.warning("process %d ended with %s; starting another", process.pid, process.returncode)
            await _first_of(asyncio.sleep(pause), self._stopping.wait())
        self.ready.set()

    async def ask(self, message: dict[str, object]) -> dict[str, object] | None:
        """Send `message` and return the answer; None if the process is not serving yet.

        A process that is not serving yet gets the recipes in force once it is. A process that gives no
        answer, or refuses recipes that are in force, is killed and restarted.
        """
        async with self._asking:
            if (process := self._serving) is None or process.stdin is None or process.stdout is None:
                return None
            try:
                process.stdin.write(json.dumps(message).encode() + b"\n")
                answer = await asyncio.wait_for(process.stdout.readline(), _LONGEST_ANSWER_SECONDS)
                found: dict[str, object] = json.loads(answer)
            except (ConnectionError, TimeoutError, json.JSONDecodeError):
                found = {"refused": "the process that tried them gave no answer", "lost": True}
            behind = "refused" in found and message.get("recipes") is self._texts.in_force
            if (behind or "lost" in found) and not self._stopping.is_set():
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            return found

    async def _start(self, texts: Texts) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-c", _CODE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**MEMORY, **os.environ},
            pass_fds=(counts := await self._slot.open(),),
        )
        if process.stdin is not None:
            with contextlib.suppress(ConnectionError):  # it has died already, as its report will say
                first = {"config": self._config.to_plain(), "recipes": texts, "counts": counts}
                process.stdin.write(json.dumps(first).encode() + b"\n")
                await process.stdin.drain()
        return process

    async def _report(self, process: asyncio.subprocess.Process) -> None:
        """Wait until the process is serving; raise if the first process of this slot fails to start."""
        if process.stdout is None:
            return
        line = asyncio.ensure_future(process.stdout.readline())
        await _first_of(line, self._stopping.wait())
        if self._stopping.is_set():
            return
        report = json.loads(line.result() or b"{}")
        if "serving" in report:
            self.recipes = report["recipes"]
            self._serving = process
            self.ready.set()
        elif not self.ready.is_set():
            kind = getattr(errors, report.get("failed", ""), TouchstoneError)
            raise kind(report.get("message", "a server process died while it started; see what it wrote"))

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            patience = asyncio.sleep(self._config.grace_seconds + _LAST_SECONDS)
            await _first_of(process.wait(), patience, self._hurrying.wait())
            if process.returncode is None:
                why = "told twice to stop" if self._hurrying.is_set() else "it did not end within the grace"
                _log.warning("killing process %d: %s", process.pid, why)
                process.kill()
                await process.wait()


@contextlib.asynccontextmanager
async def _workers_called(config: ServerConfig) -> AsyncIterator[None]:
    """Start the worker pool in parallel with the process that will use it, and hold it open until then."""
    calling = asyncio.create_task(asyncio.to_thread(connect, Limits(workers=config.workers or 0)))
    try:
        yield
    finally:
        with contextlib.suppress(PoolError):  # the process tries again, and says so
            (await calling).close()


async def _first_of(*coroutines: object) -> None:
    """Wait until one of the awaitables is done, then cancel the others."""
    tasks = [asyncio.ensure_future(one) for one in coroutines]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@contextlib.contextmanager
def _reserved(config: ServerConfig) -> Iterator[str]:
    """Reserve the port for the lifetime of the server, so that a restart cannot lose it."""
    if config.socket_path is not None:
        _refuse_if_taken(config.socket_path)
        try:
            yield config.listens_on
        finally:
            config.socket_path.unlink(missing_ok=True)
        return
    host, port = config.host_and_port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            # Without SO_REUSEPORT, so that two servers never share a port unawares.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
        held = socket.socket(family)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, port))
    except OSError as error:
        message = f"cannot listen on {config.address}: {error.strerror}"
        raise InvalidParameterError(message) from error
    with held:
        port = held.getsockname()[1]
        yield f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"


def _refuse_if_taken(path: Path) -> None:
    # gRPC would take the place of whatever is there.
    problem = ""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):  # nothing, or what a killed server left
            if not path.parent.is_dir():
                problem = f"there is no folder {path.parent}"
            elif path.exists() and not path.is_socket():
                problem = "it is a file"
        except OSError as error:
            problem = str(error.strerror)
        else:
            problem = "another server listens there"
    if problem:
        message = f"cannot listen on unix:{path}: {problem}"
        raise InvalidParameterError(message)
