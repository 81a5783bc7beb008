"""The metrics of the server: their names follow the conventions of Prometheus."""

from __future__ import annotations

import re

import pytest

from server.telemetry.definitions import METRICS, Histogram, Metric


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_metrics_are_named_for_their_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"touchstone_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert all(re.fullmatch(r"[a-z_]+", label) for label in metric.labels)
    buckets = list(metric.buckets) if isinstance(metric, Histogram) else []
    assert bool(buckets) == (metric.kind == "histogram")
    assert buckets == sorted(set(buckets))
    assert metric.help
