from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from rich.console import Console
from running import eventually, right
from scraping import value_at

from rewards import RemoteScorer
from rewards.cli.main import main
from server.telemetry import definitions as of
from server.telemetry.exposition import exposed
from server.telemetry.registry import MetricRegistry, Snapshot
from server.top.reading import snapshot_of
from server.top.screen import View, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import ServerProcess


def counted() -> MetricRegistry:
    """A registry in which every metric has been counted, with names that a terminal must not obey."""
    registry = MetricRegistry()
    for metric in of.METRICS.values():
        labels = [f"{label}\x1b[31m" for label in metric.labels]
        if metric.kind == "histogram":
            registry.observe(metric, [0.0, 0.003, 0.04, 1e9], *labels)
        else:
            registry.add(metric, 3.5, *labels)
    for status in ("CORRECT", "INCORRECT", "NO_ANSWER", "TIMEOUT", "NOT_JUDGED", "ERROR", "UNPARSEABLE_GOLD"):
        registry.add(of.VERDICTS, 10, "r1-zero@1", status, "number")
    registry.add(of.ROLLOUTS, 4, "r1-zero@1", "scored")
    for component in (of.TOTAL, "a component with a long name, longer than any should be"):
        registry.add(of.COMPONENT_VALUES, 4, "r1-zero@1", component)
        registry.add(of.COMPONENT_GAIN, 2, "r1-zero@1", component)
        registry.add(of.COMPONENT_LOSS, 1, "r1-zero@1", component)
    return registry


def shown(view: View, width: int = 80) -> str:
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(screen(view))
    return capture.get()


def test_a_page_is_read_back_to_what_was_counted() -> None:
    snapshot = counted().snapshot()
    for accept in ("text/plain", "application/openmetrics-text; version=1.0.0"):
        page, _ = exposed(snapshot, accept)
        if accept == "text/plain":
            assert snapshot_of(page.decode()) == snapshot
    assert snapshot_of("other_total 3\n") == Snapshot()
    with pytest.raises(ValueError, match="could not convert"):
        snapshot_of("touchstone_calls_total three\n")


@pytest.mark.parametrize("width", [80, 200])
def test_a_frame_keeps_to_its_width(width: int) -> None:
    snapshot = counted().snapshot()
    view = View(title="here:1", now=snapshot, fresh=snapshot, seconds=2.0, span="x", rates=[0, 1, 8])
    lines = shown(view, width).splitlines()
    assert all(len(line) <= width for line in lines)
    text = "\n".join(lines)
    assert "\x1b" not in text
    for part in ("touchstone here:1", "Rollouts", " ▁█", "Latency p50", "correct 14.3%", "(total)", "0.250"):
        assert part in text


def test_an_empty_frame() -> None:
    view = View(title="x", now=Snapshot(), fresh=Snapshot(), seconds=1.0, span="x", trouble="nobody there")
    assert "nobody there" in shown(view)


def test_quantiles_are_estimated_as_prometheus_does() -> None:
    registry = MetricRegistry()
    assert math.isnan(registry.snapshot().quantile(of.CALL_SECONDS, 0.5))
    registry.observe(of.CALL_SECONDS, [0.002] * 50 + [0.2] * 50, "Score")
    registry.observe(of.CALL_SECONDS, [1e6], "ScoreStream")
    snapshot = registry.snapshot()
    assert snapshot.quantile(of.CALL_SECONDS, 0.25, method="Score") == pytest.approx(0.00175)
    assert snapshot.quantile(of.CALL_SECONDS, 0.75, method="Score") == pytest.approx(0.175)
    assert snapshot.quantile(of.CALL_SECONDS, 0.99, method="ScoreStream") == 60.0


def test_what_was_counted_since() -> None:
    registry = MetricRegistry()
    registry.add(of.CALLS, 5, "Score", "OK")
    before = registry.snapshot()
    registry.add(of.CALLS, 2, "Score", "OK")
    registry.add(of.CALLS, 1, "Score", "INTERNAL")
    registry.put(of.PENDING_BYTES, 7)
    fresh = registry.snapshot().since(before)
    assert fresh.by(of.CALLS, "code") == {"OK": 2, "INTERNAL": 1}
    assert fresh.value(of.PENDING_BYTES) == 7
    assert before.since(registry.snapshot()).value(of.CALLS) == 5


def test_one_frame_of_a_real_server(start_server: Callable[..., ServerProcess]) -> None:
    server = start_server("--recipe", "boxed", "--metrics-address", "127.0.0.1:0")
    with RemoteScorer(server.address, "boxed") as remote:
        remote.score([right(n) for n in range(30)])
    assert eventually(lambda: value_at(server.metrics, "touchstone_rollouts_total") == 30)
    ran = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["top", server.metrics, "--once"])
    assert ran.exit_code == 0
    assert "correct 100.0%" in ran.output
    assert "boxed@1" in ran.output
    assert "1 process ·" in ran.output


def test_no_server_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = CliRunner().invoke(main, ["top", f"127.0.0.1:{port}", "--once"])
    assert ran.exit_code == 3
    assert "no metrics at" in ran.output
    assert "Traceback" not in ran.output
