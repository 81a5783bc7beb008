"""Servers for tests: real ones in processes of their own, and quick ones in a thread; and the shared data."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from running import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server.serving import Serving

# On a loaded machine nothing that hypothesis measures by the clock says anything about a test.
settings.register_profile("by-no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("by-no-clock")

# Tests that end the pool of workers must not end that of the tests beside them.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="touchstone-tests-")
    atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)

ROOT = Path(__file__).resolve().parent.parent
SUPPORT = ROOT / "tests" / "support"
DATA = Path(os.environ.get("TOUCHSTONE_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture
def start_server() -> Iterator[Callable[..., ServerProcess]]:
    """Starts a server with these arguments, on a free port of this machine unless told otherwise.

    What it logs goes to `log`; the rewards of `odd_rewards` can be named in recipes.
    """
    with contextlib.ExitStack() as running:

        def start(*arguments: str, log: Path | None = None) -> ServerProcess:
            command = [sys.executable, "-c", "from server.cli import serve; serve()", *arguments]
            if "--address" not in arguments:
                command += ["--address", "127.0.0.1:0"]
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=None if log is None else running.enter_context(log.open("wb")),
                text=True,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, SUPPORT)))},
            )
            running.enter_context(process)
            running.callback(_kill, process)
            line = process.stdout.readline() if process.stdout else ""
            assert line, f"the server ended with {process.wait()} instead of serving"
            said = json.loads(line)
            return ServerProcess(process, said["address"], said.get("metrics", ""), said.get("console", ""))

        yield start


def _kill(process: subprocess.Popen[str]) -> None:
    # The processes it supervises end with it: their standard input does.
    process.kill()


@pytest.fixture(scope="session")
def serve_here() -> Iterator[Callable[..., str]]:
    """Serves in a thread of this process, with these settings, and gives the address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    started: list[Serving] = []

    def run(work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, loop).result(120)  # type: ignore[arg-type]

    def serve(*recipes: str, **settings: object) -> str:
        from server.config import ServerConfig  # noqa: PLC0415  # most tests need no server
        from server.serving import Serving  # noqa: PLC0415

        async def start() -> str:
            config = ServerConfig(
                recipes=recipes, **{"address": "127.0.0.1:0", "grace_seconds": 5.0, **settings}
            )
            started.append(Serving(config))
            return await started[-1].start()

        return str(run(start()))

    yield serve
    for serving in started:
        run(serving.stop())
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def address(serve_here: Callable[..., str]) -> str:
    """A server of every recipe that ships, shared by all tests that only call it."""
    from rewards.recipe.file import shipped  # noqa: PLC0415

    return serve_here(*shipped())


@pytest.fixture(scope="session")
def labelled() -> list[dict[str, str]]:
    """Real responses of models, with golds."""
    path = DATA / "labelled_gsm8k_model_solutions.jsonl"
    if not path.exists():
        pytest.skip(f"no shared data at {path}; name its folder in TOUCHSTONE_DATA")
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
