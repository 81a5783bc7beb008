"""How much longer an interpreter takes that imports rewards than one that imports nothing.

Prints the median of ten runs of each, taken in turns, and fails above the limit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

LIMIT = 0.15
"""Seconds."""

RUNS = 10


def seconds(statement: str) -> float:
    """The wall-clock time of an interpreter that runs `statement`."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603  # our own interpreter
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and say by the exit code whether the limit was held."""
    pairs = [(seconds("pass"), seconds("import rewards")) for _ in range(RUNS)]
    bare, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"bare interpreter {bare:.3f} s, with import rewards {ours:.3f} s, more by {ours - bare:.3f} s")
    return int(ours - bare > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
