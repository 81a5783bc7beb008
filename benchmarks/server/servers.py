"""The servers that are measured, each in processes of its own, and the CPU time that they take."""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from server.supervisor import MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["BUILD", "HERE", "Server", "echo", "json_server", "ours", "peers_python"]

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
BUILD = REPOSITORY / "build" / "server-bench"
_NONE: Mapping[str, str] = {}
_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server under measurement."""

    def __init__(self, target: str, processes: list[subprocess.Popen[str]]) -> None:
        self.target = target
        self._processes = processes

    @property
    def cpu_seconds(self) -> float:
        """CPU time so far of its processes, and of theirs; symbolic workers are not among them."""
        return sum(_cpu(pid) for process in self._processes for pid in _family(process.pid))


@contextlib.contextmanager
def _running(
    commands: list[list[str]],
    target: str | None,
    environment: Mapping[str, str] = _NONE,
    repository: Path = REPOSITORY,
) -> Iterator[Server]:
    """The commands, once each has written a line; an address in that line is where the server is."""
    with contextlib.ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    env={**os.environ, "PYTHONPATH": str(repository), **environment},
                    cwd=repository,
                )
            )
            for command in commands
        ]
        try:
            lines = [process.stdout.readline() if process.stdout else "" for process in processes]
            if not all(lines):
                sys.exit(f"{commands[0]} did not start")
            yield Server(target or json.loads(lines[0])["address"], processes)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)


def ours(
    processes: int, *flags: str, environment: Mapping[str, str] = _NONE, repository: Path = REPOSITORY
) -> contextlib.AbstractContextManager[Server]:
    code = "from rewards.cli.main import main; main()"
    serve = ["serve", "--recipe", "boxed", "--address", "127.0.0.1:0", "--processes", str(processes)]
    return _running([[sys.executable, "-c", code, *serve, *flags]], None, environment, repository)


def echo(processes: int) -> contextlib.AbstractContextManager[Server]:
    target = f"127.0.0.1:{_free_port()}"
    return _running([[sys.executable, "-m", "benchmarks.server.echo", target]] * processes, target, MEMORY)


@contextlib.contextmanager
def json_server(workers: int) -> Iterator[Server]:
    port = _free_port()
    command = [str(peers_python()), str(HERE / "json_server.py"), str(port), str(workers)]
    with _running([command], f"127.0.0.1:{port}") as server:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield server


def peers_python() -> Path:
    """The interpreter of the peers' environment, made or renewed when its requirements changed."""
    home = BUILD / "peers"
    python, stamp = home / "bin" / "python", home / "requirements.sha256"
    requirements = HERE / "requirements-peers.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        print(f"making the peers' environment in {home}", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        stamp.write_text(wanted)
    return python


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _family(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0
