"""The metrics of the server: their names follow the conventions of Prometheus."""

from __future__ import annotations

import re

import pytest

from server.telemetry.definitions import METRICS, Metric


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_metrics_are_named_for_their_kind_and_unit(metric: Metric) -> None:
    assert re.fullmatch(r"touchstone_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert all(re.fullmatch(r"[a-z_]+", label) for label in metric.labels)
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert metric.help
