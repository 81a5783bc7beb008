"""A registry in which every metric has been counted."""

from __future__ import annotations

from server.telemetry import definitions as of
from server.telemetry.registry import MetricRegistry


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
