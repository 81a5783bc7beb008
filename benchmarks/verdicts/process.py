"""A grader in a process of its own that is killed when it hangs.

A hang is one check that burns `cpu_limit` seconds of processor time, or `wall_limit` seconds of the
clock (a generous backstop, so that a loaded machine changes no count). The rest of the work goes on in
a fresh process.
"""

# ruff: noqa: S603  (our own commands)

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.verdicts.environment import REPOSITORY, peers_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["GradeResult", "GraderProcess"]

_CHUNK = 32
_TICK = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GradeResult:
    """What a grader said about one pair, and what it cost."""

    verdict: bool | None
    """True or False; None where it could not judge, raised, or was killed."""

    seconds: float
    """Seconds of the clock."""

    hang: bool = False
    """Whether the process had to be killed, or died."""

    error: str = ""
    """What it raised, if it raised."""


class GraderProcess:
    """Runs one grader by name; restarts it whenever it had to be killed."""

    def __init__(self, name: str, *, cpu_limit: float = 12.0, wall_limit: float = 60.0) -> None:
        self.name = name
        self._cpu_limit = cpu_limit
        self._wall_limit = wall_limit
        self._python = Path(sys.executable) if name == "touchstone" else peers_python()
        self._home = tempfile.TemporaryDirectory(prefix=f"verdicts-{name}-")
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self._home.cleanup()

    def grade(self, pairs: Iterable[tuple[str, str]]) -> Iterator[GradeResult]:
        """One outcome a (gold, text) pair, in order."""
        waiting = list(pairs)
        position = 0
        while position < len(waiting):
            chunk = waiting[position : position + _CHUNK]
            self._send({"pairs": chunk})
            for _ in chunk:
                outcome = self._next()
                yield outcome
                position += 1
                if outcome.hang:
                    break

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            [str(self._python), "-m", "benchmarks.verdicts.worker", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._home.name,
            env=environment,
            start_new_session=True,
        )
        self._process, self._unread = process, b""
        if "ready" not in self._read(120.0, 120.0):
            message = f"the grader {self.name} did not start: run the worker by hand to see why"
            raise RuntimeError(message)
        return process

    def _send(self, message: dict[str, object]) -> None:
        process = self._process or self._start()
        assert process.stdin is not None
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()

    def _next(self) -> GradeResult:
        begun = time.monotonic()
        answer = self._read(self._cpu_limit, self._wall_limit)
        if not answer:
            self._kill()
            return GradeResult(verdict=None, seconds=time.monotonic() - begun, hang=True)
        verdict = answer["verdict"]
        assert verdict is None or isinstance(verdict, bool)
        return GradeResult(verdict=verdict, seconds=float(str(answer["seconds"])), error=str(answer["error"]))

    def _read(self, cpu_limit: float, wall_limit: float) -> dict[str, object]:
        """The next line of the worker; empty when it passed a limit or died."""
        assert self._process is not None
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        begun, burned = time.monotonic(), _cpu_seconds(self._process.pid)
        while b"\n" not in self._unread:
            if select.select([descriptor], [], [], 0.5)[0]:
                read = os.read(descriptor, 1 << 16)
                if not read:
                    return {}
                self._unread += read
            elif (
                _cpu_seconds(self._process.pid) - burned > cpu_limit or time.monotonic() - begun > wall_limit
            ):
                return {}
        line, self._unread = self._unread.split(b"\n", 1)
        answer: dict[str, object] = json.loads(line)
        return answer

    def _kill(self) -> None:
        if self._process is None:
            return
        # the session, so that a grader's own pool goes with it
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._process = None


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK
