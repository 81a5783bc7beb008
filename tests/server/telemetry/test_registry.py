"""Counted values, and snapshots of them."""

from __future__ import annotations

import math

import pytest

from server.telemetry import definitions as of
from server.telemetry.registry import MetricRegistry, Snapshot


def test_snapshots_add_up_counters_and_gauges() -> None:
    registry = MetricRegistry()
    registry.add(of.CALLS, 2, "Score", "OK")
    registry.put(of.PENDING_BYTES, 5)
    registry.put(of.WORKERS, 3, "quick")
    registry.observe(of.CALL_SECONDS, [0.001, 0.002, 1000.0], "Score")
    one = registry.snapshot()
    assert Snapshot.from_json(one.to_json()) == one
    two = one + Snapshot.from_json(one.to_json())
    assert (two.value(of.CALLS), two.value(of.PENDING_BYTES), two.value(of.WORKERS)) == (4, 10, 3)
    assert two.value(of.CALL_SECONDS, method="Score") == 6
    ((_, counts),) = two.of(of.CALL_SECONDS)
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (2, 2, 2, pytest.approx(2000.006))
    assert not set(one.counted().series) & {of.PENDING_BYTES.name, of.WORKERS.name}
    assert two.by(of.CALLS, "code") == {"OK": 4}
    registry.add(of.CALLS, 1, "Score", "OK")
    assert one.value(of.CALLS) == 2


def test_quantiles_are_estimated_as_prometheus_does() -> None:
    registry = MetricRegistry()
    assert math.isnan(registry.snapshot().quantile(of.CALL_SECONDS, 0.5))
    registry.observe(of.CALL_SECONDS, [0.002] * 50 + [0.2] * 50, "Score")
    registry.observe(of.CALL_SECONDS, [1e6], "ScoreStream")
    snapshot = registry.snapshot()
    assert snapshot.quantile(of.CALL_SECONDS, 0.25, method="Score") == pytest.approx(0.00175)
    assert snapshot.quantile(of.CALL_SECONDS, 0.75, method="Score") == pytest.approx(0.175)
    assert snapshot.quantile(of.CALL_SECONDS, 0.99, method="ScoreStream") == 60.0


def test_since_is_what_was_counted_meanwhile() -> None:
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
