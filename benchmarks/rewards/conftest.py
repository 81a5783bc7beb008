"""Timing a reward against the plain definition of it, once both have given the same result."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

_ROUNDS = 15
_ratios = pytest.StashKey[list[tuple[str, float, float]]]()


@pytest.fixture
def against(
    benchmark: BenchmarkFixture, request: pytest.FixtureRequest
) -> Callable[[Callable[[], object], Callable[[], object]], None]:
    """Benchmark `ours`, and note how many times faster it is than `plain`, by the best round of each."""

    def run(ours: Callable[[], object], plain: Callable[[], object]) -> None:
        assert ours() == plain()
        gc.collect()
        gc.freeze()  # what pytest has in memory should burden neither side
        best = min(_seconds(plain) for _ in range(_ROUNDS))
        benchmark(ours)
        gc.unfreeze()
        if benchmark.stats is not None:  # there are none with --benchmark-disable
            seconds = benchmark.stats.stats.min
            benchmark.extra_info["times as fast as the plain definition"] = best / seconds
            request.config.stash.setdefault(_ratios, []).append((request.node.name, seconds, best))

    return run


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the ratios."""
    if ratios := config.stash.get(_ratios, []):
        terminalreporter.section("against the plain definition, equal results, best of each")
        for name, ours, plain in ratios:
            line = f"{name:60} {ours * 1e3:9.3f} ms {plain * 1e3:9.3f} ms {plain / ours:7.1f} times"
            terminalreporter.write_line(line)
