"""Server status for the console: recipes, summary figures, and recently scored frames."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from server.telemetry import definitions as of

if TYPE_CHECKING:
    from server.telemetry.aggregator import MetricAggregator
    from server.telemetry.registry import Snapshot

__all__ = ["figures"]


def figures(aggregator: MetricAggregator) -> dict[str, object]:
    """Return the status as JSON types; None for a figure without data."""
    snapshot = aggregator.snapshot()
    return {
        "recipes": sorted({labels[0] for labels, _ in snapshot.of(of.RECIPE_INFO)}),
        "tiles": {name: value if math.isfinite(value) else None for name, value in _tiles(snapshot)},
        "verdicts": [
            [status, method, count]
            for status, methods in _verdicts(snapshot).items()
            for method, count in methods.items()
            if count
        ],
        "recent": aggregator.recent(),
    }


def _tiles(snapshot: Snapshot) -> list[tuple[str, float]]:
    calls, rollouts = of.CALLS, of.ROLLOUTS
    answered = snapshot.value(rollouts)
    verdicts = snapshot.value(of.VERDICTS)
    right = snapshot.value(of.VERDICTS, status="CORRECT")
    return [
        ("calls", snapshot.value(calls)),
        ("calls not OK", snapshot.value(calls) - snapshot.value(calls, code="OK")),
        ("rollouts", answered),
        ("without a total", answered - snapshot.value(rollouts, outcome="scored")),
        ("right (%)", 100 * right / verdicts if verdicts else math.nan),
        ("frame p50 (s)", snapshot.quantile(of.FRAME_SECONDS, 0.5)),
        ("frame p95 (s)", snapshot.quantile(of.FRAME_SECONDS, 0.95)),
        ("pending answers", snapshot.value(of.PENDING_ANSWERS)),
        ("workers killed", snapshot.value(of.WORKER_KILLS)),
        ("processes", snapshot.value(of.PROCESSES)),
    ]


def _verdicts(snapshot: Snapshot) -> dict[str, dict[str, float]]:
    return {
        status: snapshot.by(of.VERDICTS, "method", status=status)
        for status in snapshot.by(of.VERDICTS, "status")
    }
