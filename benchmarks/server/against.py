"""``python -m benchmarks.server.against CHECKOUT``: this tree and another checkout of it, in turns.

Servers and clients of both trees are measured in turns, by the sizes and calls of the tables, so that the
load of the machine changes both alike. Each line gives the medians of the other tree's figures and of this
one's, and in brackets the median over turns of the ratio of this one's to the other's. Takes ten minutes on
two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import statistics
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.server.__main__ import KINDS, SEVERAL, Figure, measure
from benchmarks.server.servers import REPOSITORY, ours
from benchmarks.server.traffic import SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SETTINGS = ((1, 1), (1, SEVERAL), (2, SEVERAL))
"""Processes of a server, and connections of its client."""

FIGURES = ("rollouts_per_second", "p50_ms", "p99_ms", "cpu_us")


def turns(
    theirs: Callable[[int], Figure], mine: Callable[[int], Figure], repeats: int
) -> list[tuple[Figure, Figure]]:
    """Measure both, each first in every second turn."""
    found = []
    for turn in range(repeats):
        if turn % 2:
            later = mine(turn)
            found.append((theirs(turn), later))
        else:
            found.append((theirs(turn), mine(turn)))
    return found


def line(found: Sequence[tuple[Figure, Figure]]) -> str:
    """Return the medians of both, and of the ratios."""
    parts = []
    for name in FIGURES:
        pairs = [(getattr(one, name), getattr(other, name)) for one, other in found]
        before, after = (statistics.median(values) for values in zip(*pairs, strict=True))
        ratio = statistics.median(after / before for before, after in pairs)
        parts.append(f"{name} {before:.4g} -> {after:.4g} ({ratio:.2f})")
    return ", ".join(parts)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("checkout", type=Path, help="another checkout, with the same dependencies")
    options.add_argument("--seconds", type=float, default=1.5, help="how long each measurement takes")
    options.add_argument("--repeats", type=int, default=5, help="how often; the lines hold medians")
    chosen = options.parse_args()
    trees = (chosen.checkout.resolve(), REPOSITORY)
    for processes, connections in SETTINGS:
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(ours(processes, repository=tree)) for tree in trees]
            for size, kind in itertools.product(SIZES.values(), KINDS):
                theirs, mine = (
                    partial(measure, server, size, kind, connections, chosen.seconds, repository=tree)
                    for server, tree in zip(servers, trees, strict=True)
                )
                where = f"{processes} processes, {connections} connections, {size.name}, {kind}"
                print(f"{where}: {line(turns(theirs, mine, chosen.repeats))}", flush=True)


if __name__ == "__main__":
    main()
