"""``python -m benchmarks.server.starting``: seconds from the command to SERVING, beside those of the echo.

A server writes a line when its health says SERVING: its recipes are built, and workers have judged something.
No start finds workers of an earlier one. The echo's is the start of an interpreter with gRPC and the
messages, which is the least there can be. Fails if ours takes more than two seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.server.servers import Server, echo, ours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

LIMIT = 2.0


@contextlib.contextmanager
def alone(processes: int) -> Iterator[Server]:
    """Ours, with workers that no other server started."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ours(processes, environment={"XDG_RUNTIME_DIR": folder}) as server,
    ):
        yield server


STARTS: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "echo": partial(echo, 1),
    "1 process": partial(alone, 1),
    "2 processes": partial(alone, 2),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in STARTS}
    for _ in range(asked.runs):
        for name, start in STARTS.items():
            began = time.perf_counter()
            with start() as server:
                found[name].append((time.perf_counter() - began, server.cpu_seconds))
    medians = {
        name: [statistics.median(column) for column in zip(*runs, strict=True)]
        for name, runs in found.items()
    }
    for name, (wall, cpu) in medians.items():
        print(f"{name:12} {wall:.2f} s until it serves, {cpu:.2f} s of CPU time without workers")
    print(f"at most {LIMIT:g} s are wanted")
    return int(max(medians[name][0] for name in medians if name != "echo") > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
